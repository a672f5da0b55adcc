"""The states of a case and the moves between them: one table, one function that moves."""

from datetime import datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from intake.actors import Actor
from intake.errors import MoveForbidden
from intake.events import EventKind, append_event
from models.case import Case, CaseMove, CaseState

S = CaseState

MOVES = MappingProxyType(
    {
        S.OPEN: frozenset({S.PROPOSED, S.CALLBACK}),
        S.PROPOSED: frozenset({S.CONFIRMED, S.ANSWERED, S.MERGED, S.CANCELLED}),
        S.CONFIRMED: frozenset({S.DISPATCHED}),
        S.DISPATCHED: frozenset({S.ACCEPTED, S.REFUSED}),
        S.ACCEPTED: frozenset({S.RESOLVED}),
        S.RESOLVED: frozenset({S.CLOSED}),
        S.CLOSED: frozenset(),
        S.CALLBACK: frozenset({S.PROPOSED, S.ANSWERED, S.CANCELLED}),
        S.ANSWERED: frozenset({S.CLOSED}),
        S.MERGED: frozenset({S.PROPOSED}),
        S.REFUSED: frozenset({S.CONFIRMED, S.CANCELLED}),
        S.CANCELLED: frozenset(),
    }
)
"""State -> the states that a case may go to from there."""


def may_move(now: CaseState, wanted: CaseState) -> bool:
    return wanted in MOVES[now]


def move(session: Session, case: Case, to: CaseState, actor: Actor, *, reason: str, at: datetime) -> None:
    """Move a case that this transaction has locked: state, version, one row of history, one event. Raises MoveForbidden.

    `reason` is a short code or what a person wrote; the event carries neither, for a person may write a name.
    """
    if not may_move(case.state, to):
        raise MoveForbidden(case.case_no, case.state, to)
    before = case.state
    case.state = to
    case.version += 1
    note_move(session, case, before, actor, reason=reason, at=at)


def note_move(session: Session, case: Case, before: CaseState | None, actor: Actor, *, reason: str, at: datetime) -> None:
    """History and event of a move; `before` is None for a case that has just begun."""
    session.add(
        CaseMove(
            case_id=case.id,
            at=at,
            actor=actor.name,
            actor_id=actor.id or None,
            from_state=before,
            to_state=case.state,
            reason=reason,
        )
    )
    append_event(
        session,
        EventKind.CASE_MOVED,
        at,
        case=case,
        before=str(before) if before else None,
        to=str(case.state),
        urgent=case.urgent,
    )
