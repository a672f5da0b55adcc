"""The operators' line: who waits in it hears where he stands and is heard; for whom a seat is kept, he goes to it."""

from dataclasses import replace

from ivr.actions import Ending, Listen
from ivr.asking import gather
from ivr.danger import find_danger
from ivr.endings import finish, leave, leave_for_danger
from ivr.events import Answered, Event, KeyPressed, NobodyComes, PromptEnded, Silence, SpeechHeard, TimeUp, Understood
from ivr.patience import EXPECTS, WAITING_MS
from ivr.replies import is_filler
from ivr.state import Conversation, Phase, Reason
from ivr.step import Step, say
from ivr.wording import Prompt, fixed, place_in_line

_WAIT = Listen(EXPECTS[Phase.WAITING], WAITING_MS)
_NOT_NOW = frozenset({Phase.NEW, Phase.CLOSING, Phase.LEAVING, Phase.OVER})


def to_operator(state: Conversation) -> Step | None:
    """To the seat that is kept, once the notice has been heard and the sentence has been finished."""
    in_notice = state.phase is Phase.NOTICE and state.mark != ""
    if not state.seated or state.speaking or in_notice or state.phase in _NOT_NOW:
        return None
    if state.phase is Phase.NOTICE:
        # The telephone rings at once: of the 15 s until a human answers, the notice has taken nine.
        return finish(state, Ending.TRANSFER, Reason.OPERATOR)
    return leave(state, Reason.OPERATOR)


def begin_waiting(state: Conversation) -> Conversation:
    """After a conversation that ended on the way to a human whom nobody could be. It goes on with `Answered`."""
    return replace(
        state, phase=Phase.WAITING, mark="", speaking=False, waiting=False, seated=False, leaving="", repeats=0, steps=0
    )


def on_waiting(state: Conversation, event: Event) -> Step:
    match event:
        case Answered():
            return say(state, fixed(Prompt.WAIT), interruptible=False).then(_WAIT)
        case PromptEnded() if state.repeats == 0:
            return _tell_place(state)
        case Silence() | KeyPressed("0"):
            return _tell_place(state)
        case SpeechHeard(text):
            return _heard(state, text)
        case Understood(is_danger=True) if not state.urgent:
            return leave_for_danger(state, medical=False)
        case NobodyComes() | TimeUp():
            return finish(state, Ending.TRANSFER, Reason.NOBODY_CAME)
        case _:
            return Step(state)


def _tell_place(state: Conversation) -> Step:
    counted = replace(state, repeats=state.repeats + 1)
    return say(counted, place_in_line(state.ahead), interruptible=False).then(_WAIT)


def _heard(state: Conversation, text: str) -> Step:
    danger = find_danger(text)
    if danger and not state.urgent:
        return leave_for_danger(state, medical=danger.medical)
    if not state.recognises or is_filler(text):
        return Step(state)
    return gather(state, Phase.MATTER, text).then(_WAIT)
