"""The simulated resident: lets the system finish, waits as people do, speaks the next turn. Pure; times in ms of the stream."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from commands.call.sound import BYTES_PER_MS

PAUSE_MS = 700
"""How long a person lets pass before answering."""
DEAD_AIR_MS = 30_000
"""A system that says nothing for so long has left the caller alone."""


@dataclass(frozen=True, slots=True)
class Speech:
    mulaw: bytes
    text: str


class Mood(StrEnum):
    QUIET = "quiet"
    BEGINS = "begins"
    SPEAKS = "speaks"
    GIVES_UP = "gives_up"


class Resident:
    """One for a whole call, so that a second stream goes on with the next turn."""

    def __init__(self, speeches: Sequence[Speech]) -> None:
        self.speeches = tuple(speeches)
        self.spoken = 0
        """Turns begun so far."""
        self._left = b""
        self._was_asked = False
        self._quiet_since: float | None = None

    def new_stream(self) -> None:
        """The audio before is gone; an unfinished sentence is not said again."""
        self._left = b""
        self._was_asked = False
        self._quiet_since = None

    def mark_came_back(self) -> None:
        self._was_asked = True

    def feel(self, now_ms: float, is_playing: bool) -> Mood:
        """Asked once a frame."""
        if self._left:
            self._quiet_since = None
            return Mood.SPEAKS
        if is_playing:
            self._quiet_since = None
            return Mood.QUIET
        self._quiet_since = now_ms if self._quiet_since is None else self._quiet_since
        quiet_ms = now_ms - self._quiet_since
        if self._was_asked and quiet_ms >= PAUSE_MS and self.spoken < len(self.speeches):
            self._begin()
            return Mood.BEGINS
        return Mood.GIVES_UP if quiet_ms >= DEAD_AIR_MS else Mood.QUIET

    @property
    def sentence(self) -> Speech:
        """What is being said."""
        return self.speeches[self.spoken - 1]

    def take(self, milliseconds: int) -> bytes:
        """The next piece of what is being said, padded with silence at its end."""
        size = milliseconds * BYTES_PER_MS
        piece, self._left = self._left[:size], self._left[size:]
        return piece.ljust(size, b"\xff")

    def _begin(self) -> None:
        self._left = self.speeches[self.spoken].mulaw
        self.spoken += 1
        self._was_asked = False
        self._quiet_since = None
