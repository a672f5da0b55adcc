"""A person settles a case: takes it, corrects it, confirms it for dispatch."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.ids import new_id
from dispatch.order import build_order, to_json
from dispatch.outbox import enqueue
from intake.actors import Actor
from intake.audit import audit
from intake.errors import FieldProblem, MissingForDispatch, MoveForbidden
from intake.events import EventKind, append_event
from intake.filing import CaseChange, apply_change, fill_from_proposal, problems_of
from intake.finding import lock_case, lock_case_version
from intake.office import Office
from intake.responsibility import deadline_of, responsible_organisation
from intake.workflow import may_move, move
from models.case import Case, CaseState
from models.order import Order
from models.recording import Recording, RecordingState

if TYPE_CHECKING:
    from classifier.taxonomy import Leaf

__all__ = ["CaseChange", "Confirmed", "change_case", "confirm_case", "release_case", "take_case"]


@dataclass(frozen=True, slots=True)
class Confirmed:
    order_id: str
    case_no: str


def take_case(office: Office, case_no: str, actor: Actor) -> str | None:
    """The person has the case open now; returns the id of the one who had it before, None for nobody. Raises UnknownCase.

    Taking is no lock: it tells the others. What a confirmation stands on is the version.
    """
    now = office.clock.now()
    with office.database.transaction() as session:
        case = lock_case(session, case_no)
        before = case.owner_id
        audit(session, actor, "case.opened", case_no, now)
        if before == actor.id:
            return before
        case.owner_id = actor.id
        case.opened_at = case.opened_at or now
        append_event(session, EventKind.CASE_OPENED, now, case=case, owner=actor.id)
        return before


def release_case(office: Office, case_no: str, actor: Actor) -> None:
    """The person has it open no longer. Somebody else's case stays theirs. Raises UnknownCase."""
    with office.database.transaction() as session:
        case = lock_case(session, case_no)
        if case.owner_id == actor.id:
            case.owner_id = None
            append_event(session, EventKind.CASE_CHANGED, office.clock.now(), case=case)


def change_case(office: Office, case_no: str, change: CaseChange, actor: Actor) -> int:
    """Save what a person corrected, without confirming; the new version.

    Raises UnknownCase, StaleCase, MoveForbidden, and MissingForDispatch for a code that the city does not have.
    """
    now = office.clock.now()
    with office.database.transaction() as session:
        case = lock_case_version(session, case_no, change.version)
        if case.state not in EDITABLE:
            raise MoveForbidden(case_no, case.state, CaseState.PROPOSED)
        with session.no_autoflush:
            is_changed = apply_change(case, change)
            unknown = tuple(problem for problem in _problems(office, case) if not problem.is_missing)
        if unknown:
            raise MissingForDispatch(unknown)
        if is_changed:
            case.version += 1
            audit(session, actor, "case.changed", case_no, now)
            append_event(session, EventKind.CASE_CHANGED, now, case=case)
        return case.version


EDITABLE = frozenset({CaseState.OPEN, CaseState.PROPOSED, CaseState.CALLBACK, CaseState.REFUSED})


def confirm_case(office: Office, case_no: str, change: CaseChange, actor: Actor) -> Confirmed:
    """Case, history, order and outbox message in one transaction; what the change leaves out takes the best proposal.

    Raises UnknownCase, StaleCase, MoveForbidden, and MissingForDispatch, which names each field that the receiver needs.
    """
    now = office.clock.now()
    with office.database.transaction() as session:
        case = lock_case_version(session, case_no, change.version)
        if not may_move(case.state, CaseState.CONFIRMED):
            raise MoveForbidden(case_no, case.state, CaseState.CONFIRMED)
        with session.no_autoflush:  # Nothing is written before it is known to be good.
            apply_change(case, change)
            fill_from_proposal(session, case)
        problems = _problems(office, case)
        leaf = office.taxonomy().leaf(case.category_code or "")
        if problems or leaf is None:
            raise MissingForDispatch(problems)
        _settle(office, case, leaf, now)
        move(session, case, CaseState.CONFIRMED, actor, reason="confirmed", at=now)
        audit(session, actor, "case.confirmed", case_no, now)
        order = _place_order(session, case, leaf, _point(office, case), now)
        return Confirmed(order.id, case_no)


def _problems(office: Office, case: Case) -> tuple[FieldProblem, ...]:
    return problems_of(case, office.taxonomy(), office.places())


def _settle(office: Office, case: Case, leaf: "Leaf", now: datetime) -> None:
    organisation = responsible_organisation(office.places(), case.district_code, case.subdistrict_code)
    if organisation is not None:
        case.organisation_code, case.organisation_name = organisation.code, organisation.name
    case.category_code = leaf.code
    case.confirmed_at = now
    case.deadline = deadline_of(leaf, now)
    case.refusal = None


def _point(office: Office, case: Case) -> tuple[float, float] | None:
    """Longitude and latitude of the address, where the city's own list of places knows it."""
    point = office.places().point(case.district_code, case.address)
    return (point.longitude, point.latitude) if point else None


def _place_order(session: Session, case: Case, leaf: "Leaf", point: tuple[float, float] | None, now: datetime) -> Order:
    recording = _recording(session, case)
    value = build_order(case, order_id=new_id(), category_path=leaf.path, point=point, recording=recording)
    row = Order(id=value.order_id, case_id=case.id, dedupe_key=value.dedupe_key, body=to_json(value), created_at=now)
    session.add(row)
    session.flush()
    enqueue(session, row, now)
    return row


def _recording(session: Session, case: Case) -> str | None:
    """Id of the case's first recording, ready or still on its way."""
    wanted = select(Recording.id).where(Recording.case_id == case.id, Recording.state != RecordingState.FAILED)
    return session.scalar(wanted.order_by(Recording.created_at, Recording.id).limit(1))
