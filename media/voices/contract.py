"""The seam behind which words become a voice."""

from typing import Protocol

from config.errors import HotlineError

RATE = 8000
"""Samples a second of everything a voice gives: 16-bit little-endian mono."""
MAX_CHARACTERS = 500
"""Longest text a voice speaks: two minutes."""


class VoiceUnavailable(HotlineError):
    """The voice cannot speak this now; the caller must not wait for it."""

    code = "voice_unavailable"
    retryable = True


class Voice(Protocol):
    @property
    def name(self) -> str: ...

    async def speak(self, text: str) -> bytes:
        """PCM at RATE; empty where the text holds nothing to say. Several may ask at once. Raises VoiceUnavailable, also for a
        text over MAX_CHARACTERS. Cancelling it leaves the voice usable."""
        ...

    async def close(self) -> None:
        """Let go of everything; closing twice does no harm. A voice that speaks again starts again."""
        ...
