"""What the machine makes of the words: proposals, and the fields of the form that no person has touched."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.ids import new_id
from intake.actors import machine
from intake.closing import MESSAGE
from intake.errors import UnknownCall
from intake.events import EventKind, append_event
from intake.finding import lock_case
from intake.narrative import said
from intake.office import Office
from intake.provenance import is_the_machines, note_machine
from intake.workflow import move
from models.call import Call
from models.case import Case, CaseState
from models.proposal import Proposal as ProposalRow

if TYPE_CHECKING:
    from classifier.proposal import Proposal

MACHINE = machine("triage")
STILL_OURS = frozenset({CaseState.OPEN, CaseState.PROPOSED, CaseState.CALLBACK})
"""States in which the machine may still fill fields."""
FILL_FROM = 0.25
"""Probability from which the best candidate stands in the form; below it, it is only offered beside. It is the level from which
the caller hears it read back (classifier.pipeline.ABSTAIN; not imported, for that loads the whole classifier)."""
PLACE_COLUMNS = ("district_code", "subdistrict_code", "community_code", "address")


def propose_case(office: Office, call_id: str, proposal: "Proposal", text: str) -> None:
    """Keep what was understood from `text`, and fill the form with it. The same as the last time changes nothing.

    Raises UnknownCall.
    """
    with office.database.transaction() as session:
        call = session.get(Call, call_id)
        if call is None:
            raise UnknownCall
        case = session.get_one(Case, call.case_id, with_for_update=True, populate_existing=True)
        store_proposal(office, session, case, proposal, text, call_id=call_id)


def retriage(office: Office, case_no: str) -> None:
    """Think again over all that was said: with another taxonomy, or after something was taken in late. Raises UnknownCase."""
    office.propose("")  # Loads the city's data, which takes a second, before the transaction begins.
    with office.database.transaction() as session:
        think_again(office, session, lock_case(session, case_no))


def retriage_call(office: Office, call_id: str) -> None:
    """The same for the case of a call. Raises UnknownCall."""
    with office.database.reading() as session:
        case_no = session.scalar(select(Case.case_no).join(Call, Call.case_id == Case.id).where(Call.id == call_id))
    if case_no is None:
        raise UnknownCall
    retriage(office, case_no)


def think_again(office: Office, session: Session, case: Case) -> None:
    """A proposal from all utterances of the case, which is locked.

    A case that waited only because its caller was left to the recorder becomes `proposed` once there are words.
    """
    text = said(session, case)
    if not text:
        return
    store_proposal(office, session, case, office.propose(text), text)
    if case.state is CaseState.CALLBACK and case.callback_reason == MESSAGE:
        case.callback_reason = None
        move(session, case, CaseState.PROPOSED, MACHINE, reason="message_understood", at=office.clock.now())


def store_proposal(
    office: Office, session: Session, case: Case, proposal: "Proposal", text: str, *, call_id: str | None = None
) -> None:
    """A new row unless it says the same as the last one; `case` is locked."""
    now, body = office.clock.now(), proposal.to_json()
    last = latest_proposal(session, case)
    if last is not None and last.text == text and last.body == body:
        return
    session.add(
        ProposalRow(
            id=new_id(),
            case_id=case.id,
            sequence=last.sequence + 1 if last else 1,
            classifier_version=proposal.version,
            body=body,
            text=text,
            created_at=now,
        )
    )
    if case.state in STILL_OURS:
        if case.proposed_at is None or case.state is CaseState.OPEN:
            case.proposed_at = now
        _fill(case, body)
    append_event(
        session, EventKind.PROPOSED, now, case=case, call_id=call_id, categories=len(body["categories"]), urgent=case.urgent
    )


def latest_proposal(session: Session, case: Case) -> ProposalRow | None:
    newest = select(func.max(ProposalRow.sequence)).where(ProposalRow.case_id == case.id).scalar_subquery()
    return session.scalar(select(ProposalRow).where(ProposalRow.case_id == case.id, ProposalRow.sequence == newest))


def best_category(body: dict[str, Any], least: float = 0.0) -> str | None:
    """Code of the first candidate of a proposal line, if its score is at least `least`."""
    first = next(iter(body["categories"]), None)
    return str(first["code"]) if first and first["score"] >= least else None


def best_place(body: dict[str, Any], least: float = 0.0) -> dict[str, str | None] | None:
    """The first location of a proposal line under the names of the case's columns, if its score is at least `least`."""
    first = next(iter(body["locations"]), None)
    return {column: first[column] for column in PLACE_COLUMNS} if first and first["score"] >= least else None


def _fill(case: Case, body: dict[str, Any]) -> None:
    before = case.version
    values: dict[str, object] = {
        "kind": body["kind"],
        "urgency": body["urgency"],
        "category_code": best_category(body, FILL_FROM),
        "summary": body["summary"] or None,
    }
    for field, value in values.items():
        if is_the_machines(case, field) and getattr(case, field) != value:
            _set(case, field, {field: value}, before)
    place = best_place(body, FILL_FROM) or dict.fromkeys(PLACE_COLUMNS)
    if is_the_machines(case, "location") and any(getattr(case, column) != place[column] for column in PLACE_COLUMNS):
        _set(case, "location", place, before)
    case.urgent = case.urgent or body["urgency"] == "emergency"


def _set(case: Case, field: str, values: dict[str, Any], version_before: int) -> None:
    for column, value in values.items():
        setattr(case, column, value)
    note_machine(case, field)
    case.version = version_before + 1
