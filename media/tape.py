"""One call's two tracks on their way to the disk: audio laid by time, holes filled with silence, cut into blocks."""

from collections.abc import Callable
from dataclasses import dataclass, field

from media.playout import Playout
from media.transports.contract import BYTES_PER_MS, MULAW_SILENCE

BLOCK_MS = 500
_SETTLE_MS = 200
"""How long a frame may be overtaken by later ones and still find its place."""


@dataclass(frozen=True, slots=True)
class Block:
    """Interleaved mu-law, caller first; `at_ms` from the beginning of the recording."""

    at_ms: int
    mulaw: bytes


@dataclass(slots=True)
class _Track:
    begin_ms: int = 0
    audio: bytearray = field(default_factory=bytearray)

    def lay(self, at_ms: int, mulaw: bytes) -> None:
        """What lies before the block on hand comes too late and is left out."""
        offset = (at_ms - self.begin_ms) * BYTES_PER_MS
        if offset < 0:
            mulaw, offset = mulaw[-offset:], 0
        if not mulaw:
            return
        if offset > len(self.audio):
            self.audio += MULAW_SILENCE * (offset - len(self.audio))
        self.audio[offset : offset + len(mulaw)] = mulaw

    def take(self, duration_ms: int) -> bytes:
        size = duration_ms * BYTES_PER_MS
        taken = bytes(self.audio[:size]).ljust(size, MULAW_SILENCE)
        del self.audio[:size]
        self.begin_ms += duration_ms
        return taken


class Tape:
    """`write` gets a block about every half second of audio. The system's track is what `playout` says was heard."""

    def __init__(self, playout: Playout, write: Callable[[Block], None]) -> None:
        self._playout = playout
        self._write = write
        self._caller = _Track()
        self._system = _Track()
        self._latest_ms = 0

    def caller(self, at_ms: int, mulaw: bytes) -> None:
        self._caller.lay(at_ms, mulaw)
        self._latest_ms = max(self._latest_ms, at_ms + len(mulaw) // BYTES_PER_MS)
        if self._latest_ms - self._caller.begin_ms >= BLOCK_MS + _SETTLE_MS:
            self._cut(self._latest_ms - _SETTLE_MS)

    def finish(self) -> None:
        self._cut(self._latest_ms)

    def _cut(self, until_ms: int) -> None:
        begin_ms = self._caller.begin_ms
        for at_ms, mulaw in self._playout.take(until_ms):
            self._system.lay(at_ms, mulaw)
        duration_ms = until_ms - begin_ms
        if duration_ms > 0:
            self._write(Block(begin_ms, interleave(self._caller.take(duration_ms), self._system.take(duration_ms))))


def interleave(first: bytes, second: bytes) -> bytes:
    """Two tracks of equal length, sample by sample."""
    joined = bytearray(len(first) * 2)
    joined[0::2] = first
    joined[1::2] = second
    return bytes(joined)
