"""The time of audio that comes without timestamps: frames follow one another, and what was never sent leaves a hole."""

from dataclasses import dataclass

from media.transports.contract import BYTES_PER_MS, Frame

HOLE_MS = 60.0
"""A pause between two frames from which on something may be missing: a key was held, packets were lost."""
BURST_MS = 8.0
"""Frames that come quicker after one another than this were held up on their way; nothing is missing between them."""


@dataclass(slots=True)
class Pace:
    """Times are milliseconds of a monotonic clock.

    After a pause one frame is kept back until the next shows what the pause was: what was held up comes in a burst, and
    goes on where the audio stopped; after a hole the frames keep their pace, and stand where they were spoken.
    """

    _end_ms: float = 0.0
    _origin_ms: float | None = None
    """When the audio would have begun, had every frame been as prompt as the promptest."""
    _last_ms: float = 0.0
    _kept: tuple[bytes, float] | None = None

    def take(self, mulaw: bytes, arrived_ms: float) -> list[Frame]:
        """The frames whose place is known now, in order."""
        placed = []
        if self._kept is not None:
            kept, kept_ms = self._kept
            self._kept = None
            if arrived_ms - kept_ms >= BURST_MS:
                self._end_ms += self._lag_ms(kept, kept_ms)
            placed.append(self._place(kept))
        pause_ms, self._last_ms = arrived_ms - self._last_ms, arrived_ms
        if self._origin_ms is None:
            self._origin_ms = arrived_ms - len(mulaw) / BYTES_PER_MS
        lag_ms = self._lag_ms(mulaw, arrived_ms)
        if lag_ms > HOLE_MS and pause_ms > HOLE_MS:
            self._kept = (mulaw, arrived_ms)
            return placed
        if lag_ms < 0:
            self._origin_ms += lag_ms
        return [*placed, self._place(mulaw)]

    def _lag_ms(self, mulaw: bytes, arrived_ms: float) -> float:
        """How much later than the promptest the frame came, if nothing is missing before it."""
        origin_ms = arrived_ms if self._origin_ms is None else self._origin_ms
        return arrived_ms - origin_ms - self._end_ms - len(mulaw) / BYTES_PER_MS

    def _place(self, mulaw: bytes) -> Frame:
        frame = Frame(mulaw, round(self._end_ms))
        self._end_ms = frame.at_ms + len(mulaw) / BYTES_PER_MS
        return frame
