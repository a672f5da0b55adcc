"""Calling a resident back: the operator's telephone rings first, then the resident's, and what is said goes into the same case.

The call that we place is a row like any other call: recordings, transcript and listening find it by the exchange's id for it.
The resident's number is opened at the moment of dialling and nowhere before.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.clock import CITY_ZONE
from config.errors import HotlineError
from config.ids import new_id
from intake.actors import Actor, ActorKind, machine
from intake.audit import audit
from intake.call_back_rules import CallBackOutcome, Hours, outcome_of
from intake.errors import MoveForbidden
from intake.events import EventKind, append_event
from intake.finding import lock_case
from intake.office import Office
from intake.outcome import DialResult
from intake.seat_log import move_seat
from intake.seats import NoTelephone, NotSeated, SeatBusy, own_seat
from intake.waiting_line import lock_line
from intake.workflow import move
from models.account import Account
from models.call import Call, CallState
from models.call_back import CallBack, CallBackState
from models.case import Case, CaseState
from models.seat import Seat, SeatState

EXCHANGE: Final = "sip"
PUBLIC: Final = "twilio"
PREFIX: Final = "back-"
"""Of the exchange's id for a call that we place."""
OPERATOR_RINGS: Final = timedelta(seconds=60)
RESIDENT_RINGS: Final = timedelta(seconds=120)
"""After so long without a word from the exchange an attempt is over."""
LONGEST_TALK: Final = timedelta(hours=4)
MACHINE = machine("call_backs")


DIALLER: Final = "dialler"
"""Where the web application keeps its Dialler."""


class Dialler(Protocol):
    """Whoever places calls."""

    @property
    def needs_seat(self) -> bool:
        """False: where the operator sits at no seat, the humans' number is called."""

    def ring(self, call: str, seat: str) -> None:
        """Let the seat's telephone ring, or that of the humans where `seat` is empty; what follows is asked of us under the id
        `call`. Raises a HotlineError."""


class CallBackRefused(HotlineError):
    """The resident cannot be called back now; `code` says why, `until` from when on it can be."""

    def __init__(self, code: str, until: datetime | None = None) -> None:
        super().__init__(f"The resident cannot be called back now: {code}.")
        self.code, self.until = code, until


class _Dialled(NamedTuple):
    attempt: CallBack
    case: Case
    call: Call


def start_call_back(office: Office, dialler: Dialler, case_no: str, actor: Actor) -> str:
    """The operator's telephone rings; the id of the call.

    Raises UnknownCase, MoveForbidden (the case waits for no call), CallBackRefused (hours, no_number, already_calling),
    NotSeated, SeatBusy, NoTelephone, and what the dialler raises; then the attempt is written down as failed.
    """
    now, call_id = office.clock.now(), new_id()
    with office.database.transaction() as session:
        case = lock_case(session, case_no)
        sealed = _may_be_called(session, office, case, now)
        seat = _own_free_seat(session, actor, is_needed=dialler.needs_seat)
        call = Call(
            id=call_id,
            carrier=EXCHANGE if seat else PUBLIC,
            carrier_call_id=PREFIX + call_id,
            case_id=case.id,
            state=CallState.TRANSFERRING,
            caller_sealed=sealed,
            step="call_back",
            started_at=now,
            last_sign_at=now,
        )
        session.add(call)
        session.flush()
        attempt = CallBack(
            call_id=call_id,
            case_id=case.id,
            account_id=actor.id,
            seat=seat.name if seat else "",
            state=CallBackState.RINGING_OPERATOR,
            started_at=now,
        )
        session.add(attempt)
        if seat is not None:
            move_seat(session, seat, SeatState.TALKING, now, reason="call_back", call_id=call_id)
        audit(session, actor, "call_back.started", case.case_no, now)
        _tell(session, _Dialled(attempt, case, call), now)
        name = attempt.seat
    try:
        dialler.ring(PREFIX + call_id, name)
    except HotlineError:
        _end(office, call_id, CallBackOutcome.FAILED)
        raise
    return call_id


def operator_picked_up(office: Office, carrier_call_id: str, carriers_own_id: str | None = None) -> str | None:
    """The resident's number in E.164, to be dialled now; None where nobody is to be called. The same when asked twice."""
    now = office.clock.now()
    with office.database.transaction() as session:
        found = _locked(session, _call_id(carrier_call_id))
        if found is None:
            return None
        attempt, case, call = found
        if attempt.state not in {CallBackState.RINGING_OPERATOR, CallBackState.RINGING_RESIDENT} or call.caller_sealed is None:
            return None
        if case.state is not CaseState.CALLBACK:
            return None
        if carriers_own_id is not None:
            call.carrier_call_id = carriers_own_id
        if attempt.state is CallBackState.RINGING_OPERATOR:
            attempt.state, attempt.rung_at = CallBackState.RINGING_RESIDENT, now
            _tell(session, found, now)
        sealed = call.caller_sealed
    return office.sealer.unseal(sealed)


def resident_answered(office: Office, carrier_call_id: str) -> None:
    """They talk: the case is the operator's, and proposed. Told twice, or late, it changes nothing."""
    now = office.clock.now()
    with office.database.transaction() as session:
        found = _locked(session, _call_id(carrier_call_id))
        if found is not None and found[0].state is CallBackState.RINGING_RESIDENT:
            _reach(session, found, now)


