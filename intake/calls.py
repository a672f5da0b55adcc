"""A call from its first webhook to its end, and the case that comes into being with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from config.ids import new_id
from intake.actors import machine
from intake.case_numbers import next_case_number
from intake.closing import leave_open, reconsider
from intake.errors import StreamTokenUsed
from intake.events import EventKind, append_event
from intake.finding import find_carrier_call, lock_call, lock_carrier_call, lock_case_of
from intake.line_order import Rank
from intake.office import Office
from intake.outcome import OPERATOR, DialResult, Ending, Outcome, dial_result_of, outcome_of, outcome_to_json
from intake.waiting_line import go_forward, join, leave, place_of
from intake.workflow import note_move
from models.call import Call, CallState
from models.case import Case, CaseState
from models.inserting import insert_new
from models.sealed import normalise_number

__all__ = [
    "CallView",
    "DialResult",
    "Ending",
    "IncomingCall",
    "OpenedCall",
    "Outcome",
    "call_ended",
    "call_view",
    "conversation_ended",
    "end_call",
    "find_call",
    "media_started",
    "open_call",
    "save_conversation",
    "sign_of_life",
]


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """`caller` as the carrier names it, None where it names none; `sample` is the name of a sample call."""

    carrier: str
    carrier_call_id: str
    caller: str | None = None
    dialled: str | None = None
    sample: str | None = None
    may_be_seated: bool = False
    """It is on the line now, and its carrier can ring the operators' seats: it stands in their line."""


@dataclass(frozen=True, slots=True)
class OpenedCall:
    """`is_new` is False when the same webhook came before."""

    call_id: str
    case_no: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class CallView:
    id: str
    case_no: str
    carrier: str
    carrier_call_id: str
    state: CallState
    outcome: Outcome | None
    dial_result: DialResult | None
    step: str
    sample: str | None
    streams: int
    version: int
    started_at: datetime
    media_started_at: datetime | None
    ended_at: datetime | None
    conversation: Mapping[str, Any] | None

    @property
    def waits_for_operator(self) -> bool:
        """The conversation ended on the way to a human, and the caller was connected again to wait for one."""
        is_on_the_way = self.outcome is not None and self.outcome.ending not in {Ending.GOODBYE, Ending.HUNG_UP}
        return is_on_the_way and self.state is CallState.TALKING


MACHINE = machine("calls")


def open_call(office: Office, incoming: IncomingCall, at: datetime | None = None) -> OpenedCall:
    """Call and case with its number, in one transaction; the same call a second time, also at the same moment, opens nothing.

    `at` is when the call was answered, for one that waited in the spool.
    """
    at = at or office.clock.now()
    with office.database.transaction() as session:
        call_id, case_id = new_id(), new_id()
        if not _insert_call(office, session, incoming, call_id=call_id, case_id=case_id, at=at):
            known = lock_carrier_call(session, incoming.carrier, incoming.carrier_call_id)
            return OpenedCall(known.id, _case_no(session, known.case_id), is_new=False)
        case = Case(
            id=case_id,
            case_no=next_case_number(session, at),
            state=CaseState.OPEN,
            provenance={},
            created_at=at,
            answered_at=at,
        )
        session.add(case)
        session.flush()
        note_move(session, case, None, MACHINE, reason="call", at=at)
        append_event(
            session, EventKind.CALL_OPENED, at, case=case, call_id=call_id, carrier=incoming.carrier, sample=incoming.sample
        )
        if incoming.may_be_seated:
            join(session, call_id, at)
        return OpenedCall(call_id, case.case_no, is_new=True)


def find_call(office: Office, carrier: str, carrier_call_id: str) -> CallView | None:
    with office.database.reading() as session:
        call = find_carrier_call(session, carrier, carrier_call_id)
        return call_view(call, _case_no(session, call.case_id)) if call else None


def media_started(office: Office, call_id: str, engine: str, nonce: str) -> CallView:
    """The audio stream with the token's `nonce` is there. `engine` is the name of what listens.

    Raises UnknownCall, and StreamTokenUsed when the call already has another stream. The answer carries the saved
    conversation, so that a stream that follows a broken one goes on where that one stopped.
    """
    now = office.clock.now()
    with office.database.transaction() as session:
        call = lock_call(session, call_id)
        if call.stream_nonce not in {None, nonce} or call.state is CallState.ENDED:
            raise StreamTokenUsed
        case_no = _case_no(session, call.case_id)
        if call.stream_nonce is None:
            call.stream_nonce, call.engine, call.last_sign_at = nonce, engine, now
            call.media_started_at = call.media_started_at or now
            case = session.get_one(Case, call.case_id)
            append_event(session, EventKind.MEDIA_STARTED, now, case=case, call_id=call.id, engine=engine)
        return call_view(call, case_no)


