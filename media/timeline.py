"""The time of one call's audio, made of the carrier's timestamps, and how late the frames came."""

from dataclasses import dataclass

from media.transports.contract import BYTES_PER_MS, Frame

_FIRST_AT_MOST_MS = 10_000
_LEAP_MS = 30_000
_BACK_MS = 5_000


@dataclass(slots=True)
class Timeline:
    """Milliseconds from the beginning of the stream; grows with the carrier's clock, survives its leaps.

    A hole of up to 30 s is a hole (a held key, a lost network); a greater leap, or one back by more than 5 s, is a carrier that
    counts anew, and time goes on where it was.
    """

    now_ms: int = 0
    """End of the latest audio."""
    lateness_ms: float = 0.0
    """How much later than the promptest frame so far the last one came."""
    worst_lateness_ms: float = 0.0
    _shift_ms: int = 0
    _promptest_ms: float | None = None

    def place(self, frame: Frame, arrived_ms: float) -> int | None:
        """Where the frame begins, in ms; None for one that lies wholly before what was heard already.

        `arrived_ms` is a monotonic clock's.
        """
        at_ms = frame.at_ms + self._shift_ms
        first = self._promptest_ms is None
        if (first and at_ms > _FIRST_AT_MOST_MS) or at_ms > self.now_ms + _LEAP_MS or at_ms < self.now_ms - _BACK_MS:
            self._shift_ms += self.now_ms - at_ms
            self._promptest_ms = None
            at_ms = self.now_ms
        self._measure(at_ms, arrived_ms)
        end_ms = at_ms + len(frame.mulaw) // BYTES_PER_MS
        if not first and end_ms <= self.now_ms:
            return None
        self.now_ms = max(self.now_ms, end_ms)
        return at_ms

    def _measure(self, at_ms: int, arrived_ms: float) -> None:
        offset = arrived_ms - at_ms
        if self._promptest_ms is None or offset < self._promptest_ms:
            self._promptest_ms = offset
        self.lateness_ms = offset - self._promptest_ms
        self.worst_lateness_ms = max(self.worst_lateness_ms, self.lateness_ms)
