"""What the speech tests stand on: real sound, the weak but real Mandarin model of ../shared, and a pool of small rules."""

import asyncio
import gzip
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from asr.codecs import CODECS
from asr.engines.none import SilentEngine
from asr.events import Final, Partial, SpeechEvent, SpeechStarted
from asr.g711 import pcm_to_mulaw
from asr.hearing import Hearing
from asr.sound_files import SoundFile
from asr.voice_activity import VoiceActivity
from asr.wire import Opening
from config.settings import ROOT, Asr, Settings

SHARED = ROOT.parent / "shared"
SENTENCES = SHARED / "audio" / "customer_service"
TALK = SHARED / "audio" / "read_sentences"
_MODEL = SHARED / "models" / "pocketsphinx-zh-8k"

NEEDS_SHARED = pytest.mark.skipif(not SENTENCES.exists(), reason="the folder ../shared is not there: put it beside the clone")


def real_model_folder() -> Path:
    """Folder that holds the pocketsphinx model in the layout of our engine, made once; skips where its parts are missing."""
    pytest.importorskip("pocketsphinx", reason="pocketsphinx is not installed: make test installs it")
    if not _MODEL.exists():
        pytest.skip("the model in ../shared/models is not there: put the folder ../shared beside the clone")
    folder = ROOT / "var" / "tmp" / "speech-test-models"
    model = folder / "pocketsphinx-zh-8k"
    if not model.exists():
        draft = folder / f".draft-{os.getpid()}"
        shutil.copytree(_MODEL / "tdt_sc_8k", draft / "acoustic", copy_function=shutil.copyfile)
        shutil.copyfile(_MODEL / "lm" / "mandarin_notone.dic", draft / "words.dic")
        with gzip.open(_MODEL / "lm" / "gigatdt.5000.fixed.arpa.gz") as packed, (draft / "language.arpa").open("wb") as plain:
            shutil.copyfileobj(packed, plain)
        with suppress(OSError):  # another test process was first
            draft.rename(model)
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def pcm_of(path: Path, rate: int = 8000) -> bytes:
    with SoundFile(path, rate) as sound:
        return b"".join(sound.pieces())


def sentences(count: int, skip: int = 0) -> list[bytes]:
    """Real sentences as 16-bit PCM at 8 kHz."""
    return [pcm_of(path) for path in sorted(SENTENCES.glob("*.flac"))[skip : skip + count]]


def sample_turn(name: str, turn: int) -> bytes:
    """A sample call's turn as 16-bit PCM at 8 kHz; ships with the product."""
    return pcm_of(ROOT / "samples" / name / f"{turn}.wav")


def silence(seconds: float, rate: int = 8000) -> bytes:
    return bytes(2 * int(rate * seconds))


def noise(seconds: float, level: float, seed: int = 1) -> bytes:
    """White noise; `level` is its standard deviation of 32768."""
    samples = np.random.default_rng(seed).normal(0, level, int(8000 * seconds))
    return _pcm(samples)


def melody(seconds: float) -> bytes:
    """Hold music: a plucked tune in C with its harmonics, a bass, and a beat."""
    time = np.arange(int(8000 * seconds)) / 8000
    notes = [262, 330, 392, 523, 440, 392, 330, 294, 349, 440, 523, 587, 494, 392, 330, 262]
    sound = np.zeros_like(time)
    for at, pitch in enumerate(notes * (int(seconds / 4.8) + 1)):
        since = time - at * 0.3
        decay = np.where(since >= 0, np.exp(-5 * np.maximum(since, 0)), 0)
        for harmonic in (1, 2, 3):
            sound += decay * np.sin(2 * np.pi * pitch * harmonic * time) / harmonic**2
    sound += 0.4 * np.sin(2 * np.pi * 131 * time)
    return _pcm(6000 * sound)


def clicks(seconds: float) -> bytes:
    samples = np.zeros(int(8000 * seconds))
    samples[::6000] = 20000
    samples[1::6000] = -20000
    return _pcm(samples)


def _pcm(samples: NDArray[np.float64]) -> bytes:
    return np.clip(samples, -32768, 32767).astype("<i2").tobytes()


def speech_settings(var: Path, engine: str, *, models: Path | None = None, workers: int = 1, streams: int = 60) -> Settings:
    asr = Asr(engine=engine, models=str(models or ""), workers=workers, streams=streams)
    return Settings(var=var, asr=asr, samples=True)


@dataclass
class Ear:
    """Collects one call's events and lets a test wait for them."""

    events: list[SpeechEvent] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, event: SpeechEvent) -> None:
        self.events.append(event)
        self._news.set()

    @property
    def finals(self) -> list[Final]:
        return [event for event in self.events if isinstance(event, Final)]

    @property
    def partials(self) -> list[Partial]:
        return [event for event in self.events if isinstance(event, Partial)]

    @property
    def started(self) -> list[SpeechStarted]:
        return [event for event in self.events if isinstance(event, SpeechStarted)]

    async def wait_for(self, happened: Callable[["Ear"], bool], limit_s: float = 30.0) -> None:
        async with asyncio.timeout(limit_s):
            while not happened(self):
                self._news.clear()
                await self._news.wait()


class Mouth:
    """Speaks PCM into a stream, 30 times faster than people do unless `pause_s` says else, and keeps the call's clock."""

    def __init__(self, feed: Callable[[bytes, int], None], pause_s: float = 0.002) -> None:
        self._feed = feed
        self._pause_s = pause_s
        self.at_ms = 0

    async def say(self, *pieces: bytes) -> None:
        frame_ms = 60
        frame = frame_ms * CODECS["mulaw"].bytes_per_ms
        for piece in pieces:
            coded = pcm_to_mulaw(piece)
            for start in range(0, len(coded), frame):
                sound = coded[start : start + frame]
                self._feed(sound, self.at_ms)
                self.at_ms += len(sound) // CODECS["mulaw"].bytes_per_ms
                await asyncio.sleep(self._pause_s)

    def hold(self, ms: int) -> None:
        """No frames come for so long."""
        self.at_ms += ms


def heard_at(*pieces: bytes) -> list[tuple[int, int]]:
    """Where the utterances begin and end (ms) when nothing disturbs: our own path in this process, without an engine."""
    hearing = Hearing(Opening("mulaw", 1, "matter"), SilentEngine(), VoiceActivity())
    hearing.take(pcm_to_mulaw(b"".join(pieces)), 0)
    hearing.finish()
    finals = []
    while hearing.has_work:
        finals += [event for event in hearing.work() if isinstance(event, Final)]
    return [(final.start_ms, final.end_ms) for final in finals]
