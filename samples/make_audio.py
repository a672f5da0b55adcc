"""`python -m samples.make_audio [NAME...]`: speaks the calls of scripts.toml into samples/NAME/, 8 kHz 16-bit mono wav."""

import asyncio
import json
import sys
import tomllib
import wave
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from media.voices.contract import RATE
from media.voices.espeak import EspeakVoice, Manner

FOLDER: Final = Path(__file__).resolve().parent
_LEAD_MS: Final = 250
"""Before each turn: a person takes a breath before answering."""
_TAIL_MS: Final = 150


async def speak(text: str, manner: Manner) -> bytes:
    """In a process of its own: espeak's hiss is random, and each process begins it alike, so that files stay the same."""
    voice = EspeakVoice(manner, limit_s=30)
    try:
        return await voice.speak(text)
    finally:
        await voice.close()


def building_site(samples: int) -> npt.NDArray[np.float64]:
    """Machines and hammering, 14 dB below a voice: noise below 600 Hz, and a blow three times in two seconds."""
    random = np.random.default_rng(12345)
    spectrum = np.fft.rfft(random.standard_normal(samples))
    frequency = np.fft.rfftfreq(samples, 1 / RATE)
    rumble = np.fft.irfft(spectrum / (1 + (frequency / 300) ** 2), samples)
    since_blow = np.arange(samples) % int(RATE * 0.67) / RATE
    blows = random.standard_normal(samples) * np.exp(-since_blow * 30)
    noise = rumble / rumble.std() + 0.8 * blows
    return np.asarray(noise / noise.std() * 32768 * 10 ** (-34 / 20))


BEHIND: Final = {"building-site": building_site}


def on_the_telephone(pcm: bytes, behind: str | None) -> bytes:
    quiet = np.zeros(RATE * _LEAD_MS // 1000), np.zeros(RATE * _TAIL_MS // 1000)
    samples = np.concatenate([quiet[0], np.frombuffer(pcm, "<i2").astype(np.float64), quiet[1]])
    if behind:
        samples = samples + BEHIND[behind](samples.size)
    whole: npt.NDArray[np.int16] = np.clip(np.rint(samples), -32768, 32767).astype("<i2")
    return whole.tobytes()


async def make(name: str, script: dict[str, Any]) -> None:
    folder = FOLDER / name
    folder.mkdir(exist_ok=True)
    turns = []
    for number, text in enumerate(script["turns"], 1):
        audio = f"{number}.wav"
        pcm = on_the_telephone(await speak(text, Manner(**script["voice"])), script.get("behind"))
        with wave.open(str(folder / audio), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(pcm)
        turns.append({"audio": audio, "text": text})
    sample = {"name": name, "title": script["title"], "title_en": script["title_en"], "turns": turns}
    (folder / "sample.json").write_text(json.dumps(sample, ensure_ascii=False, indent=2) + "\n", "utf-8")


def main() -> None:
    scripts = tomllib.loads((FOLDER / "scripts.toml").read_text("utf-8"))
    for name in sys.argv[1:] or scripts:
        asyncio.run(make(name, scripts[name]))
        print(f"made samples/{name}")


if __name__ == "__main__":
    main()
