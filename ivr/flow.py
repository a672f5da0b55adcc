"""The conversation as a pure function: state and event in, state and actions out. No clock, no web, no database."""

from dataclasses import replace
from typing import Final

from ivr.actions import Ending
from ivr.danger import find_danger
from ivr.endings import finish, leave, leave_for_danger, on_closing, on_leaving
from ivr.events import (
    Event,
    Failed,
    HungUp,
    InLine,
    KeyPressed,
    PromptEnded,
    RecognitionFailed,
    SeatKept,
    Silence,
    SpeechHeard,
    SpeechStarted,
    SpeechUnclear,
    TimeUp,
    UnderstandingFailed,
    Understood,
)
from ivr.human import wants_human
from ivr.interview import on_new, on_notice, on_question
from ivr.line import on_waiting, to_operator
from ivr.readback import on_confirm
from ivr.state import Conversation, Phase, Reason
from ivr.step import Step

MAX_EVENTS: Final = 1000
"""A conversation of ten minutes has some 200 events; one with more than this is taken to a human."""
LAST_EVENTS: Final = 100
"""More that such a one may have while it is told so."""
PHASES: Final = {
    Phase.NEW: on_new,
    Phase.NOTICE: on_notice,
    Phase.MATTER: on_question,
    Phase.DETAIL: on_question,
    Phase.PLACE: on_question,
    Phase.CORRECTION: on_question,
    Phase.CONFIRM: on_confirm,
    Phase.CLOSING: on_closing,
    Phase.LEAVING: on_leaving,
    Phase.WAITING: on_waiting,
}


def advance(state: Conversation, event: Event) -> Step:
    """What comes of an event. Never raises; after a `Finish` nothing changes any more."""
    if state.phase is Phase.OVER:
        return Step(state)
    state = replace(state, steps=state.steps + 1)
    too_long = _too_long(state)
    if too_long or _is_stale(state, event):
        return too_long or Step(state)
    state = _noted(state, event)
    return _anywhere(state, event) or to_operator(state) or PHASES[state.phase](state, event)


def _is_stale(state: Conversation, event: Event) -> bool:
    match event:
        case PromptEnded(mark):
            return not mark or mark != state.mark
        case Understood(turn=turn) | UnderstandingFailed(turn=turn):
            return turn != state.turn or not state.spoken or state.fresh is not None
        case _:
            return False


def _noted(state: Conversation, event: Event) -> Conversation:
    """What every event says about the line, whatever is asked just now."""
    match event:
        case PromptEnded():
            return replace(state, mark="")
        case SpeechStarted():
            return replace(state, speaking=True, voiced=True)
        case SpeechHeard() | SpeechUnclear():
            return replace(state, speaking=False, voiced=True)
        case Silence():
            return replace(state, speaking=False)
        case SeatKept():
            return replace(state, seated=state.phase is not Phase.CLOSING)
        case InLine(ahead):
            return replace(state, ahead=max(ahead, 0))
        case _:
            return state


def _too_long(state: Conversation) -> Step | None:
    if state.steps >= MAX_EVENTS and state.phase is not Phase.LEAVING:
        return leave(state, Reason.TIME_UP)
    return finish(state, Ending.TRANSFER, state.leaving) if state.steps >= MAX_EVENTS + LAST_EVENTS else None


def _anywhere(state: Conversation, event: Event) -> Step | None:
    """What holds in every phase: hanging up, and the ways to a human."""
    if isinstance(event, HungUp):
        return finish(state, Ending.HUNG_UP, Reason.HUNG_UP)
    if state.phase in {Phase.LEAVING, Phase.WAITING}:
        return None
    match event:
        case SpeechHeard(text):
            return _for_a_human(state, text)
        case Understood(is_danger=True):
            return leave_for_danger(state, medical=False)
        case KeyPressed("0"):
            return leave(state, Reason.HUMAN_ASKED)
        case RecognitionFailed():
            return leave(state, Reason.RECOGNITION_FAILED)
        case UnderstandingFailed():
            return leave(state, Reason.UNDERSTANDING_FAILED)
        case TimeUp():
            return leave(state, Reason.TIME_UP)
        case Failed(reason):
            return leave(state, reason or Reason.FAILED)
        case _:
            return None


def _for_a_human(state: Conversation, text: str) -> Step | None:
    danger = find_danger(text)
    if danger:
        return leave_for_danger(state, medical=danger.medical)
    return leave(state, Reason.HUMAN_ASKED) if wants_human(text) else None
