"""One change of a seat: the row, its history and its event."""

from datetime import datetime

from sqlalchemy.orm import Session

from intake.events import EventKind, append_event
from models.call import Call
from models.case import Case
from models.seat import Seat, SeatChange, SeatState

_WITH_A_CALL = frozenset({SeatState.RINGING, SeatState.TALKING, SeatState.WRAP_UP})


def move_seat(
    session: Session, seat: Seat, to: SeatState, at: datetime, *, reason: str | None = None, call_id: str | None = None
) -> None:
    """The line is locked. A seat that writes up, rings or talks has a call; elsewhere the call is only told in the history."""
    change = SeatChange(
        seat=seat.name,
        at=at,
        from_state=seat.state,
        to_state=to,
        reason=reason,
        account_id=seat.account_id,
        call_id=call_id or seat.call_id,
    )
    session.add(change)
    was_s = round((at - seat.since).total_seconds())
    before, seat.state, seat.since, seat.reason = seat.state, to, at, reason
    seat.call_id = (call_id or seat.call_id) if to in _WITH_A_CALL else None
    append_event(
        session,
        EventKind.SEAT_CHANGED,
        at,
        case=_case_of(session, seat.call_id),
        call_id=seat.call_id,
        seat=seat.name,
        account=seat.account_id,
        state=str(to),
        before=str(before),
        before_s=was_s,
        reason=reason,
    )


def _case_of(session: Session, call_id: str | None) -> Case | None:
    call = session.get(Call, call_id) if call_id else None
    return session.get(Case, call.case_id) if call else None
