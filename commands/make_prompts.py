"""`python -m commands.make_prompts`: the fixed prompts spoken by espeak-ng, each at 160 to 180 characters a minute.

Makes what is missing; `--all` makes every file anew (also those that a human voice has replaced); `--measure` prints the rates.
"""

import argparse
import asyncio
import wave
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from config.settings import ROOT
from ivr.prompts import RATE, PromptText, load_texts, read_sound
from media.voices.espeak import EspeakVoice, Manner

FOLDER: Final = ROOT / "config" / "prompts"
TARGET: Final = 170
"""Characters a minute: the middle of 160 to 180, where elderly listeners follow without effort."""
LEAST: Final = 4
"""Characters from which a rate means something; shorter prompts take the usual manner."""
_RATES: Final = (80, 260)
_PAUSE_MS: Final = 350
_DIGIT_GAP_MS: Final = 70


@dataclass(frozen=True, slots=True)
class Pace:
    prompt_id: str
    characters: int
    seconds: float

    @property
    def per_minute(self) -> float:
        return self.characters * 60 / self.seconds if self.seconds else 0.0


def count_characters(text: str) -> int:
    """Letters and digits that are spoken; punctuation is a pause."""
    return sum(map(str.isalnum, text))


def measure(folder: Path = FOLDER) -> list[Pace]:
    """The pace of each prompt file that is long enough to have one."""
    paces = []
    for prompt_id, prompt in load_texts(folder / "prompts.toml").items():
        path = folder / f"{prompt_id}.wav"
        if count_characters(prompt.say) >= LEAST and path.exists():
            paces.append(Pace(prompt_id, count_characters(prompt.say), len(read_sound(path)) / 2 / RATE))
    return paces


async def make(prompt_id: str, prompt: PromptText) -> bytes:
    if prompt_id == "pause":
        return _silence(_PAUSE_MS)
    if count_characters(prompt.say) < LEAST:
        return await speak(prompt.say, Manner()) + (_silence(_DIGIT_GAP_MS) if prompt_id.startswith("digit_") else b"")
    return await _at_pace(prompt.say)


async def _at_pace(text: str) -> bytes:
    """Try rates between two, halving the distance, until the pace is right."""
    wanted = count_characters(text) * 60 / TARGET
    low, high = _RATES
    spoken = b""
    while high - low > 1:
        rate = (low + high) // 2
        spoken = await speak(text, replace(Manner(), rate=rate))
        seconds = len(spoken) / 2 / RATE
        if abs(seconds / wanted - 1) < 0.02:
            break
        low, high = (rate, high) if seconds > wanted else (low, rate)
    return spoken


async def speak(text: str, manner: Manner) -> bytes:
    """In a process of its own each time: espeak's hiss is random, and each process begins it alike: files stay the same."""
    voice = EspeakVoice(manner, limit_s=30)
    try:
        return await voice.speak(text)
    finally:
        await voice.close()


def _silence(ms: int) -> bytes:
    return bytes(2 * RATE * ms // 1000)


def write_wav(path: Path, pcm: bytes) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm)


async def make_all(folder: Path, *, anew: bool) -> list[str]:
    """Names of the files made."""
    made = []
    for prompt_id, prompt in load_texts(folder / "prompts.toml").items():
        path = folder / f"{prompt_id}.wav"
        if anew or not path.exists():
            write_wav(path, await make(prompt_id, prompt))
            made.append(path.name)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="make every file anew")
    parser.add_argument("--measure", action="store_true", help="only show how fast the files speak")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    given = parser.parse_args()
    if not given.measure:
        for name in asyncio.run(make_all(given.folder, anew=given.all)):
            print(f"made {name}")
    for pace in measure(given.folder):
        print(f"{pace.prompt_id:20} {pace.characters:3} characters {pace.seconds:5.1f} s {pace.per_minute:4.0f} a minute")


if __name__ == "__main__":
    main()
