"""What happens in a simulated call, as the carrier and the resident see it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class What(StrEnum):
    CALLS = "calls"
    CONNECTED = "connected"
    """The audio flows."""
    PROMPT = "prompt"
    """The system plays something; `text` where the sound is one of this installation's prompts."""
    STOPPED = "stopped"
    """The system stopped its prompt, because the caller spoke; `seconds` were heard of it."""
    SAYS = "says"
    """The system had the carrier itself speak."""
    TURN = "turn"
    """The resident begins to speak."""
    KEY = "key"
    HEARD = "heard"
    """What the system understood, read from its database on the same machine."""
    RINGING = "ringing"
    TRANSFERRED = "transferred"
    BEEP = "beep"
    """The carrier's recorder asks for a message."""
    RECORDED = "recorded"
    COLLECTED = "collected"
    """The system has fetched the recording."""
    REDIRECTED = "redirected"
    STREAM_BROKE = "stream_broke"
    FALLBACK = "fallback"
    NOTE = "note"
    HUNG_UP = "hung_up"
    CASE = "case"


@dataclass(frozen=True, slots=True)
class Happening:
    """`at_s` counts from the answer, in the call's own time."""

    at_s: float
    what: What
    text: str = ""
    seconds: float | None = None
    """How long the sound was."""


Tell = Callable[[Happening], None]


class TellNow(Protocol):
    """Tells that something happens now: what, its text, and how many seconds of sound it was."""

    def __call__(self, what: What, text: str = "", seconds: float | None = None) -> None: ...


@dataclass(slots=True)
class CallResult:
    """`problems` are whole sentences; empty when the call ended as a carrier expects."""

    ended_by: str = ""
    """system, caller or carrier."""
    problems: list[str] = field(default_factory=list)
    unreachable: bool = False
    """Nobody answered the very first webhook."""

    @property
    def is_good(self) -> bool:
        return not self.problems and not self.unreachable
