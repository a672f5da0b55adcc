"""The line of callers who wait for an operator. Rows are the truth; whoever changes one has locked the line.

Every call that may be given to a seat stands in it from its first second, while the machine speaks with it. The line is locked
after the call and the case, never before, so that no two wait for each other.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.events import EventKind, Figure, append_event
from intake.line_order import FreeSeat, Place, Rank, pairs
from intake.seat_log import move_seat
from models.call import Call
from models.case import Case
from models.inserting import insert_new
from models.locking import lock_name
from models.seat import Seat, SeatState
from models.waiting import Waiting, WaitState

_NAME = "waiting line"
ON_DUTY = (SeatState.READY, SeatState.RINGING, SeatState.TALKING, SeatState.WRAP_UP)
"""Whoever is in one of these takes another call sooner or later."""


def lock_line(session: Session) -> None:
    """Until the end of the transaction nobody else changes places or seats. What was read of them before may be stale."""
    lock_name(session, _NAME)


def join(session: Session, call_id: str, at: datetime) -> None:
    """At the end of the line; a call that is or was in it stays where it is."""
    lock_line(session)
    if insert_new(session, Waiting, call_id=call_id, state=WaitState.WAITING, rank=Rank.IN_LINE, joined_at=at, offers=0):
        _tell(session, call_id, at, state=str(WaitState.WAITING), rank=int(Rank.IN_LINE))
        serve(session, at)


def place_of(session: Session, call_id: str) -> Waiting | None:
    """The place of a call that has not left the line; the line is locked. None also for one that never was in it."""
    if session.get(Waiting, call_id) is None:
        return None
    lock_line(session)
    place = session.get_one(Waiting, call_id, populate_existing=True)
    return None if place.state is WaitState.LEFT else place


def go_forward(session: Session, call_id: str, rank: Rank, at: datetime) -> None:
    """To the front, behind those of the same rank who came earlier. Nobody is put back by it."""
    place = place_of(session, call_id)
    if place is None or place.rank <= rank:
        return
    place.rank = rank
    _tell(session, call_id, at, state=str(place.state), rank=int(rank))


def serve(session: Session, at: datetime) -> None:
    """Seats that are free take the first of the line. The line is locked."""
    free = select(Seat).where(Seat.state == SeatState.READY, Seat.has_telephone)
    seats = {seat.name: seat for seat in session.scalars(free.execution_options(populate_existing=True))}
    if not seats:
        return
    waits = (
        select(Waiting).where(Waiting.state == WaitState.WAITING).order_by(Waiting.rank, Waiting.joined_at).limit(len(seats))
    )
    waiting = {each.call_id: each for each in session.scalars(waits.execution_options(populate_existing=True))}
    places = [Place(each.call_id, each.rank, each.joined_at) for each in waiting.values()]
    for place, seat in pairs(places, [FreeSeat(seat.name, seat.since) for seat in seats.values()]):
        _offer(session, waiting[place.call_id], seats[seat.name], at)


def leave(session: Session, call_id: str, reason: str, at: datetime) -> None:
    """Out of the line, for good; a seat that was kept for this caller, or spoke with him, is free for the next thing."""
    place = place_of(session, call_id)
    if place is None:
        return
    before, place.state, place.left_at, place.left_reason = place.state, WaitState.LEFT, at, reason
    _tell(session, call_id, at, state=str(WaitState.LEFT), before=str(before), reason=reason, seat=place.seat)
    seat = seat_with(session, place)
    if seat is not None:
        move_seat(session, seat, SeatState.WRAP_UP if before is WaitState.TALKING else SeatState.READY, at, reason=reason)
    serve(session, at)


def put_back(session: Session, place: Waiting, reason: str, at: datetime, *, seat_goes: SeatState) -> None:
    """The seat that was kept for this caller did not come: he stands at the front again, the seat goes where it is told."""
    seat = seat_with(session, place)
    place.state, place.rank = WaitState.WAITING, min(place.rank, Rank.RETURNED)
    place.offered_at = place.rung_at = place.answered_at = place.waited_s = None
    _tell(session, place.call_id, at, state=str(WaitState.WAITING), rank=place.rank, reason=reason, seat=place.seat)
    if seat is not None:
        move_seat(session, seat, seat_goes, at, reason=reason)
    serve(session, at)


def answer(session: Session, place: Waiting, at: datetime) -> Seat | None:
    """The operator at the seat has picked up; None where nobody is kept there for this caller any more."""
    seat = seat_with(session, place)
    if seat is None or place.state is not WaitState.OFFERED:
        return None
    place.state, place.answered_at = WaitState.TALKING, at
    place.waited_s = round((at - place.joined_at).total_seconds())
    _tell(session, place.call_id, at, state=str(WaitState.TALKING), seat=seat.name, waited_s=place.waited_s)
    move_seat(session, seat, SeatState.TALKING, at, call_id=place.call_id)
    return seat


def seat_with(session: Session, place: Waiting) -> Seat | None:
    """The seat that rings for the caller of this place, or speaks with him."""
    seat = session.get(Seat, place.seat, populate_existing=True) if place.seat else None
    has_him = seat is not None and seat.call_id == place.call_id
    return seat if has_him and seat is not None and seat.state in {SeatState.RINGING, SeatState.TALKING} else None


def is_staffed(session: Session) -> bool:
    """Whether anybody is there who takes calls, now or after the present one."""
    wanted = select(Seat.name).where(Seat.state.in_(ON_DUTY), Seat.has_telephone).limit(1)
    return session.scalar(wanted) is not None


def _offer(session: Session, place: Waiting, seat: Seat, at: datetime) -> None:
    place.state, place.seat, place.offered_at, place.offers = WaitState.OFFERED, seat.name, at, place.offers + 1
    _tell(session, place.call_id, at, state=str(WaitState.OFFERED), seat=seat.name)
    move_seat(session, seat, SeatState.RINGING, at, call_id=place.call_id)


def _tell(session: Session, call_id: str, at: datetime, **data: Figure) -> None:
    call = session.get(Call, call_id)
    case = session.get(Case, call.case_id) if call else None
    append_event(session, EventKind.LINE_CHANGED, at, case=case, call_id=call_id, **data)
