"""What an operator does with the seat: sit down, ready, pause, write up, leave."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import HotlineError
from intake.actors import Actor
from intake.office import Office
from intake.seat_log import move_seat
from intake.waiting_line import lock_line, serve
from models.inserting import insert_new
from models.seat import Seat, SeatState


class Pause(StrEnum):
    """Why a seat takes no calls. The last three are set by the system."""

    MEAL = "meal"
    REST = "rest"
    TRAINING = "training"
    OTHER = "other"
    ARRIVED = "arrived"
    """Has sat down and is not ready yet."""
    NO_ANSWER = "no_answer"
    """It rang and nobody picked up, or the telephone refused: the operator says when to go on."""
    NO_TELEPHONE = "no_telephone"


CHOSEN = (Pause.MEAL, Pause.REST, Pause.TRAINING, Pause.OTHER)
"""What an operator may give as a reason."""
_WITH_A_CALLER = frozenset({SeatState.RINGING, SeatState.TALKING})


class UnknownSeat(HotlineError):
    """There is no seat of this name: HOTLINE_SIP__SEATS lists them."""

    code = "unknown_seat"


class SeatTaken(HotlineError):
    """Somebody else sits at this seat."""

    code = "seat_taken"


class NotSeated(HotlineError):
    """You sit at no seat: choose one first."""

    code = "not_seated"


class NoTelephone(HotlineError):
    """No telephone is registered for this seat: switch it on, or choose another seat."""

    code = "no_telephone"


class SeatBusy(HotlineError):
    """A caller is with this seat, or being put through to it. Finish the call first."""

    code = "seat_busy"


@dataclass(frozen=True, slots=True)
class SeatView:
    name: str
    state: SeatState
    reason: str | None
    since: datetime
    account_id: str | None
    call_id: str | None
    has_telephone: bool


def sit_down(office: Office, name: str, actor: Actor) -> SeatView:
    """From another seat the operator moves over. He is not ready yet. Raises UnknownSeat, SeatTaken, SeatBusy."""
    if name not in office.settings.sip.seat_names:
        raise UnknownSeat(f"{UnknownSeat.__doc__}")
    now = office.clock.now()
    with office.database.transaction() as session:
        lock_line(session)
        insert_new(session, Seat, name=name, state=SeatState.FREE, since=now, has_telephone=True)
        seat = session.get_one(Seat, name, populate_existing=True)
        if seat.account_id == actor.id:
            return _view(seat)
        if seat.account_id is not None:
            raise SeatTaken(f"{SeatTaken.__doc__}")
        former = own_seat(session, actor)
        if former is not None:
            _stand_up(session, former, now)
        seat.account_id = actor.id
        move_seat(session, seat, SeatState.PAUSED, now, reason=Pause.ARRIVED)
        return _view(seat)


def ready(office: Office, actor: Actor) -> SeatView:
    """The next caller may come; the first of the line is given to this seat at once.

    Raises NotSeated, SeatBusy, NoTelephone.
    """
    return _change(office, actor, SeatState.READY, None)


def pause(office: Office, actor: Actor, reason: Pause) -> SeatView:
    """No calls until `ready`. Raises NotSeated, SeatBusy."""
    return _change(office, actor, SeatState.PAUSED, reason)


def wrap_up(office: Office, actor: Actor) -> SeatView:
    """The form first. Raises NotSeated, SeatBusy."""
    return _change(office, actor, SeatState.WRAP_UP, None)


def stand_up(office: Office, actor: Actor) -> None:
    """The seat is free for others; nothing happens where nobody sat. Raises SeatBusy."""
    now = office.clock.now()
    with office.database.transaction() as session:
        lock_line(session)
        seat = own_seat(session, actor)
        if seat is not None:
            _stand_up(session, seat, now)


def tend_wrap_up(session: Session, limit_s: int, at: datetime) -> None:
    """Seats whose time for writing up is over are ready again; 0: only when the operator says so. The line is locked."""
    if limit_s == 0:
        return
    over = select(Seat).where(Seat.state == SeatState.WRAP_UP, Seat.since < at - timedelta(seconds=limit_s))
    for seat in session.scalars(over):
        move_seat(session, seat, SeatState.READY, at, reason="wrap_up_over")


def telephones_seen(office: Office, registered: frozenset[str]) -> None:
    """Names of all seats whose telephone is registered at the exchange now. A ready seat that lost its own is paused."""
    now = office.clock.now()
    with office.database.reading() as session:
        wrong = [seat.name for seat in session.scalars(select(Seat)) if seat.has_telephone is not (seat.name in registered)]
    if not wrong:
        return
    with office.database.transaction() as session:
        lock_line(session)
        for seat in session.scalars(select(Seat).where(Seat.name.in_(wrong)).execution_options(populate_existing=True)):
            seat.has_telephone = seat.name in registered
            if not seat.has_telephone and seat.state is SeatState.READY:
                move_seat(session, seat, SeatState.PAUSED, now, reason=Pause.NO_TELEPHONE)
        serve(session, now)


def seats(office: Office) -> list[SeatView]:
    """All that the settings name, in that order; those where nobody ever sat are free."""
    with office.database.reading() as session:
        known = {seat.name: _view(seat) for seat in session.scalars(select(Seat))}
    now = office.clock.now()
    unused = SeatView("", SeatState.FREE, None, now, None, None, has_telephone=True)
    return [known.get(name) or _named(unused, name) for name in office.settings.sip.seat_names]


def is_anybody_seated(office: Office) -> bool:
    with office.database.reading() as session:
        return session.scalar(select(Seat.name).where(Seat.account_id.is_not(None)).limit(1)) is not None


def seat_of(office: Office, actor: Actor) -> SeatView | None:
    with office.database.reading() as session:
        seat = own_seat(session, actor)
        return _view(seat) if seat else None


def _change(office: Office, actor: Actor, to: SeatState, reason: str | None) -> SeatView:
    now = office.clock.now()
    with office.database.transaction() as session:
        lock_line(session)
        seat = own_seat(session, actor)
        if seat is None:
            raise NotSeated(f"{NotSeated.__doc__}")
        if seat.state in _WITH_A_CALLER:
            raise SeatBusy(f"{SeatBusy.__doc__}")
        if to is SeatState.READY and not seat.has_telephone:
            raise NoTelephone(f"{NoTelephone.__doc__}")
        if (seat.state, seat.reason) != (to, reason):
            move_seat(session, seat, to, now, reason=reason)
        serve(session, now)
        session.flush()
        return _view(seat)


def _stand_up(session: Session, seat: Seat, at: datetime) -> None:
    if seat.state in _WITH_A_CALLER:
        raise SeatBusy(f"{SeatBusy.__doc__}")
    move_seat(session, seat, SeatState.FREE, at)
    seat.account_id = None
    session.flush()


def own_seat(session: Session, actor: Actor) -> Seat | None:
    """The seat at which the operator sits."""
    return session.scalar(select(Seat).where(Seat.account_id == actor.id).execution_options(populate_existing=True))


def _view(seat: Seat) -> SeatView:
    return SeatView(seat.name, seat.state, seat.reason, seat.since, seat.account_id, seat.call_id, seat.has_telephone)


def _named(view: SeatView, name: str) -> SeatView:
    return SeatView(name, view.state, view.reason, view.since, None, None, view.has_telephone)
