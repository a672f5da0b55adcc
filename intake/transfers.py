"""From the machine to a human or a recorder: what the carrier is told, and what its answers mean for the case."""

from datetime import datetime

from sqlalchemy.orm import Session

from intake.actors import machine
from intake.closing import Destination, decide_destination, facts_of, go_to, leave_open
from intake.events import EventKind, append_event
from intake.finding import lock_call, lock_carrier_call, lock_case_of
from intake.next_step import Dial, NextStep, Reconnect, Standing, TakeMessage, decide_next
from intake.office import Office
from intake.outcome import DialResult, Outcome, dial_result_of, outcome_of, outcome_to_json
from models.call import Call, CallState
from models.case import Case, CaseState

MACHINE = machine("transfers")


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


def take_next_step(
    office: Office,
    carrier: str,
    carrier_call_id: str,
    *,
    media_is_up: bool,
    dial: DialResult | None = None,
    recorded: bool = False,
) -> NextStep:
    """What the carrier shall do now, written down: the one use case of the webhook `next`. Safe to repeat.

    `dial` is the result where it has just rung a human, `recorded` True where it has just recorded a message. A case whose
    caller is asked to leave a message leaves `open` here. Raises UnknownCall.
    """
    now = office.clock.now()
    with office.database.transaction() as session:
        call = lock_carrier_call(session, carrier, carrier_call_id)
        if dial is not None:
            _take_dial_result(session, call, dial, now)
        step = decide_next(_standing(call, recorded), human_number=office.settings.human_number, media_is_up=media_is_up)
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
    if isinstance(step, Reconnect):
        call.streams += 1
        call.stream_nonce = None
    if isinstance(step, Dial):
        call.state = CallState.TRANSFERRING
    if isinstance(step, TakeMessage):
        call.state = CallState.RECORDING
        case = lock_case_of(session, call)
        if case.state is CaseState.OPEN:
            go_to(session, case, decide_destination(facts_of(session, call)), MACHINE, now)


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
