"""What the conversation asks the world to do, in the order given."""

from dataclasses import dataclass
from enum import StrEnum


class Expects(StrEnum):
    """What the caller is expected to say: how long a pause ends an utterance depends on it."""

    MATTER = "matter"
    PLACE = "place"
    YES_NO = "yes_no"
    NOTHING = "nothing"


class Ending(StrEnum):
    GOODBYE = "goodbye"
    """The caller heard the case number and goodbye."""
    TRANSFER = "transfer"
    """To a human, with the case attached."""
    HUNG_UP = "hung_up"
    """The caller left first."""
    FAILED = "failed"
    """We broke twice: even the way to the human could not be announced. The caller goes to a human all the same."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A prompt of the prompt book."""

    prompt_id: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words that the voice must synthesise."""

    text: str


Piece = Fixed | Spoken


@dataclass(frozen=True, slots=True)
class Play:
    """Play the pieces one after another. Nothing else is playing when it comes: a `StopPrompt` goes before it where needed."""

    pieces: tuple[Piece, ...]
    mark: str
    """Unique within the conversation; comes back in `PromptEnded`."""
    interruptible: bool
    """False: it plays on while the caller speaks (who is heard all the same)."""


@dataclass(frozen=True, slots=True)
class StopPrompt:
    """Stop at once what is playing; its mark still comes back."""


@dataclass(frozen=True, slots=True)
class Listen:
    """Replaces the `Listen` before. One `Silence` is due when `patience_ms` pass in which no prompt plays, nothing is voiced
    and no utterance waits for its text; the time starts anew at the end of each prompt and of each utterance. The caller is
    heard with or without it."""

    expects: Expects
    patience_ms: int


@dataclass(frozen=True, slots=True)
class Understand:
    """Read these words. Only the newest turn matters."""

    text: str
    turn: int


@dataclass(frozen=True, slots=True)
class Prepare:
    """These pieces will probably be played soon: have them synthesised."""

    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Conclusion:
    ending: Ending
    reason: str
    """Why it ended so, one of `ivr.state.Reason`, or the reason that a `Failed` brought."""
    urgent: bool
    """Danger was heard."""
    confirmed_by_caller: bool
    """The caller said yes to the read-back."""
    heard_anything: bool
    """The caller made any voiced sound."""


@dataclass(frozen=True, slots=True)
class Finish:
    """The conversation is over; nothing comes after it."""

    outcome: Conclusion


@dataclass(frozen=True, slots=True)
class DeclineSeat:
    """This caller has been helped and is about to hear goodbye: the seat may go to another."""


Action = Play | StopPrompt | Listen | Understand | Prepare | DeclineSeat | Finish
