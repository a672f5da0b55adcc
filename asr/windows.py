"""One call's audio cut into windows of 32 ms on the call's own clock.

Time is what the frames' `at_ms` say, never a count of bytes: while a caller holds a key no frames come at all. A hole is filled
with silence, up to two seconds (every utterance has ended by then); after a longer one the clock jumps.
"""

from dataclasses import dataclass

import numpy as np

from asr.resampling import Samples, make_resampler

WINDOW_MS = 32
ACTIVITY_RATE = 16000
"""Rate in Hz at which voice activity listens."""

_JITTER_MS = 40
_LONGEST_FILL_MS = 2000


@dataclass(frozen=True, slots=True)
class Window:
    start_ms: int
    activity: Samples
    """512 samples at 16 kHz."""
    speech: Samples
    """The same sound at the engine's rate."""

    @property
    def end_ms(self) -> int:
        return self.start_ms + WINDOW_MS


class Windower:
    """`source_rate` and `engine_rate` in Hz, multiples of 125."""

    def __init__(self, source_rate: int, engine_rate: int) -> None:
        self._source_rate = source_rate
        self._cutters = {rate: _Cutter(source_rate, rate) for rate in {ACTIVITY_RATE, engine_rate}}
        self._engine_rate = engine_rate
        self._until_ms: float | None = None
        """The call's time at the end of what was pushed; None before the first frame."""
        self._cut_to_ms = 0.0

    def push(self, samples: Samples, at_ms: int) -> list[Window]:
        """Late frames (a repetition) are dropped, small jitter is ignored."""
        if self._until_ms is None:
            self._until_ms = self._cut_to_ms = float(at_ms)
        ahead = at_ms - self._until_ms
        if ahead < -_JITTER_MS:
            return []
        windows: list[Window] = []
        if ahead > _JITTER_MS:
            windows = self._fill(ahead, at_ms)
        return windows + self._append(samples)

    def flush(self) -> list[Window]:
        """What is still in the resamplers, behind a little silence."""
        if self._until_ms is None:
            return []
        return self._append(np.zeros(self._source_rate * 2 * WINDOW_MS // 1000, np.int16))

    def _fill(self, ahead_ms: float, at_ms: int) -> list[Window]:
        windows = self._append(np.zeros(int(self._source_rate * min(ahead_ms, _LONGEST_FILL_MS) / 1000), np.int16))
        if ahead_ms > _LONGEST_FILL_MS:
            jump = ahead_ms - _LONGEST_FILL_MS
            self._cut_to_ms += jump
            self._until_ms = float(at_ms)
        return windows

    def _append(self, samples: Samples) -> list[Window]:
        self._until_ms = (self._until_ms or 0.0) + samples.size * 1000 / self._source_rate
        ready = min([cutter.push(samples) for cutter in self._cutters.values()])
        return [self._cut() for _ in range(ready)]

    def _cut(self) -> Window:
        pieces = {rate: cutter.cut() for rate, cutter in self._cutters.items()}
        window = Window(round(self._cut_to_ms), pieces[ACTIVITY_RATE], pieces[self._engine_rate])
        self._cut_to_ms += WINDOW_MS
        return window


class _Cutter:
    """Resamples to one rate and hands out pieces of 32 ms."""

    def __init__(self, source_rate: int, rate: int) -> None:
        self._resampler = make_resampler(source_rate, rate)
        self._size = rate * WINDOW_MS // 1000
        self._rest = np.zeros(0, np.int16)

    def push(self, samples: Samples) -> int:
        """How many whole pieces are ready."""
        self._rest = np.concatenate([self._rest, self._resampler.push(samples)])
        return self._rest.size // self._size

    def cut(self) -> Samples:
        piece, self._rest = self._rest[: self._size], self._rest[self._size :]
        return piece
