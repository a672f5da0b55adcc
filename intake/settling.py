"""Ways of a case that end without dispatch, or begin again: answered, cancelled, called back, merged, resolved, closed."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from intake.actors import Actor
from intake.audit import audit
from intake.errors import MoveForbidden, UnknownCase
from intake.finding import lock_case, lock_case_version
from intake.office import Office
from intake.workflow import move
from models.case import Case, CaseState


def answer_case(office: Office, case_no: str, version: int, actor: Actor, note: str) -> None:
    """Settled on the phone; `note` is what the resident was told. Raises UnknownCase, StaleCase, MoveForbidden (as all here do)."""

    def keep_note(_session: Session, case: Case, _now: datetime) -> None:
        case.note = note.strip() or case.note

    _settle(office, case_no, version, CaseState.ANSWERED, actor, "answered", keep_note)


def cancel_case(office: Office, case_no: str, version: int, actor: Actor, reason: str) -> None:
    """Nothing to be done: a wrong number, a joke, withdrawn by the resident."""
    _settle(office, case_no, version, CaseState.CANCELLED, actor, reason)


def called_back(office: Office, case_no: str, version: int, actor: Actor) -> None:
    """The resident was called back and spoke: the case is proposed."""

    def clear_reason(_session: Session, case: Case, _now: datetime) -> None:
        case.callback_reason = None

    _settle(office, case_no, version, CaseState.PROPOSED, actor, "called_back", clear_reason)


def merge_case(office: Office, case_no: str, version: int, into_case_no: str, actor: Actor) -> None:
    """Join a case to an earlier one, which it then follows. A chain is not made: the target must stand by itself."""

    def join(session: Session, case: Case, _now: datetime) -> None:
        target = lock_case(session, into_case_no)
        if target.id == case.id:
            raise UnknownCase
        if target.state is CaseState.MERGED:
            raise MoveForbidden(into_case_no, target.state, CaseState.MERGED)
        case.merged_into = target.id

    _settle(office, case_no, version, CaseState.MERGED, actor, f"merged into {into_case_no}", join)


def part_case(office: Office, case_no: str, version: int, actor: Actor) -> None:
    """It was another matter after all: the case stands by itself again."""

    def part(_session: Session, case: Case, _now: datetime) -> None:
        case.merged_into = None

    _settle(office, case_no, version, CaseState.PROPOSED, actor, "parted", part)


def resolve_case(office: Office, case_no: str, version: int, actor: Actor, reason: str) -> None:
    _settle(office, case_no, version, CaseState.RESOLVED, actor, reason)


def close_case(office: Office, case_no: str, version: int, actor: Actor, reason: str) -> None:
    _settle(office, case_no, version, CaseState.CLOSED, actor, reason)


Also = Callable[[Session, Case, datetime], None]


def _settle(
    office: Office, case_no: str, version: int, to: CaseState, actor: Actor, reason: str, also: Also | None = None
) -> None:
    now = office.clock.now()
    with office.database.transaction() as session:
        case = lock_case_version(session, case_no, version)
        if also is not None:
            also(session, case, now)
        move(session, case, to, actor, reason, now)
        audit(session, actor, f"case.{to}", case_no, now)
