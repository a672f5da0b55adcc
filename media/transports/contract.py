"""What every carrier's media stream has in common: events that come out of it, commands that go into it.

Audio is G.711 mu-law, 8 kHz, mono, both ways; a carrier that speaks A-law turns it at its own edge. Times are milliseconds of
the carrier's own clock for the stream, never byte counts: no audio comes while a key is held.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from config.stream_token import StreamGrant

MULAW_SILENCE = b"\xff"
BYTES_PER_MS = 8


@dataclass(frozen=True, slots=True)
class Started:
    """The stream has shown that it may speak for this call. Comes first and once."""

    grant: StreamGrant


@dataclass(frozen=True, slots=True)
class Frame:
    """The caller's audio: `mulaw` begins `at_ms` after the stream's beginning."""

    mulaw: bytes
    at_ms: int


@dataclass(frozen=True, slots=True)
class Key:
    digit: str
    """One of 0-9, *, #."""


@dataclass(frozen=True, slots=True)
class MarkReached:
    """What was sent before this mark was played, or thrown away by `clear`."""

    name: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The carrier ended the stream in order: the caller hung up. Nothing comes after it."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The stream cannot go on, though the caller may still be there. Nothing comes after it."""

    reason: str
    """A short fixed word."""
    may_return: bool = False
    """The connection was lost: the carrier may connect anew, and the conversation then goes on."""


LineEvent = Started | Frame | Key | MarkReached | Stopped | Broken


class Line(Protocol):
    """The way back to the caller. Nothing here blocks or raises; after `close` every command is ignored."""

    def play(self, mulaw: bytes) -> None:
        """Queue audio behind what is queued already, of any length."""

    def mark(self, name: str) -> None: ...

    def clear(self) -> None:
        """Throw away what is queued; the marks in it come back at once."""

    def close(self, reason: str) -> None:
        """End the stream, so that the carrier asks the web process what is next. `reason`: a short fixed word."""


class Socket(Protocol):
    """The websocket under a transport. Nothing here blocks or raises."""

    def send_text(self, message: bytes) -> None: ...

    def send_binary(self, message: bytes) -> None: ...

    def close(self, reason: str) -> None: ...


class Transport(Line, Protocol):
    """A carrier's wire format on one socket."""

    def receive(self, message: bytes, is_text: bool) -> tuple[LineEvent, ...]:
        """What a whole websocket message says. Never raises, whatever the bytes."""

    def end(self) -> tuple[LineEvent, ...]:
        """What it means that the carrier closes the websocket in order."""


VerifyUpgrade = Callable[[str, Mapping[str, str]], bool]
"""Whether the carrier itself asks for this websocket, as far as its headers tell.

Takes the path as requested, with its query, and the headers, their names in any case.
"""
