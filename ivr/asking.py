"""Asking the caller something, and gathering what comes back."""

from dataclasses import replace
from typing import Final

from ivr.actions import Listen, Piece, Understand
from ivr.endings import leave
from ivr.patience import ANSWER_MS, EXPECTS, PAUSE_MS
from ivr.state import Conversation, Phase, Reason, Said, join_words
from ivr.step import Step, say
from ivr.wording import Prompt, fixed, question

REPEATS: Final = 3
"""Times that one question is said again before a human says it."""
UNCLEAR: Final = 3
"""Utterances without text, one after another, that bring a human."""
SILENCES: Final = 2
"""Silences in a row that bring a human."""
UTTERANCE: Final = 500
"""Characters kept of one utterance; 20 s of fast speech are 150."""
TALK: Final = 3000
"""Characters kept of all of them; ten minutes of fast speech. The transcript has the rest."""


def ask(state: Conversation, phase: Phase) -> Step:
    """Go to a question and ask it."""
    return put(replace(state, phase=phase, repeats=0, unclear=0), question(phase, state.recognises))


def put(state: Conversation, pieces: tuple[Piece, ...]) -> Step:
    """Play a question of the present phase and wait for its answer."""
    step = say(replace(state, spoken=False, waiting=False, fresh=None), pieces, interruptible=True)
    return step.then(listen(state.phase))


def listen(phase: Phase) -> Listen:
    expects = EXPECTS[phase]
    return Listen(expects, ANSWER_MS[expects])


def pause(phase: Phase) -> Listen:
    return Listen(EXPECTS[phase], PAUSE_MS)


def gather(state: Conversation, phase: Phase, text: str) -> Step:
    """Take an utterance about the case; have it read at once, so that the answer is ready when the caller has finished."""
    room = TALK - sum(len(item.text) for item in state.said)
    said = (*state.said, Said(phase, text.strip()[: min(UTTERANCE, room)])) if room > 0 else state.said
    turn = state.turn + 1
    after = replace(state, said=said, spoken=True, waiting=False, fresh=None, turn=turn, silences=0, unclear=0)
    return Step(after, (pause(state.phase), Understand(_words_of_turn(after, phase), turn)))


def _words_of_turn(state: Conversation, phase: Phase) -> str:
    """A correction is read by itself: beside the words that it corrects it would mean both."""
    if phase is Phase.CORRECTION:
        return join_words(item.text for item in state.said if item.phase is phase)
    return state.words


def repeat(state: Conversation, pieces: tuple[Piece, ...]) -> Step:
    """Say it again because the caller wishes so."""
    if state.repeats >= REPEATS:
        return leave(state, Reason.UNCLEAR)
    return put(replace(state, repeats=state.repeats + 1, silences=0), pieces)


def unclear(state: Conversation, pieces: tuple[Piece, ...]) -> Step:
    """Voice without words: ask again, and not for ever."""
    if state.unclear + 1 >= UNCLEAR:
        return leave(state, Reason.UNCLEAR)
    return put(replace(state, unclear=state.unclear + 1, silences=0), (*fixed(Prompt.NOT_HEARD), *pieces))


def silent(state: Conversation, pieces: tuple[Piece, ...]) -> Step:
    """No voice at all: ask again once. Who says "嗯" between silences is no silent caller, and yet gets no further."""
    if state.silences + 1 >= SILENCES:
        return leave(state, Reason.SILENCE)
    if state.repeats >= REPEATS:
        return leave(state, Reason.UNCLEAR)
    asked = replace(state, silences=state.silences + 1, repeats=state.repeats + 1)
    return put(asked, (*fixed(Prompt.STILL_THERE), *pieces))
