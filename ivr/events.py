"""What can happen in a conversation: the only way the world speaks to `advance`.

The one who sends them promises:
- every `Play` is answered by one `PromptEnded` with its mark, when its last sample was heard or it was stopped or failed;
- a `SpeechStarted` is followed by one `SpeechHeard` or `SpeechUnclear`; until then no `Silence` comes;
- every `Understand` is answered by `Understood` or `UnderstandingFailed` with its turn.
A promise broken costs no caller: what is late, doubled or unexpected is ignored, and `TimeUp` ends what hangs.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """What the classifier understood, as it can be spoken back to the caller."""

    matter: str | None
    """Spoken name of the best category in residents' words; None below the abstain level."""
    place: str | None
    """The place as one would say it; None where none was said."""
    own_words: str
    """The caller's own words, short; may be empty."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Audio flows both ways. Coming again (a carrier that reconnected), it has the last question played once more."""


@dataclass(frozen=True, slots=True)
class PromptEnded:
    mark: str


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The caller began to speak, over a prompt or not."""


@dataclass(frozen=True, slots=True)
class SpeechHeard:
    """One finished utterance; finals only, never partials."""

    text: str


@dataclass(frozen=True, slots=True)
class SpeechUnclear:
    """Voiced audio ended and brought no text. It is no silence."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing voiced for the `patience_ms` of the last `Listen`."""


@dataclass(frozen=True, slots=True)
class KeyPressed:
    digit: str
    """One of 0-9, *, #."""


@dataclass(frozen=True, slots=True)
class Understood:
    reading: Reading
    turn: int
    """The turn of the `Understand` that this answers."""
    is_danger: bool = False
    """The classifier is sure of danger, in whatever words (docs/adr/0007)."""


@dataclass(frozen=True, slots=True)
class UnderstandingFailed:
    turn: int


@dataclass(frozen=True, slots=True)
class RecognitionFailed:
    """No text will come any more in this call."""


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The conversation has reached its time limit."""


@dataclass(frozen=True, slots=True)
class HungUp:
    """The caller is gone; nothing can be played."""


@dataclass(frozen=True, slots=True)
class SeatKept:
    """An operator's seat is free and kept for this caller."""


@dataclass(frozen=True, slots=True)
class InLine:
    """Where the caller stands among those who wait for an operator; told when it changes."""

    ahead: int
    """How many are served before."""


@dataclass(frozen=True, slots=True)
class NobodyComes:
    """The wait has no end that we could tell: no operator is there any more, or it has lasted too long."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Something of ours broke, such as the voice; fixed prompts may still be playable."""

    reason: str
    """A short fixed word, never the caller's words."""


Event = (
    Answered
    | PromptEnded
    | SpeechStarted
    | SpeechHeard
    | SpeechUnclear
    | Silence
    | KeyPressed
    | Understood
    | UnderstandingFailed
    | RecognitionFailed
    | TimeUp
    | HungUp
    | SeatKept
    | InLine
    | NobodyComes
    | Failed
)
