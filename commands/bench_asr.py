"""`flask bench asr`: what recognition costs on this machine, for every engine whose model is here.

Streams per core: seconds of a call that one second of processor time takes in. The path is all of ours (G.711 in, worker
process, voice activity, end of speech, finals out); the bare loop is the same engine on the same audio, as many callers in
turn, without any of it.
"""

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path

from asr.endpointing import Expects, Turn, patience
from asr.events import Final, SpeechEvent
from asr.g711 import pcm_to_mulaw
from asr.pool import SpeechPool
from asr.registry import ENGINES, SILENT, EngineChoice, choose_engine, make_engine
from asr.slot import Rules
from asr.sound_files import SoundFile
from asr.stream import SpeechStream
from commands.bench import BenchReport, Row
from config.settings import ROOT, Settings, load_settings

_STREAMS = 4
_PAUSE = b"\xff" * 8 * 1600
_AHEAD_MS = 2000
_TICKS = os.sysconf("SC_CLK_TCK")
_WORDS_AT_REAL_TIME = ("lift-stands-still/3.wav", "rubbish/2.wav", "no-heating/3.wav")


@dataclass(frozen=True, slots=True)
class _Cost:
    """Seconds of speech, and of processor time in the worker and in the pool's process."""

    speech_s: float
    worker_s: float
    pool_s: float


def run() -> BenchReport:
    settings = load_settings()
    turns = sorted((ROOT / "samples").glob("*/1.wav"))[:8]
    rows: list[Row] = []
    for choice in _present(settings):
        rows += asyncio.run(_rows(settings, choice, turns))
    return BenchReport("Recognition", tuple(rows))


def _present(settings: Settings) -> list[EngineChoice]:
    found = [choose_engine(name, settings.model_folders) for name, row in ENGINES.items() if row.layout]
    return [EngineChoice(SILENT, None), *(choice for choice in found if choice.name != SILENT)]


async def _rows(settings: Settings, choice: EngineChoice, turns: list[Path]) -> list[Row]:
    name = choice.name if choice.name != SILENT else "voice activity alone"
    asr = settings.asr.model_copy(update={"engine": _setting(choice), "workers": 1})
    pool = SpeechPool(settings.model_copy(update={"asr": asr}), rules=Rules(hang_s=60))
    await pool.start()
    try:
        before_kb = _memory_kb(pool)
        cost = await _cost(pool, turns)
        per_call_kb = (_memory_kb(pool) - before_kb) // _STREAMS
        delays = await _delays(pool)
    finally:
        await pool.stop()
    per_core = cost.speech_s / (cost.worker_s + cost.pool_s)
    rows = [
        Row(f"{name}: streams per core, our path", f"{per_core:.1f}"),
        Row(f"{name}: of that in the pool's process", f"{100 * cost.pool_s / (cost.worker_s + cost.pool_s):.0f} %"),
        Row(f"{name}: memory of a worker, and of each call more", f"{before_kb >> 10} MB, {per_call_kb / 1024:.1f} MB"),
        Row(f"{name}: end of speech to final beyond the pause, worst of {len(delays)}", f"{max(delays):.0f} ms", "500 ms"),
    ]
    if choice.name != SILENT:
        bare = _bare_streams_per_core(choice, turns)
        rows.insert(1, Row(f"{name}: streams per core, bare loop", f"{bare:.1f}"))
        rows.insert(2, Row(f"{name}: our path against the bare loop", f"{per_core / bare:.2f}", "0.95"))
    return rows


def _setting(choice: EngineChoice) -> str:
    return f"{choice.name}:{choice.model.name}" if choice.model else choice.name


async def _cost(pool: SpeechPool, turns: list[Path]) -> _Cost:
    """All turns on each of some streams at once, as fast as the worker takes them in."""
    spoken = b"".join(_mulaw(path) + _PAUSE for path in turns)
    pid = pool.worker_pids[0]
    worker_before, pool_before = _processor_s(pid), time.process_time()
    await asyncio.gather(*(_pour(pool, spoken) for _ in range(_STREAMS)))
    return _Cost(_STREAMS * len(spoken) / 8000, _processor_s(pid) - worker_before, time.process_time() - pool_before)


async def _pour(pool: SpeechPool, spoken: bytes) -> None:
    stream = pool.open("bench", _ignore)
    for at in range(0, len(spoken), 160):
        stream.feed(spoken[at : at + 160], at // 8)
        while stream.lag_ms > _AHEAD_MS:
            await asyncio.sleep(0.01)
    await stream.finish(60)
    stream.close()


async def _delays(pool: SpeechPool) -> list[float]:
    """In ms: from the end of the pause that ends an utterance, in real time, to its final."""
    delays: list[float] = []
    for name in _WORDS_AT_REAL_TIME:
        came: list[tuple[Final, float]] = []

        def keep(event: SpeechEvent, came: list[tuple[Final, float]] = came) -> None:
            if isinstance(event, Final):
                came.append((event, time.perf_counter()))

        stream = pool.open("bench", keep)
        stream.expect(Expects.yes_no)
        began = time.perf_counter()
        await _speak(stream, _mulaw(ROOT / "samples" / name) + _PAUSE, began)
        await stream.finish()
        stream.close()
        for final, at in came:
            pause_over_ms = final.end_ms + patience(Turn(), Expects.yes_no, "")
            delays.append((at - began) * 1000 - pause_over_ms)
    return delays or [0.0]


async def _speak(stream: SpeechStream, spoken: bytes, began: float) -> None:
    for at in range(0, len(spoken), 160):
        # A frame has been spoken only when its 20 ms are over.
        await asyncio.sleep(began + (at + 160) / 8000 - time.perf_counter())
        stream.feed(spoken[at : at + 160], at // 8)


def _bare_streams_per_core(choice: EngineChoice, turns: list[Path]) -> float:
    engine = make_engine(choice.plan)
    rate = engine.capabilities.sample_rate
    pause = bytes(2 * rate * len(_PAUSE) // 8000)
    calls = [(engine.open(None), [_pcm(path, rate) + pause for path in turns]) for _ in range(_STREAMS)]
    began = time.process_time()
    for turn in range(len(turns)):
        for at in range(0, len(calls[0][1][turn]), rate // 5 * 2):
            for session, speech in calls:
                session.feed(speech[turn][at : at + rate // 5 * 2])
        for session, _ in calls:
            session.finish()
    spent = time.process_time() - began
    engine.close()
    return sum(len(pcm) for _, speech in calls for pcm in speech) / 2 / rate / spent


def _pcm(path: Path, rate: int) -> bytes:
    with SoundFile(path, rate) as sound:
        return b"".join(sound.pieces())


def _mulaw(path: Path) -> bytes:
    return pcm_to_mulaw(_pcm(path, 8000))


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory_kb(pool: SpeechPool) -> int:
    pages = int(Path(f"/proc/{pool.worker_pids[0]}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") >> 10


def _ignore(event: SpeechEvent) -> None:
    pass
