"""`python -m asr.voice_activity_cost`: what voice activity costs on this machine, for one caller in real time."""

import sys
import time
from typing import Final

import numpy as np

from asr.voice_activity import VoiceActivity, VoiceTrack
from asr.windows import ACTIVITY_RATE, WINDOW_MS

_AT_ONCE: Final = 4
"""As a decoder worker asks (asr/hearing.py)."""
_SECONDS: Final = 60


def main() -> int:
    activity, generator = VoiceActivity(), np.random.default_rng(1)
    windows = generator.integers(-8000, 8000, (_SECONDS * 1000 // WINDOW_MS, ACTIVITY_RATE * WINDOW_MS // 1000), dtype=np.int16)
    track = VoiceTrack(activity)
    track.probabilities(list(windows[:_AT_ONCE]))
    began = time.process_time()
    for start in range(0, len(windows), _AT_ONCE):
        track.probabilities(list(windows[start : start + _AT_ONCE]))
    used_ms = (time.process_time() - began) * 1000
    sys.stdout.write(
        f"silero: {used_ms / len(windows):.3f} ms a window of {WINDOW_MS} ms, "
        f"{used_ms / (_SECONDS * 10):.2f} % of a core a caller, {_SECONDS * 1000 / used_ms:.0f} callers a core\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