def sign_of_life(office: Office, call_ids: Sequence[str]) -> None:
    """These calls are still spoken with. Unknown and ended ones are passed over."""
    if not call_ids:
        return
    # Not an update of loaded rows: many calls at once, and their version stays, for nothing that anybody reads has changed.
    mark = update(Call).where(Call.id.in_(call_ids), Call.state != CallState.ENDED).values(last_sign_at=office.clock.now())
    with office.database.transaction() as session:
        session.execute(mark)


def save_conversation(office: Office, call_id: str, state: Mapping[str, Any], lag_ms: int = 0) -> None:
    """Where the conversation stands, as JSON, and the worst delay of recognition so far. Raises UnknownCall."""
    with office.database.transaction() as session:
        call = lock_call(session, call_id)
        call.conversation = dict(state)
        call.lag_ms = max(call.lag_ms, lag_ms)
        call.last_sign_at = office.clock.now()


def conversation_ended(office: Office, call_id: str, outcome: Outcome) -> None:
    """The machine's part is over. The first outcome stands; of a second one, after waiting for an operator, danger counts.
    Raises UnknownCall.

    After goodbye or hanging up the case leaves `open` at once; after a transfer or a failure of ours it waits for what the
    carrier reports next, up to a minute.
    """
    now = office.clock.now()
    with office.database.transaction() as session:
        call = lock_call(session, call_id)
        case = lock_case_of(session, call)
        if call.outcome is not None:
            _heard_while_waiting(session, call, case, outcome, now)
            return
        call.outcome = outcome_to_json(outcome)
        call.last_sign_at = now
        case.urgent = case.urgent or outcome.urgent
        append_event(
            session,
            EventKind.CONVERSATION_ENDED,
            now,
            case=case,
            call_id=call.id,
            ending=str(outcome.ending),
            reason=outcome.reason,
            lag_ms=call.lag_ms,
        )
        if outcome.ending in {Ending.GOODBYE, Ending.HUNG_UP}:
            case.hung_up_at = case.hung_up_at or now
            leave_open(session, call, case, MACHINE, now)
            leave(session, call.id, str(outcome.ending), now)
        elif call.state is CallState.TALKING:
            call.state = CallState.TRANSFERRING
        elif call.state is CallState.ENDED:
            leave_open(session, call, case, MACHINE, now)
        reconsider(session, call, case, MACHINE, now)
        if outcome.ending not in {Ending.GOODBYE, Ending.HUNG_UP} and outcome.reason != OPERATOR:
            go_forward(session, call.id, Rank.DANGER if outcome.urgent else Rank.WANTS_HUMAN, now)


def _heard_while_waiting(session: Session, call: Call, case: Case, outcome: Outcome, now: datetime) -> None:
    if outcome.urgent and not case.urgent and place_of(session, call.id) is not None:
        case.urgent, call.last_sign_at = True, now
        go_forward(session, call.id, Rank.DANGER, now)


def call_ended(office: Office, carrier: str, carrier_call_id: str, reason: str, at: datetime | None = None) -> None:
    """The carrier says that the call is over: its case leaves `open`. A second time changes nothing. Raises UnknownCall."""
    with office.database.transaction() as session:
        call = lock_carrier_call(session, carrier, carrier_call_id)
        end_call(session, call, reason, at or office.clock.now())


def end_call(session: Session, call: Call, reason: str, at: datetime) -> None:
    """End a call that this transaction has locked, whoever noticed it."""
    if call.state is CallState.ENDED:
        return
    case = lock_case_of(session, call)
    case.hung_up_at = case.hung_up_at or at
    leave_open(session, call, case, MACHINE, at)
    call.state, call.ended_at, call.end_reason, call.step = CallState.ENDED, at, reason, "status"
    append_event(session, EventKind.CALL_ENDED, at, case=case, call_id=call.id, reason=reason)
    leave(session, call.id, "hung_up", at)


def call_view(call: Call, case_no: str) -> CallView:
    return CallView(
        id=call.id,
        case_no=case_no,
        carrier=call.carrier,
        carrier_call_id=call.carrier_call_id,
        state=call.state,
        outcome=outcome_of(call),
        dial_result=dial_result_of(call),
        step=call.step,
        sample=call.sample,
        streams=call.streams,
        version=call.version,
        started_at=call.started_at,
        media_started_at=call.media_started_at,
        ended_at=call.ended_at,
        conversation=call.conversation,
    )


def _insert_call(office: Office, session: Session, incoming: IncomingCall, *, call_id: str, case_id: str, at: datetime) -> bool:
    number = normalise_number(incoming.caller)
    return insert_new(
        session,
        Call,
        id=call_id,
        carrier=incoming.carrier,
        carrier_call_id=incoming.carrier_call_id,
        case_id=case_id,
        state=CallState.TALKING,
        caller_sealed=office.sealer.seal(number) if number else None,
        caller_hash=office.sealer.trace(number) if number else None,
        dialled=incoming.dialled,
        sample=incoming.sample,
        step="voice",
        started_at=at,
        last_sign_at=at,
    )


def _case_no(session: Session, case_id: str) -> str:
    return session.scalars(select(Case.case_no).where(Case.id == case_id)).one()
