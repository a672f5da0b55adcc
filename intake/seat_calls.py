"""A caller and a seat: what the exchange tells of the ringing, and what it means for the line, the seat and the case."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import Session

from intake.actors import Actor, ActorKind, machine
from intake.audit import audit
from intake.closing import Destination, go_to
from intake.events import EventKind, append_event
from intake.finding import lock_call, lock_carrier_call, lock_case_of
from intake.office import Office
from intake.outcome import DialResult
from intake.seats import Pause, tend_wrap_up
from intake.waiting_line import answer, leave, lock_line, place_of, put_back, serve
from models.account import Account
from models.call import Call
from models.case import Case, CaseState
from models.seat import Seat, SeatState
from models.waiting import Waiting, WaitState

LET_GO = timedelta(seconds=60)
"""So long the machine may take to let go of a caller for whom a seat is kept: the notice, and an utterance of 20 s."""
RESULT = timedelta(seconds=45)
"""After the ringing, for prompts before it and the exchange's word on how it ended."""
MOST_OFFERS = 4
"""A caller for whom so many seats were kept in vain goes the way of those whom nobody can serve."""
MACHINE = machine("seats")


def seat_answered(office: Office, carrier: str, carrier_call_id: str, seat_name: str) -> None:
    """The operator has picked up: the case is his, and may be corrected from now on. Raises UnknownCall.

    A word that comes late, or twice, changes nothing.
    """
    now = office.clock.now()
    with office.database.transaction() as session:
        call = lock_carrier_call(session, carrier, carrier_call_id)
        case = lock_case_of(session, call)
        place = place_of(session, call.id)
        if place is not None and place.seat == seat_name:
            _pick_up(session, call, case, place, now)


def take_seat_result(session: Session, call: Call, seat_name: str, dial: DialResult, at: datetime) -> None:
    """How the ringing of a seat ended; `call` is locked. Told twice it changes nothing more."""
    place = place_of(session, call.id)
    if place is None or place.seat != seat_name:
        return
    match dial:
        case DialResult.ANSWERED:
            if place.state is WaitState.OFFERED:
                _pick_up(session, call, lock_case_of(session, call), place, at)
            leave(session, call.id, "served", at)
        case DialResult.CANCELLED:
            leave(session, call.id, "hung_up", at)
        case DialResult.NO_ANSWER | DialResult.BUSY:
            _not_reached(session, place, Pause.NO_ANSWER, at)
        case DialResult.FAILED | DialResult.LOST:
            _not_reached(session, place, Pause.NO_TELEPHONE, at)


def decline_seat(office: Office, call_id: str) -> None:
    """The machine has helped this caller: the seat that is kept for him goes to another. Raises UnknownCall."""
    with office.database.transaction() as session:
        leave(session, lock_call(session, call_id).id, "helped", office.clock.now())


def tend_line(office: Office) -> None:
    """What time itself does: seats have written up, offers have come to nothing. Safe to repeat, in any process."""
    now = office.clock.now()
    with office.database.reading() as session:
        if not _has_work(session, office, now):
            return
    with office.database.transaction() as session:
        lock_line(session)
        tend_wrap_up(session, office.settings.sip.wrap_up_s, now)
        stuck = select(Waiting).where(_is_stuck(office, now)).execution_options(populate_existing=True)
        for place in session.scalars(stuck).all():
            _give_up(session, place, now)
        serve(session, now)


def _pick_up(session: Session, call: Call, case: Case, place: Waiting, at: datetime) -> None:
    seat = answer(session, place, at)
    if seat is None or seat.account_id is None:
        return
    account = session.get_one(Account, seat.account_id)
    operator = Actor(ActorKind.PERSON, account.id, account.name)
    if case.state is CaseState.OPEN:
        go_to(session, case, Destination(CaseState.PROPOSED, "human_speaks"), MACHINE, at)
    case.owner_id, case.opened_at = operator.id, case.opened_at or at
    append_event(session, EventKind.CASE_OPENED, at, case=case, call_id=call.id, owner=operator.id)
    audit(session, operator, "case.opened", case.case_no, at)


def _not_reached(session: Session, place: Waiting, why: Pause, at: datetime) -> None:
    put_back(session, place, why, at, seat_goes=SeatState.PAUSED)
    if place.offers >= MOST_OFFERS and place.state is WaitState.WAITING:
        leave(session, place.call_id, "not_reached", at)


def _give_up(session: Session, place: Waiting, at: datetime) -> None:
    """The seat is not to blame."""
    if place.rung_at is not None or place.offers >= MOST_OFFERS:
        leave(session, place.call_id, "lost", at)
    else:
        put_back(session, place, "not_let_go", at, seat_goes=SeatState.READY)


def _is_stuck(office: Office, now: datetime) -> ColumnElement[bool]:
    ring = timedelta(seconds=office.settings.sip.ring_s)
    never_rang = and_(Waiting.rung_at.is_(None), Waiting.offered_at < now - LET_GO)
    return and_(Waiting.state == WaitState.OFFERED, or_(never_rang, Waiting.rung_at < now - ring - RESULT))


def _has_work(session: Session, office: Office, now: datetime) -> bool:
    limit_s = office.settings.sip.wrap_up_s
    written_up = and_(Seat.state == SeatState.WRAP_UP, Seat.since < now - timedelta(seconds=limit_s))
    is_free = and_(Seat.state == SeatState.READY, Seat.has_telephone)
    somebody_waits = exists().where(Waiting.state == WaitState.WAITING)
    seats = select(Seat.name).where(or_(and_(written_up, true() if limit_s else false()), and_(is_free, somebody_waits)))
    stuck = select(Waiting.call_id).where(_is_stuck(office, now))
    return any(session.scalar(wanted.limit(1)) is not None for wanted in (seats, stuck))
