"""What `flask bench asr` measures: our path, from G.711 to finals, and the same engine alone on the same sound."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from asr.contract import AsrEngine, BatchEngine
from asr.endpointing import Expects, Turn, patience
from asr.events import Final, SpeechEvent
from asr.g711 import mulaw_to_pcm, pcm_to_mulaw
from asr.pool import SpeechPool
from asr.registry import EngineChoice, make_engine
from asr.resampling import make_resampler
from asr.slot import Rules
from asr.sound_files import SoundFile
from asr.stream import SpeechStream
from config.settings import Settings

_PAUSE = b"\xff" * 8 * 1600
_AHEAD_MS = 2000
_FRAME = 160
_BARE_PIECE_S = 5
"""A fifth of a second is what decoders work in."""
_TICKS = os.sysconf("SC_CLK_TCK")
_PRE_ROLL_MS, _TAIL_MS = 320, 320
"""What our path gives the engine around an utterance."""


@dataclass(frozen=True, slots=True)
class PathCost:
    """Seconds of speech, and of processor time in the worker and in the pool's process; the finals of one stream."""

    speech_s: float
    worker_s: float
    pool_s: float
    finals: tuple[Final, ...]

    @property
    def streams_per_core(self) -> float:
        return self.speech_s / (self.worker_s + self.pool_s)


@asynccontextmanager
async def pool_of(settings: Settings, choice: EngineChoice) -> AsyncIterator[SpeechPool]:
    """One worker, which is never taken for hanging."""
    setting = f"{choice.name}:{choice.model.name}" if choice.model else choice.name
    asr = settings.asr.model_copy(update={"engine": setting, "workers": 1})
    pool = SpeechPool(settings.model_copy(update={"asr": asr}), rules=Rules(hang_s=120))
    await pool.start()
    try:
        yield pool
    finally:
        await pool.stop()


async def path_cost(pool: SpeechPool, calls: list[bytes]) -> PathCost:
    """All calls at once, as fast as the worker takes them in."""
    pid = pool.worker_pids[0]
    worker_before, pool_before = _processor_s(pid), time.process_time()
    finals = await asyncio.gather(*(pour(pool, spoken) for spoken in calls))
    speech_s = sum(map(len, calls)) / 8000
    return PathCost(speech_s, _processor_s(pid) - worker_before, time.process_time() - pool_before, tuple(finals[0]))


async def pour(pool: SpeechPool, spoken: bytes) -> list[Final]:
    """One call of mu-law."""
    finals: list[Final] = []
    stream = pool.open("bench", lambda event: finals.append(event) if isinstance(event, Final) else None)
    for at in range(0, len(spoken), _FRAME):
        stream.feed(spoken[at : at + _FRAME], at // 8)
        while stream.lag_ms > _AHEAD_MS:
            await asyncio.sleep(0.05)  # each glance costs this process, and so our path
    await stream.finish(300)
    stream.close()
    return finals


def bare_streams_per_core(choice: EngineChoice, calls: list[bytes], finals: tuple[Final, ...]) -> float:
    """The engine alone, callers in turn, on what the telephone would bring it; whole utterances where it takes those only."""
    engine = make_engine(choice.plan)
    rate = engine.capabilities.sample_rate
    sounds = [_telephone(spoken, rate) for spoken in calls]
    began = time.process_time()
    if isinstance(engine, BatchEngine):
        for sound in sounds:
            for final in finals:
                engine.transcribe([_cut(sound, rate, final.start_ms - _PRE_ROLL_MS, final.end_ms + _TAIL_MS)])
    else:
        _in_turn(engine, sounds, finals)
    spent = time.process_time() - began
    engine.close()
    return sum(map(len, calls)) / 8000 / spent


def _in_turn(engine: AsrEngine, sounds: list[bytes], finals: tuple[Final, ...]) -> None:
    """Utterances end where our path found their ends."""
    rate = engine.capabilities.sample_rate
    sessions = [engine.open(None) for _ in sounds]
    step, began_ms = rate // _BARE_PIECE_S * 2, 0
    for final in finals:
        for at in range(began_ms * rate // 500 & ~1, final.end_ms * rate // 500 & ~1, step):
            for session, sound in zip(sessions, sounds, strict=True):
                session.feed(sound[at : min(at + step, final.end_ms * rate // 500 & ~1)])
        for session in sessions:
            session.finish()
        began_ms = final.end_ms


def _telephone(spoken: bytes, rate: int) -> bytes:
    samples = np.frombuffer(mulaw_to_pcm(spoken), "<i2")
    return make_resampler(8000, rate).push(samples).astype("<i2").tobytes()


def _cut(sound: bytes, rate: int, start_ms: int, end_ms: int) -> bytes:
    return sound[max(0, start_ms) * rate // 500 & ~1 : end_ms * rate // 500 & ~1]


async def delays_ms(pool: SpeechPool, words: list[Path]) -> list[float]:
    """From the end of the pause that ends an utterance, in real time, to its final."""
    delays: list[float] = []
    for path in words:
        came: list[tuple[Final, float]] = []

        def keep(event: SpeechEvent, came: list[tuple[Final, float]] = came) -> None:
            if isinstance(event, Final):
                came.append((event, time.perf_counter()))

        stream = pool.open("bench", keep)
        stream.expect(Expects.yes_no)
        began = time.perf_counter()
        await _speak(stream, mulaw_of(path) + _PAUSE, began)
        await stream.finish(60)
        stream.close()
        for final, at in came:
            pause_over_ms = final.end_ms + patience(Turn(), Expects.yes_no, "")
            delays.append((at - began) * 1000 - pause_over_ms)
    return delays or [0.0]


async def growth(pool: SpeechPool, spoken: bytes, calls: int, at_once: int) -> tuple[float, float]:
    """MB of the worker after a tenth of the calls, and how many percent more after all."""
    warm = max(at_once, calls // 10)
    await _many(pool, spoken, warm, at_once)
    before = memory_kb(pool)
    await _many(pool, spoken, calls - warm, at_once)
    return before / 1024, 100 * (memory_kb(pool) - before) / before


async def _many(pool: SpeechPool, spoken: bytes, calls: int, at_once: int) -> None:
    for begun in range(0, calls, at_once):
        await asyncio.gather(*(pour(pool, spoken) for _ in range(min(at_once, calls - begun))))


async def _speak(stream: SpeechStream, spoken: bytes, began: float) -> None:
    for at in range(0, len(spoken), _FRAME):
        # A frame has been spoken only when its 20 ms are over.
        await asyncio.sleep(began + (at + _FRAME) / 8000 - time.perf_counter())
        stream.feed(spoken[at : at + _FRAME], at // 8)


def call_of(turns: list[Path]) -> bytes:
    """Mu-law, a pause behind each turn."""
    return b"".join(mulaw_of(path) + _PAUSE for path in turns)


def mulaw_of(path: Path) -> bytes:
    with SoundFile(path, 8000) as sound:
        return pcm_to_mulaw(b"".join(sound.pieces()))


def memory_kb(pool: SpeechPool) -> int:
    pages = int(Path(f"/proc/{pool.worker_pids[0]}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") >> 10


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
