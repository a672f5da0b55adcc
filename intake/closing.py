"""Where a case goes when its call is over: the rule, pure, and the move."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.actors import Actor
from intake.next_step import RECORD_AT_ONCE
from intake.outcome import DialResult, Ending, Outcome, dial_result_of, outcome_of
from intake.workflow import move
from models.call import Call, CallState
from models.case import Case, CaseState
from models.recording import Recording, RecordingSource
from models.utterance import Utterance

NO_HUMAN = "no_human_reached"
MESSAGE = "message"
"""The caller was asked to speak to the recorder."""
NOTHING_HEARD = "nothing_heard"
_TO_A_HUMAN = frozenset({Ending.TRANSFER, Ending.FAILED, Ending.OVERFLOW})


@dataclass(frozen=True, slots=True)
class CallFacts:
    """`ending` is None where the conversation never came to an outcome, `dial` where no human was rung."""

    ending: Ending | None
    dial: DialResult | None
    wanted_human: bool
    took_message: bool
    heard_anything: bool


@dataclass(frozen=True, slots=True)
class Destination:
    state: CaseState
    reason: str
    urgent: bool = False


def decide_destination(facts: CallFacts) -> Destination:
    """What was heard is proposed; nothing heard, or a human wanted and not reached, is called back."""
    if facts.dial is DialResult.ANSWERED:
        return Destination(CaseState.PROPOSED, "human_spoke")
    if facts.dial is not None or facts.wanted_human:
        return Destination(CaseState.CALLBACK, NO_HUMAN, urgent=True)
    if facts.took_message:
        return Destination(CaseState.CALLBACK, MESSAGE)
    if not facts.heard_anything:
        return Destination(CaseState.CALLBACK, NOTHING_HEARD)
    return Destination(CaseState.PROPOSED, str(facts.ending or Ending.HUNG_UP))


def leave_open(session: Session, call: Call, case: Case, actor: Actor, at: datetime, *, why: str | None = None) -> None:
    """Move the case out of `open`, with `why` in its history, or the reason of where it goes.

    One that a person or an earlier report has already moved stays where it is.
    """
    if case.state is CaseState.OPEN:
        go_to(session, case, decide_destination(facts_of(session, call)), actor, at, why=why)


def reconsider(session: Session, call: Call, case: Case, actor: Actor, at: datetime) -> None:
    """The carrier often reports the end before the last words are recognised: a case that went to `callback` with nothing heard
    is judged again by what came after it. One that went anywhere else, or that a person has moved, stays."""
    if case.state is not CaseState.CALLBACK or case.callback_reason != NOTHING_HEARD:
        return
    destination = decide_destination(facts_of(session, call))
    if destination.state is not CaseState.CALLBACK:
        go_to(session, case, destination, actor, at)
        return
    case.urgent, case.callback_reason = case.urgent or destination.urgent, destination.reason


def go_to(
    session: Session, case: Case, destination: Destination, actor: Actor, at: datetime, *, why: str | None = None
) -> None:
    case.urgent = case.urgent or destination.urgent
    case.callback_reason = destination.reason if destination.state is CaseState.CALLBACK else None
    move(session, case, destination.state, actor, reason=why or destination.reason, at=at)


def facts_of(session: Session, call: Call) -> CallFacts:
    outcome = outcome_of(call)
    return CallFacts(
        ending=outcome.ending if outcome else None,
        dial=dial_result_of(call),
        wanted_human=_wanted_human(call, outcome),
        took_message=call.state is CallState.RECORDING or _has_message(session, call.id),
        heard_anything=bool(outcome and outcome.heard_anything) or _has_words(session, call.id),
    )


def _wanted_human(call: Call, outcome: Outcome | None) -> bool:
    if outcome is None:
        return call.state is CallState.TRANSFERRING
    return outcome.ending in _TO_A_HUMAN and outcome.reason not in RECORD_AT_ONCE


def _has_words(session: Session, call_id: str) -> bool:
    wanted = select(Utterance.id).where(Utterance.call_id == call_id, Utterance.text != "").limit(1)
    return session.scalar(wanted) is not None


def _has_message(session: Session, call_id: str) -> bool:
    wanted = select(Recording.id).where(Recording.call_id == call_id, Recording.source == RecordingSource.CARRIER).limit(1)
    return session.scalar(wanted) is not None
