"""Where an order would go if the form were confirmed as it stands: organisation, deadline, what is missing, what to ask."""

from dataclasses import dataclass
from datetime import datetime

from intake.errors import FieldProblem
from intake.filing import problems_of
from intake.office import Office
from intake.queries_case import CaseFields
from intake.responsibility import deadline_of, responsible_organisation
from models.case import Case


@dataclass(frozen=True, slots=True)
class RoutePreview:
    """`by_subdistrict` says whether the sub-district's office is responsible; else it is the district's government."""

    organisation: str | None
    by_subdistrict: bool
    deadline: datetime | None
    deadline_h: int | None
    problems: tuple[FieldProblem, ...]
    questions: tuple[str, ...]


def preview_route(office: Office, fields: CaseFields) -> RoutePreview:
    places, leaf = office.places(), office.taxonomy().leaf(fields.category_code or "")
    organisation = responsible_organisation(places, fields.district_code, fields.subdistrict_code)
    return RoutePreview(
        organisation=organisation.name if organisation else None,
        by_subdistrict=bool(organisation and organisation.code == fields.subdistrict_code),
        deadline=deadline_of(leaf, office.clock.now()) if leaf else None,
        deadline_h=leaf.deadline_h if leaf else None,
        problems=problems_of(_unsaved(fields), office.taxonomy(), places),
        questions=tuple(leaf.questions) if leaf else (),
    )


def _unsaved(fields: CaseFields) -> Case:
    """A row that belongs to no session, so that the one rule of what is missing serves before anything is saved."""
    return Case(
        kind=fields.kind,
        urgency=fields.urgency,
        category_code=fields.category_code,
        district_code=fields.district_code,
        subdistrict_code=fields.subdistrict_code,
        community_code=fields.community_code,
        summary=fields.summary,
    )
