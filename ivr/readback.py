"""Read-back: what we understood, and the caller's yes, no or say it again."""

from dataclasses import replace

from ivr.actions import Piece
from ivr.asking import ask, gather, pause, put, repeat, silent, unclear
from ivr.endings import AGAIN_KEYS, close, leave
from ivr.events import Answered, Event, KeyPressed, Reading, Silence, SpeechHeard, SpeechStarted, SpeechUnclear
from ivr.replies import Answer, is_filler, read_reply
from ivr.state import Conversation, Phase, Reason
from ivr.step import Step, give_way
from ivr.wording import Prompt, fixed
from ivr.wording import read_back as wording


def read_back(state: Conversation) -> Step:
    state = replace(state, phase=Phase.CONFIRM, repeats=0, unclear=0, denied=False)
    return put(state, _pieces(state))


def _pieces(state: Conversation) -> tuple[Piece, ...]:
    return wording(state.reading or Reading(None, None, ""), state.words)


def on_confirm(state: Conversation, event: Event) -> Step:
    match event:
        case SpeechStarted():
            return give_way(state)
        case SpeechHeard(text):
            return _heard(state, text)
        case SpeechUnclear():
            return Step(state, (pause(state.phase),)) if state.denied else unclear(state, fixed(Prompt.READBACK_HELP))
        case Silence():
            return _correct(state, "") if state.denied else silent(state, _pieces(state))
        case KeyPressed("1"):
            return close(replace(state, confirmed=True))
        case KeyPressed("2"):
            return _correct(state, "")
        case KeyPressed(digit) if digit in AGAIN_KEYS:
            return repeat(state, _pieces(state))
        case Answered():
            return put(state, _pieces(state))
        case _:
            return Step(state)


def _heard(state: Conversation, text: str) -> Step:
    reply = read_reply(text)
    match reply.answer:
        case Answer.YES:
            return close(replace(state, confirmed=True))
        case Answer.BACKCHANNEL:
            return _backchannel(state)
        case Answer.AGAIN:
            return repeat(state, _pieces(state))
        case Answer.NO:
            return _denied(state, reply.words)
        case _ if state.denied:
            return _correct(state, reply.words) if reply.words else Step(state, (pause(state.phase),))
        case _:
            return _something_else(state, text, reply.words)


def _backchannel(state: Conversation) -> Step:
    """嗯 into the read-back says "I listen"; after it, "yes"."""
    if state.denied:
        return Step(state, (pause(state.phase),))
    return repeat(state, _pieces(state)) if state.cut else close(replace(state, confirmed=True))


def _denied(state: Conversation, words: str) -> Step:
    """No. The right words often follow in the same breath, or in the next."""
    state = replace(state, denied=True, silences=0)
    if words or state.corrected:
        return _correct(state, words)
    return Step(state, (pause(state.phase),))


def _correct(state: Conversation, words: str) -> Step:
    """One correction: with the words already said, or asked for."""
    if state.corrected:
        return leave(state, Reason.READBACK_FAILED)
    state = replace(state, corrected=True, denied=True)
    if not words:
        return ask(replace(state, asked_right=True), Phase.CORRECTION)
    return gather(replace(state, phase=Phase.CORRECTION, repeats=0), Phase.CORRECTION, words)


def _something_else(state: Conversation, text: str, words: str) -> Step:
    """Neither yes nor no: words that may complete or correct what was read back."""
    if is_filler(text):
        return repeat(state, _pieces(state)) if state.cut else Step(state, (pause(state.phase),))
    if len(words) < 3 or state.corrected:
        return unclear(state, fixed(Prompt.READBACK_HELP))
    state = replace(state, phase=Phase.CORRECTION, corrected=True, repeats=0)
    return gather(state, Phase.CORRECTION, words)
