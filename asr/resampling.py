"""From one sample rate to another while the sound is still coming.

The telephone's 8 kHz is doubled here, by a half-band filter with 2 ms of delay: a general streaming resampler (soxr, measured)
hands out its result in bursts of 104 ms, which a caller who interrupts a prompt would feel. All other pairs go through soxr.
"""

from typing import Protocol

import numpy as np
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.int16]

_TAPS = 32


class Resampler(Protocol):
    def push(self, samples: Samples) -> Samples:
        """What is ready of the sound so far; the rest comes with later calls."""


class Unchanged:
    def push(self, samples: Samples) -> Samples:
        return samples


class Doubler:
    """Two samples for one, at once. Windowed sinc (Kaiser, beta 8): flat to 3.4 kHz, where its image is 58 dB down."""

    def __init__(self) -> None:
        at = np.arange(_TAPS) - (_TAPS - 1) / 2
        taps = np.sinc(at) * np.kaiser(_TAPS, 8.0)
        self._taps = (taps / taps.sum()).astype(np.float32)
        self._past = np.zeros(_TAPS - 1, np.float32)

    def push(self, samples: Samples) -> Samples:
        if not samples.size:
            return samples
        joined = np.concatenate([self._past, samples.astype(np.float32)])
        self._past = joined[-(_TAPS - 1) :]
        doubled = np.empty(2 * samples.size, np.float32)
        # The known samples stand half a filter back, so that those between them have as much past as future.
        doubled[0::2] = joined[_TAPS // 2 - 1 : _TAPS // 2 - 1 + samples.size]
        doubled[1::2] = np.convolve(joined, self._taps, "valid")
        return np.clip(np.rint(doubled), -32768, 32767).astype(np.int16)


class SoxrResampler:
    def __init__(self, source: int, target: int) -> None:
        self._stream = soxr.ResampleStream(source, target, 1, dtype="int16", quality="HQ")

    def push(self, samples: Samples) -> Samples:
        out: Samples = self._stream.resample_chunk(samples)
        return out


def make_resampler(source: int, target: int) -> Resampler:
    """Rates in Hz."""
    if source == target:
        return Unchanged()
    if (source, target) == (8000, 16000):
        return Doubler()
    return SoxrResampler(source, target)
