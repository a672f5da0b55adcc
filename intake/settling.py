"""Ways of a case that end without dispatch, or begin again: answered, cancelled, called back, merged, resolved, closed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.actors import Actor
from intake.audit import audit
from intake.errors import MoveForbidden, UnknownCase
from intake.events import EventKind, append_event
from intake.finding import lock_case, lock_case_version
from intake.office import Office
from intake.workflow import move
from models.case import Case, CaseState

JOINED: Final = "merged into "
"""What history says of a joined case, before the other's number."""


def answer_case(
    office: Office, case_no: str, version: int, actor: Actor, note: str, *, article: tuple[str, str] | None = None
) -> None:
    """Settled on the phone; `note`: what the resident was told; `article`: id and version of the one that it was read from.

    Raises UnknownCase, StaleCase, MoveForbidden, as all here do.
    """

    def keep_note(session: Session, case: Case) -> None:
        case.note = note.strip() or case.note
        if article is not None:
            identity, its_version = article
            case.provenance = {**case.provenance, "answer": f"{identity}@{its_version}"}
            append_event(session, EventKind.CASE_ANSWERED, office.clock.now(), case=case, article=identity, version=its_version)

    _settle(office, Wanted(case_no, version, CaseState.ANSWERED, "answered"), actor, keep_note)


def cancel_case(office: Office, case_no: str, version: int, actor: Actor, reason: str) -> None:
    """Nothing to be done: a wrong number, a joke, withdrawn by the resident."""
    _settle(office, Wanted(case_no, version, CaseState.CANCELLED, reason), actor)


def called_back(office: Office, case_no: str, version: int, actor: Actor) -> None:
    """The resident was called back and spoke: the case is proposed."""

    def clear_reason(_session: Session, case: Case) -> None:
        case.callback_reason = None

    _settle(office, Wanted(case_no, version, CaseState.PROPOSED, "called_back"), actor, clear_reason)


def merge_case(office: Office, case_no: str, version: int, into_case_no: str, actor: Actor) -> None:
    """Join a case to another one, which it then follows. No chains: neither may the other be joined, nor this one have others.
    A cancelled case leads nobody.

    Raises UnknownCase also for a case joined to itself.
    """
    if case_no == into_case_no:
        raise UnknownCase

    now = office.clock.now()
    with office.database.transaction() as session:
        # In the order of numbers: two merges that cross must not wait for each other.
        for number in sorted((case_no, into_case_no)):
            lock_case(session, number)
        case = lock_case_version(session, case_no, version)
        target = lock_case(session, into_case_no)
        if target.state in {CaseState.MERGED, CaseState.CANCELLED} or _has_followers(session, case):
            raise MoveForbidden(case_no, case.state, CaseState.MERGED)
        case.merged_into = target.id
        move(session, case, CaseState.MERGED, actor, reason=f"{JOINED}{into_case_no}", at=now)
        audit(session, actor, "case.merged", case_no, now)


def _has_followers(session: Session, case: Case) -> bool:
    return session.scalar(select(Case.case_no).where(Case.merged_into == case.id).limit(1)) is not None


def part_case(office: Office, case_no: str, version: int, actor: Actor) -> None:
    """It was another matter after all: the case stands by itself again."""

    def part(_session: Session, case: Case) -> None:
        case.merged_into = None

    _settle(office, Wanted(case_no, version, CaseState.PROPOSED, "parted"), actor, part)


def resolve_case(office: Office, case_no: str, version: int, actor: Actor, reason: str) -> None:
    _settle(office, Wanted(case_no, version, CaseState.RESOLVED, reason), actor)


def close_case(office: Office, case_no: str, version: int, actor: Actor, reason: str) -> None:
    _settle(office, Wanted(case_no, version, CaseState.CLOSED, reason), actor)


Also = Callable[[Session, Case], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    case_no: str
    version: int
    to: CaseState
    reason: str


def _settle(office: Office, wanted: Wanted, actor: Actor, also: Also | None = None) -> None:
    now = office.clock.now()
    with office.database.transaction() as session:
        case = lock_case_version(session, wanted.case_no, wanted.version)
        if also is not None:
            also(session, case)
        move(session, case, wanted.to, actor, reason=wanted.reason, at=now)
        audit(session, actor, f"case.{wanted.to}", case.case_no, now)
