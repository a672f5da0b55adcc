"""From the machine to a human or a recorder: what the carrier is told, and what its answers mean for the case."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from intake.actors import machine
from intake.closing import Destination, decide_destination, facts_of, go_to, leave_open
from intake.events import EventKind, append_event
from intake.finding import lock_call, lock_carrier_call, lock_case_of
from intake.line_order import Rank
from intake.next_step import Dial, HangUp, NextStep, Reconnect, RingSeat, Standing, TakeMessage, Wait, decide_next
from intake.office import Office
from intake.outcome import DialResult, Outcome, dial_result_of, outcome_of, outcome_to_json
from intake.seat_calls import take_seat_result
from intake.waiting_line import go_forward, is_staffed, leave, place_of
from models.call import Call, CallState
from models.case import Case, CaseState
from models.waiting import WaitState

MACHINE = machine("transfers")
_FINAL = frozenset({DialResult.ANSWERED, DialResult.CANCELLED})
"""Results after which no other seat is rung."""


def divert_call(office: Office, call_id: str, outcome: Outcome) -> None:
    """The machine cannot take this call (media process down, full, disk nearly full): the outcome, before any audio.

    `outcome.ending` is FAILED or OVERFLOW; with the reason `media_down` the caller is recorded at once. Then ask
    take_next_step. A call that already has an outcome keeps it. Raises UnknownCall.
    """
    now = office.clock.now()
    with office.database.transaction() as session:
        call = lock_call(session, call_id)
        if call.outcome is not None:
            return
        call.outcome, call.state = outcome_to_json(outcome), CallState.TRANSFERRING
        call.last_sign_at = now
        case = session.get_one(Case, call.case_id)
        append_event(
            session,
            EventKind.CONVERSATION_ENDED,
            now,
            case=case,
            call_id=call.id,
            ending=str(outcome.ending),
            reason=outcome.reason,
        )
        go_forward(session, call.id, Rank.WANTS_HUMAN, now)


def take_next_step(
    office: Office,
    carrier: str,
    carrier_call_id: str,
    *,
    media_is_up: bool,
    dial: DialResult | None = None,
    seat: str | None = None,
    recorded: bool = False,
) -> NextStep:
    """What the carrier shall do now, written down: the one use case of the webhook `next`. Safe to repeat.

    `dial` is the result where it has just rung a human (`seat` names the operators' telephone, where it was one), `recorded`
    True where it has just recorded a message. A case whose caller is asked to leave a message leaves `open` here. Raises
    UnknownCall.
    """
    now = office.clock.now()
    with office.database.transaction() as session:
        call = lock_carrier_call(session, carrier, carrier_call_id)
        if dial is not None and seat is not None:
            take_seat_result(session, call, seat, dial, now)
        if dial is not None and (seat is None or dial in _FINAL):
            _take_dial_result(session, call, dial, now)
        standing = _in_line(office, session, call, _standing(call, recorded), now)
        step = decide_next(standing, human_number=office.settings.human_number, media_is_up=media_is_up)
        _write_down(session, call, step, now)
        return step


def transfer_result(office: Office, call_id: str, dial: DialResult) -> None:
    """A human was rung: answered -> the case is proposed; else it is called back, urgently. Raises UnknownCall.

    The first result stands. It also corrects a case that went to `callback` because the call's end was reported before it.
    """
    with office.database.transaction() as session:
        _take_dial_result(session, lock_call(session, call_id), dial, office.clock.now())


def _take_dial_result(session: Session, call: Call, dial: DialResult, now: datetime) -> None:
    if call.dial_result is not None:
        return
    call.dial_result = str(dial)
    case = lock_case_of(session, call)
    if case.state is CaseState.OPEN:
        leave_open(session, call, case, MACHINE, now)
    elif case.state is CaseState.CALLBACK and dial is DialResult.ANSWERED:
        go_to(session, case, Destination(CaseState.PROPOSED, "human_spoke"), MACHINE, now)


def _write_down(session: Session, call: Call, step: NextStep, now: datetime) -> None:
    call.step, call.last_sign_at = "next", now
    if call.state is CallState.ENDED:
        return
    if isinstance(step, Reconnect | Wait):
        call.streams += 1
        call.stream_nonce = None
    if isinstance(step, Wait):
        call.state = CallState.TALKING
    if isinstance(step, Dial | RingSeat):
        call.state = CallState.TRANSFERRING
    _write_down_place(session, call, step, now)
    if isinstance(step, TakeMessage):
        call.state = CallState.RECORDING
        case = lock_case_of(session, call)
        if case.state is CaseState.OPEN:
            go_to(session, case, decide_destination(facts_of(session, call)), MACHINE, now)


def _write_down_place(session: Session, call: Call, step: NextStep, now: datetime) -> None:
    if isinstance(step, Dial | TakeMessage | HangUp):
        leave(session, call.id, type(step).__name__.lower(), now)
        return
    place = place_of(session, call.id)
    if place is not None and isinstance(step, RingSeat):
        place.rung_at = place.rung_at or now
    if place is not None and isinstance(step, Wait):
        place.held_since = place.held_since or now


def _in_line(office: Office, session: Session, call: Call, standing: Standing, now: datetime) -> Standing:
    """With what the operators' line says of this call."""
    place = place_of(session, call.id)
    if place is None:
        return standing
    if place.state is WaitState.OFFERED and place.seat is not None:
        return replace(standing, seat=RingSeat(place.seat, office.settings.sip.ring_s))
    limit = timedelta(seconds=office.settings.sip.wait_limit_s)
    has_patience = place.held_since is None or place.held_since + limit > now
    return replace(standing, may_wait=place.state is WaitState.WAITING and has_patience and is_staffed(session))


def _standing(call: Call, recorded: bool) -> Standing:
    outcome = outcome_of(call)
    return Standing(
        ending=outcome.ending if outcome else None,
        reason=outcome.reason if outcome else None,
        dial=dial_result_of(call),
        streams=call.streams,
        is_over=call.state is CallState.ENDED,
        recorded=recorded,
    )
