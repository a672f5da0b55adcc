"""A voice without words, for tests and machines without a synthesiser: one beep, as long as the text would take."""

from typing import Final

import numpy as np

from media.voices.contract import MAX_CHARACTERS, RATE, VoiceUnavailable

_CHARACTER_S: Final = 0.35
"""170 characters a minute."""
_HZ: Final = 440.0
_AMPLITUDE: Final = 0.1


class ToneVoice:
    name = "tone"

    async def speak(self, text: str) -> bytes:
        if len(text) > MAX_CHARACTERS:
            raise VoiceUnavailable(f"A text of more than {MAX_CHARACTERS} characters is not spoken; shorten it.")
        time = np.arange(int(sum(map(str.isalnum, text)) * _CHARACTER_S * RATE)) / RATE
        return (np.sin(2 * np.pi * _HZ * time) * _AMPLITUDE * 32767).astype("<i2").tobytes()

    async def close(self) -> None:
        return
