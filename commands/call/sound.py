"""Any recording as telephone audio: mono, 8 kHz, mu-law."""

import io
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError

from asr.g711 import MULAW_SILENCE, pcm_to_mulaw
from commands.call.plan import PlanUnusable
from config.errors import HotlineError

RATE = 8000
BYTES_PER_MS = RATE // 1000
LONGEST_S = 600


class NoSound(HotlineError):
    """These bytes are no sound that can be played, or too long a one; the text says which."""

    code = "no_sound"


def read_mulaw(path: Path) -> bytes:
    """Raises PlanUnusable for what is no sound, or longer than 10 minutes. Silence and emptiness are sounds."""
    try:
        return decode(path.read_bytes())
    except (OSError, NoSound) as error:
        raise PlanUnusable(f"{path}: {error if isinstance(error, NoSound) else type(error).__name__}") from None


def decode(recording: bytes) -> bytes:
    """Any format that libav reads, as mu-law. Raises NoSound."""
    pieces: list[bytes] = []
    size = 0
    try:
        with av.open(io.BytesIO(recording), "r") as source:
            if not source.streams.audio:
                raise NoSound("there is no sound in it")
            resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
            for frame in chain(source.decode(source.streams.audio[0]), [None]):
                for part in resampler.resample(frame):
                    pieces.append(part.to_ndarray().astype("<i2").tobytes())
                    size += len(pieces[-1])
                    if size > LONGEST_S * RATE * 2:
                        raise NoSound(f"it is longer than {LONGEST_S // 60} minutes")
    except (FFmpegError, OSError, ValueError) as error:
        raise NoSound(f"it is no recording that can be read ({type(error).__name__})") from None
    return pcm_to_mulaw(b"".join(pieces))


def duration_s(mulaw: bytes) -> float:
    return len(mulaw) / RATE


def is_silent(mulaw: bytes) -> bool:
    """Whether nothing in it is louder than a quiet line (-50 dBFS)."""
    codes = np.frombuffer(mulaw, np.uint8)
    # Codes 0x7F and 0xFF are zero; the nearer to them, the quieter, on both sides.
    return bool(np.all((codes & 0x7F) > 0x6F)) if codes.size else True


def silence(milliseconds: int) -> bytes:
    return MULAW_SILENCE * (milliseconds * BYTES_PER_MS)
