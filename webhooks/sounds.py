"""Prompts as carriers fetch them: wav files over HTTP."""

import io
import wave

from ivr.prompts import RATE


def wav(pcm: bytes) -> bytes:
    """A wav file of 16-bit mono PCM at RATE."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm)
    return target.getvalue()
