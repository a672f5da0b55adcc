"""How a conversation ends: with the case number and goodbye, on the way to a human, or because the caller is gone."""

from dataclasses import replace
from typing import Final

from ivr.actions import Conclusion, DeclineSeat, Ending, Expects, Finish, Listen, StopPrompt
from ivr.danger import find_danger
from ivr.events import (
    Answered,
    Event,
    Failed,
    KeyPressed,
    PromptEnded,
    SeatKept,
    Silence,
    SpeechHeard,
    SpeechStarted,
    SpeechUnclear,
    TimeUp,
)
from ivr.patience import ANSWER_MS
from ivr.replies import Answer, asks_again, read_reply
from ivr.state import Conversation, Phase, Reason
from ivr.step import Step, give_way, say
from ivr.wording import closing, closing_again, transfer

AGAIN_KEYS: Final = frozenset("3*")
CLOSINGS: Final = 3
"""Times that the case number is said again."""
_NOTHING: Final = Listen(Expects.NOTHING, ANSWER_MS[Expects.NOTHING])


def finish(state: Conversation, ending: Ending, reason: str) -> Step:
    """Over. What still plays is left to the carrier where the caller is gone, else stopped."""
    stop = (StopPrompt(),) if state.mark and ending is not Ending.HUNG_UP else ()
    outcome = Conclusion(ending, reason, state.urgent, state.confirmed, state.voiced)
    return Step(replace(state, phase=Phase.OVER, mark=""), (*stop, Finish(outcome)))


def leave(state: Conversation, reason: str, *, medical: bool = False) -> Step:
    """To a human: say so, then go."""
    step = say(replace(state, phase=Phase.LEAVING, leaving=reason), transfer(reason, medical=medical), interruptible=False)
    return step.then(_NOTHING)


def leave_for_danger(state: Conversation, *, medical: bool) -> Step:
    return leave(replace(state, urgent=True), Reason.DANGER, medical=medical)


def close(state: Conversation) -> Step:
    """Thanks, case number, goodbye."""
    return say(replace(state, phase=Phase.CLOSING, repeats=0), closing(state), interruptible=True).then(_NOTHING)


def _close_again(state: Conversation) -> Step:
    """The number once more, and this time to its end, whoever speaks into it."""
    if state.repeats >= CLOSINGS:
        return Step(state) if state.mark else _goodbye(state)
    step = say(replace(state, repeats=state.repeats + 1), closing_again(state), interruptible=False)
    return step.then(_NOTHING)


def _goodbye(state: Conversation) -> Step:
    return finish(state, Ending.GOODBYE, Reason.CONFIRMED if state.confirmed else Reason.RECORDED)


def on_closing(state: Conversation, event: Event) -> Step:
    match event:
        case PromptEnded():
            return _goodbye(state)
        case SpeechStarted():
            return give_way(state)
        case SpeechHeard(text):
            return _said_at_closing(state, text)
        case SpeechUnclear() if state.cut:
            return _close_again(state)
        case Silence():
            return _close_again(state) if state.cut else _goodbye(state)
        case KeyPressed(digit) if digit in AGAIN_KEYS:
            return _close_again(state)
        case SeatKept():
            return Step(state, (DeclineSeat(),))
        case Answered():
            return _close_again(replace(state, cut=True))
        case _:
            return Step(state)


def _said_at_closing(state: Conversation, text: str) -> Step:
    if read_reply(text).answer is Answer.NO and state.confirmed:
        return leave(replace(state, confirmed=False), Reason.READBACK_FAILED)
    return _close_again(state) if state.cut or asks_again(text) else Step(state)


def on_leaving(state: Conversation, event: Event) -> Step:
    """Only danger changes anything here: whoever is in it hears whom to ring, even on the way to a human."""
    match event:
        case PromptEnded() | Silence() | TimeUp():
            return finish(state, Ending.TRANSFER, state.leaving)
        case Failed(reason):
            return finish(state, Ending.FAILED, reason)
        case SpeechHeard(text) if not state.urgent and (danger := find_danger(text)):
            return leave_for_danger(state, medical=danger.medical)
        case Answered():
            return leave(state, state.leaving)
        case _:
            return Step(state)
