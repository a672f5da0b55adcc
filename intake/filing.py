"""Filling the form: what a person changes, what the best proposal adds, and what is still missing for dispatch."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from intake.errors import FieldProblem
from intake.provenance import is_the_machines, note_machine, note_person
from intake.triage import PLACE_COLUMNS, best_category, best_place, latest_proposal
from models.case import Case

if TYPE_CHECKING:
    from classifier.gazetteer import Gazetteer
    from classifier.taxonomy import Taxonomy

KINDS = ("complaint", "help", "consultation", "suggestion", "report", "praise", "other")
URGENCIES = ("emergency", "urgent", "normal")
_TEXTS = ("kind", "urgency", "category_code", "summary", "narrative", "note", "caller_name")


@dataclass(frozen=True, slots=True)
class PlaceChange:
    """The whole place: what is None here is None afterwards."""

    district_code: str | None = None
    subdistrict_code: str | None = None
    community_code: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class CaseChange:
    """`version` is the one that the person read. None leaves a field as it is; an empty text clears it."""

    version: int
    kind: str | None = None
    urgency: str | None = None
    category_code: str | None = None
    location: PlaceChange | None = None
    summary: str | None = None
    narrative: str | None = None
    note: str | None = None
    caller_name: str | None = None
    confidential: bool | None = None


def apply_change(case: Case, change: CaseChange) -> bool:
    """Write what differs, with its provenance; whether anything did."""
    changed = [field for field in _TEXTS if _apply_text(case, field, getattr(change, field))]
    if change.location is not None and _apply_place(case, change.location):
        changed.append("location")
    if change.confidential is not None and change.confidential != case.confidential:
        case.confidential = change.confidential
        changed.append("confidential")
    return bool(changed)


def fill_from_proposal(session: Session, case: Case) -> None:
    """Kind, urgency, category, place and summary that are empty take the best of the last proposal, however unsure it was.

    What a person has emptied stays empty.
    """
    proposal = latest_proposal(session, case)
    if proposal is None:
        return
    body = proposal.body
    best = {"kind": body["kind"], "urgency": body["urgency"], "category_code": best_category(body), "summary": body["summary"]}
    for field, value in best.items():
        if not getattr(case, field) and value and is_the_machines(case, field):
            setattr(case, field, value)
            note_machine(case, field)
    place = best_place(body)
    if not case.district_code and place and is_the_machines(case, "location"):
        for column, code in place.items():
            setattr(case, column, code)
        note_machine(case, "location")


def problems_of(case: Case, taxonomy: "Taxonomy", places: "Gazetteer") -> tuple[FieldProblem, ...]:
    """Everything that keeps the case from dispatch, in the order of the form; empty: nothing does."""
    found = [
        _kind_problem(case.kind),
        _urgency_problem(case.urgency),
        _category_problem(case.category_code, taxonomy),
        _place_problem(case, places),
        None if case.summary else FieldProblem("summary", "summary_missing", "Write a summary for the receiver."),
    ]
    return tuple(problem for problem in found if problem)


def _apply_text(case: Case, field: str, value: str | None) -> bool:
    if value is None:
        return False
    before, after = getattr(case, field), value.strip() or None
    if before == after:
        return False
    setattr(case, field, after)
    note_person(case, field, before)
    return True


def _apply_place(case: Case, place: PlaceChange) -> bool:
    before = {column: getattr(case, column) for column in PLACE_COLUMNS}
    after = {column: getattr(place, column) or None for column in PLACE_COLUMNS}
    if before == after:
        return False
    for column, value in after.items():
        setattr(case, column, value)
    note_person(case, "location", before["district_code"] or before["address"])
    return True


def _kind_problem(kind: str | None) -> FieldProblem | None:
    if not kind:
        return FieldProblem("kind", "kind_missing", "Choose what kind of request it is.")
    return (
        None
        if kind in KINDS
        else FieldProblem("kind", "kind_unknown", "This kind of request does not exist. Choose another one.")
    )


def _urgency_problem(urgency: str | None) -> FieldProblem | None:
    if not urgency:
        return FieldProblem("urgency", "urgency_missing", "Choose how urgent it is.")
    if urgency in URGENCIES:
        return None
    return FieldProblem("urgency", "urgency_unknown", "This urgency does not exist. Choose another one.")


def _category_problem(code: str | None, taxonomy: "Taxonomy") -> FieldProblem | None:
    if not code:
        return FieldProblem("category_code", "category_missing", "Choose the category: it decides the deadline.")
    if taxonomy.leaf(code):
        return None
    return FieldProblem("category_code", "category_unknown", "This category does not exist. Choose another one.")


def _place_problem(case: Case, places: "Gazetteer") -> FieldProblem | None:
    if not case.district_code:
        text = "Without a place nobody is responsible: choose at least the district."
        return FieldProblem("location", "place_missing", text)
    if not _is_one_place(case, places):
        return FieldProblem(
            "location", "place_unknown", "District, sub-district and community do not belong together, or do not exist."
        )
    return None


def _is_one_place(case: Case, places: "Gazetteer") -> bool:
    """Whether each given code exists and lies within the one above it."""
    if places.district(case.district_code) is None:
        return False
    around = case.district_code
    if case.subdistrict_code:
        subdistrict = places.subdistrict(case.subdistrict_code)
        if subdistrict is None or subdistrict.parent != around:
            return False
        around = subdistrict.code
    if case.community_code:
        community = places.community(case.community_code)
        return community is not None and community.parent == around
    return True
