"""What happened, and where: the open question, at most one question for each, and the correction."""

from dataclasses import replace

from ivr.actions import Listen, Play, Prepare, Spoken
from ivr.asking import ask, gather, listen, pause, put, repeat, silent, unclear
from ivr.endings import AGAIN_KEYS, close, leave
from ivr.events import (
    Answered,
    Event,
    KeyPressed,
    PromptEnded,
    Reading,
    Silence,
    SpeechHeard,
    SpeechStarted,
    SpeechUnclear,
    Understood,
)
from ivr.patience import EXPECTS, GO_ON_MS, PAUSE_RECORDED_MS, UNDERSTANDING_MS
from ivr.places import spoken_place
from ivr.readback import read_back
from ivr.replies import asks_again, is_filler, is_hello
from ivr.state import Conversation, Phase, Reason, Said
from ivr.step import Step, give_way, say
from ivr.wording import Prompt, fixed, open_question, question


def greet(state: Conversation) -> Step:
    """Greeting and the notice that the call is recorded: heard by everyone to its end."""
    return say(replace(state, phase=Phase.NOTICE), fixed(Prompt.NOTICE), interruptible=False).then(listen(Phase.NOTICE))


def on_new(state: Conversation, event: Event) -> Step:
    return greet(state) if isinstance(event, Answered) else Step(state)


def on_notice(state: Conversation, event: Event) -> Step:
    """Who speaks into the notice is heard, and not asked what was just said."""
    match event:
        case SpeechHeard(text) if state.recognises and not (is_filler(text) or is_hello(text)):
            return gather(state, Phase.MATTER, text)
        case Understood(reading) if state.spoken:
            return _keep(state, reading)
        case PromptEnded() | Silence():
            return _after_notice(replace(state, phase=Phase.MATTER))
        case Answered():
            return greet(state)
        case _:
            return Step(state)


def _after_notice(state: Conversation) -> Step:
    if state.spoken:
        return Step(state, (pause(state.phase),))
    if state.speaking:
        return Step(state, (listen(state.phase),))
    return put(state, open_question(state.recognises))


def on_question(state: Conversation, event: Event) -> Step:
    asked = question(state.phase, state.recognises)
    match event:
        case SpeechStarted():
            step = give_way(state)
            return Step(replace(step.state, waiting=False), step.actions)
        case SpeechHeard(text) if state.recognises and not is_filler(text):
            return _heard(state, text)
        case SpeechHeard() | SpeechUnclear():
            return _voiced(state, event)
        case Silence():
            return _finished(state) if state.spoken else silent(state, asked)
        case Understood(reading) if state.spoken:
            return decide(replace(state, fresh=reading)) if state.waiting else _keep(state, reading)
        case KeyPressed(digit) if digit in AGAIN_KEYS and not state.spoken:
            return repeat(state, asked)
        case Answered():
            return Step(state, (pause(state.phase),)) if state.spoken else put(state, asked)
        case _:
            return Step(state)


def _heard(state: Conversation, text: str) -> Step:
    if not state.spoken and (asks_again(text) or is_hello(text)):
        return repeat(state, question(state.phase, state.recognises))
    return gather(state, state.phase, text)


def _voiced(state: Conversation, event: SpeechHeard | SpeechUnclear) -> Step:
    """Voice that says nothing (yet): a filler, noise, or any voice at all where nobody recognises."""
    if not state.recognises:
        return Step(replace(state, spoken=True, silences=0), (Listen(EXPECTS[state.phase], PAUSE_RECORDED_MS),))
    if state.spoken:
        return Step(state, (pause(state.phase),))
    if isinstance(event, SpeechUnclear):
        return unclear(state, question(state.phase, state.recognises))
    if state.cut:
        return repeat(state, question(state.phase, state.recognises))
    return Step(replace(state, silences=0), (listen(state.phase),))


def _finished(state: Conversation) -> Step:
    """The caller has said what there is to say for now."""
    if not state.recognises:
        return _recorded(state)
    if state.fresh:
        return decide(state)
    if state.waiting:
        return leave(state, Reason.UNDERSTANDING_FAILED)
    return Step(replace(state, waiting=True), (Listen(EXPECTS[state.phase], UNDERSTANDING_MS),))


def _recorded(state: Conversation) -> Step:
    """Whoever spoke into the question may have said hello or everything: "please go on" is right for both, once."""
    if not state.cut or state.repeats:
        return close(state)
    step = say(replace(state, repeats=1), fixed(Prompt.GO_ON), interruptible=True)
    return step.then(Listen(EXPECTS[state.phase], GO_ON_MS))


def _keep(state: Conversation, reading: Reading) -> Step:
    """Understood while the caller may still go on: have the voice ready for what would be said now."""
    kept = replace(state, fresh=reading)
    plays = (action for action in decide(kept).actions if isinstance(action, Play))
    spoken = tuple(piece for play in plays for piece in play.pieces if isinstance(piece, Spoken))
    return Step(kept, (Prepare(spoken),) if spoken else ())


def decide(state: Conversation) -> Step:
    """After the caller has finished and was understood: ask what is missing, once each, else read back."""
    if state.phase is Phase.CORRECTION:
        return _decide_correction(state)
    reading = _joined(state)
    state = replace(state, reading=reading, fresh=None, waiting=False)
    if reading.matter is None and not state.detailed:
        return ask(replace(state, detailed=True), Phase.DETAIL)
    if reading.place is None and not state.placed:
        return ask(replace(state, placed=True), Phase.PLACE)
    return read_back(state)


def _decide_correction(state: Conversation) -> Step:
    """Words beside a no that mean nothing to us are no correction: it is asked for."""
    fresh = state.fresh or Reading(None, None, "")
    understood = fresh.matter or fresh.place or spoken_place([state.said[-1].text])
    if understood or state.asked_right or not state.denied:
        return read_back(_corrected(state))
    return ask(replace(state, asked_right=True), Phase.CORRECTION)


def _joined(state: Conversation) -> Reading:
    """Answers add to what was understood before and never take away from it."""
    new, old = state.fresh or Reading(None, None, ""), state.reading or Reading(None, None, "")
    place = new.place or old.place
    if place is None and state.phase is Phase.PLACE:
        place = spoken_place([item.text for item in state.said if item.phase is Phase.PLACE])
    own_words = (old.own_words or new.own_words) if state.phase is Phase.PLACE else (new.own_words or old.own_words)
    return Reading(new.matter or old.matter, place, own_words)


def _corrected(state: Conversation) -> Conversation:
    """The correction holds against what was understood before; what it does not touch stays."""
    new, old = state.fresh or Reading(None, None, ""), state.reading or Reading(None, None, "")
    fixed = [item for item in state.said if item.phase is Phase.CORRECTION]
    place = new.place or (spoken_place([item.text for item in fixed]) if new.matter is None else None)
    if new.matter is None and place is None and not state.denied:
        reading = old  # no word of no, and nothing understood: background talk
    elif new.matter is None and place is None:
        reading = Reading(None, old.place, new.own_words)
    else:
        reading = Reading(new.matter or old.matter, place or old.place, new.own_words if new.matter else old.own_words)
    return replace(state, reading=reading, said=_standing(state, new, place), fresh=None, waiting=False)


def _standing(state: Conversation, new: Reading, place: str | None) -> tuple[Said, ...]:
    """What was said and still holds: a corrected place displaces the answer about it, a whole correction everything."""
    if place is None:
        return state.said
    kept = {Phase.CORRECTION} if new.matter else {Phase.MATTER, Phase.DETAIL, Phase.CORRECTION}
    return tuple(item for item in state.said if item.phase in kept)
