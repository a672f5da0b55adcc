"""Synthesised speech made fit for the telephone: one loudness, no dead air around it, 8 kHz."""

from typing import Final

import numpy as np
import numpy.typing as npt
import soxr

from media.voices.contract import RATE

LOUDNESS_DB: Final = -20.0
"""RMS below full scale of the voiced part; ITU-T P.56 levels on telephone lines lie at -26 to -16."""
PEAK_DB: Final = -2.0
QUIET_DB: Final = -45.0
"""Below this nothing is heard as speech."""
MARGIN_MS: Final = 40
_FRAME: Final = 80

Samples = npt.NDArray[np.float32]


def for_the_line(pcm: bytes, rate: int) -> bytes:
    """16-bit mono at `rate` to 16-bit mono at RATE, trimmed and levelled. Silence becomes nothing."""
    samples: Samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / np.float32(32768)
    if rate != RATE and samples.size:
        samples = np.asarray(soxr.resample(samples, rate, RATE, quality="HQ"), dtype=np.float32)
    samples = _levelled(_trimmed(samples))
    return np.clip(np.rint(samples * 32767), -32768, 32767).astype("<i2").tobytes()


def _trimmed(samples: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(samples) > 10 ** (QUIET_DB / 20))
    if not loud.size:
        return samples[:0]
    margin = RATE * MARGIN_MS // 1000
    return samples[max(0, loud[0] - margin) : loud[-1] + margin]


def _levelled(samples: Samples) -> Samples:
    frames = samples[: samples.size // _FRAME * _FRAME].reshape(-1, _FRAME)
    power = np.mean(frames**2, axis=1)
    voiced = power[power > 10 ** (QUIET_DB / 10)]
    if not voiced.size:
        return samples
    gain = 10 ** (LOUDNESS_DB / 20) / float(np.sqrt(voiced.mean()))
    return samples * np.float32(min(gain, 10 ** (PEAK_DB / 20) / float(np.abs(samples).max())))