def call_back_ended(office: Office, carrier_call_id: str, dial: DialResult | None) -> None:
    """The exchange says that it is over. Told twice it changes nothing."""
    now = office.clock.now()
    with office.database.transaction() as session:
        found = _locked(session, _call_id(carrier_call_id))
        if found is None or found[0].state is CallBackState.ENDED:
            return
        if dial is DialResult.ANSWERED and found.attempt.state is not CallBackState.TALKING:
            _reach(session, found, now)
        _finish(session, found, outcome_of(found.attempt.state, dial), now)


def tend_call_backs(office: Office) -> int:
    """Attempts of which nobody says anything any more are over; how many. Safe to repeat, in any process."""
    now = office.clock.now()
    limits = {
        CallBackState.RINGING_OPERATOR: OPERATOR_RINGS,
        CallBackState.RINGING_RESIDENT: RESIDENT_RINGS,
        CallBackState.TALKING: LONGEST_TALK,
    }
    stale = []
    with office.database.reading() as session:
        for state, limit in limits.items():
            wanted = select(CallBack.call_id).where(CallBack.state == state, CallBack.started_at < now - limit)
            stale += [(call_id, outcome_of(state, None)) for call_id in session.scalars(wanted)]
    for call_id, outcome in stale:
        _end(office, call_id, outcome)
    return len(stale)


def _may_be_called(session: Session, office: Office, case: Case, now: datetime) -> bytes:
    """The resident's sealed number. Raises MoveForbidden, CallBackRefused."""
    if case.state is not CaseState.CALLBACK:
        raise MoveForbidden(case.case_no, case.state, CaseState.PROPOSED)
    live = select(CallBack.call_id).where(CallBack.case_id == case.id, CallBack.state != CallBackState.ENDED)
    if session.scalar(live.limit(1)) is not None:
        raise CallBackRefused("already_calling")
    numbers = select(Call.caller_sealed).where(Call.case_id == case.id, Call.caller_sealed.is_not(None))
    sealed = session.scalar(numbers.order_by(Call.started_at.desc()).limit(1))
    if sealed is None:
        raise CallBackRefused("no_number")
    hours = hours_of(office)
    if not case.urgent and not hours.allow(now):
        raise CallBackRefused("too_early_or_late", hours.next_time(now))
    return sealed


def hours_of(office: Office) -> Hours:
    first, last = office.settings.call_back_times
    return Hours(first, last, CITY_ZONE)


def _own_free_seat(session: Session, actor: Actor, *, is_needed: bool) -> Seat | None:
    lock_line(session)
    seat = own_seat(session, actor)
    if seat is None and not is_needed:
        return None
    if seat is None:
        raise NotSeated(f"{NotSeated.__doc__}")
    if seat.state in {SeatState.RINGING, SeatState.TALKING}:
        raise SeatBusy(f"{SeatBusy.__doc__}")
    if not seat.has_telephone:
        raise NoTelephone(f"{NoTelephone.__doc__}")
    return seat


def _call_id(carrier_call_id: str) -> str:
    return carrier_call_id.removeprefix(PREFIX)


def _locked(session: Session, call_id: str) -> _Dialled | None:
    """The case is locked. None where there is no such attempt."""
    wanted = select(Case.case_no).join(CallBack, CallBack.case_id == Case.id).where(CallBack.call_id == call_id)
    case_no = session.scalar(wanted)
    if case_no is None:
        return None
    case = lock_case(session, case_no)
    attempt = session.get_one(CallBack, call_id, populate_existing=True)
    return _Dialled(attempt, case, session.get_one(Call, call_id, populate_existing=True))


def _reach(session: Session, dialled: _Dialled, at: datetime) -> None:
    attempt, case, _call = dialled
    attempt.state, attempt.answered_at = CallBackState.TALKING, at
    if case.state is CaseState.CALLBACK:
        account = session.get_one(Account, attempt.account_id)
        operator = Actor(ActorKind.PERSON, account.id, account.name)
        case.callback_reason, case.owner_id, case.opened_at = None, account.id, case.opened_at or at
        move(session, case, CaseState.PROPOSED, operator, reason="called_back", at=at)
    _tell(session, dialled, at)


def _finish(session: Session, dialled: _Dialled, outcome: CallBackOutcome, at: datetime) -> None:
    attempt, _case, call = dialled
    attempt.state, attempt.outcome, attempt.ended_at = CallBackState.ENDED, str(outcome), at
    if call.state is not CallState.ENDED:
        call.state, call.ended_at, call.end_reason, call.step = CallState.ENDED, at, str(outcome), "status"
    lock_line(session)
    seat = session.get(Seat, attempt.seat, populate_existing=True) if attempt.seat else None
    if seat is not None and seat.call_id == call.id and seat.state is SeatState.TALKING:
        move_seat(session, seat, SeatState.WRAP_UP, at, reason=str(outcome))
    _tell(session, dialled, at)


def _end(office: Office, call_id: str, outcome: CallBackOutcome) -> None:
    now = office.clock.now()
    with office.database.transaction() as session:
        found = _locked(session, call_id)
        if found is not None and found[0].state is not CallBackState.ENDED:
            _finish(session, found, outcome, now)


def _tell(session: Session, dialled: _Dialled, at: datetime) -> None:
    attempt, case, call = dialled
    append_event(
        session,
        EventKind.CALL_BACK_CHANGED,
        at,
        case=case,
        call_id=call.id,
        state=str(attempt.state),
        outcome=attempt.outcome,
    )
