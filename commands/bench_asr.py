"""`flask bench asr`: what recognition costs on this machine, for every engine whose model is here.

Streams per core: seconds of a call that one second of processor time takes in. The path is all of ours (G.711 in, worker
process, voice activity, end of speech, finals out); the bare loop is the same engine on the same sound, as many callers in
turn, without any of it. The sound is that of the sample calls, which a machine speaks: characters wrong there say little of
people. `flask bench asr-calls` is the long form of the growth: a thousand calls.
"""

import asyncio
import json
from pathlib import Path

from asr.batch import Route, Transcriber
from asr.measuring import CharacterErrors, character_errors
from asr.pool import SpeechPool
from asr.registry import ENGINES, SILENT, EngineChoice, choose_engine
from commands.bench import BenchReport, Row
from commands.bench_asr_measures import bare_streams_per_core, call_of, delays_ms, growth, memory_kb, path_cost, pool_of
from config.settings import ROOT, Settings, load_settings

_SAMPLES = ROOT / "samples"
_AT_REAL_TIME = [_SAMPLES / name for name in ("lift-stands-still/3.wav", "rubbish/2.wav", "no-heating/3.wav")]
_SHORT_CALL = [_SAMPLES / "rubbish" / "2.wav"]
_ROUNDS = 3
"""Of path and bare loop in turn, the best of each: a shared machine's cores are not alike from one minute to the next."""
_STREAMS, _TURNS = 4, 3
_STREAMS_OF_WHOLE, _TURNS_OF_WHOLE = 2, 2
"""For engines that hear whole utterances: they cost ten times as much."""
_CALLS, _MANY_CALLS = 60, 1000


def run() -> BenchReport:
    settings = load_settings()
    rows: list[Row] = []
    for choice in _present(settings):
        rows += asyncio.run(_rows(settings, choice))
    return BenchReport("Recognition", tuple(rows))


def run_calls() -> BenchReport:
    settings = load_settings()
    rows = [asyncio.run(_growth_alone(settings, choice)) for choice in _present(settings)]
    return BenchReport("A thousand calls", tuple(rows))


def _present(settings: Settings) -> list[EngineChoice]:
    found = [choose_engine(name, settings.model_folders) for name, row in ENGINES.items() if row.layout]
    return [EngineChoice(SILENT, None), *(choice for choice in found if choice.name != SILENT)]


async def _rows(settings: Settings, choice: EngineChoice) -> list[Row]:
    is_live = ENGINES[choice.name].is_live
    streams = _STREAMS if is_live else _STREAMS_OF_WHOLE
    turns = sorted(_SAMPLES.glob("*/1.wav"))[: _TURNS if is_live else _TURNS_OF_WHOLE]
    calls = [call_of(turns)] * streams
    costs, bare = [], 0.0
    async with pool_of(settings, choice) as pool:
        before_kb = memory_kb(pool)
        for _ in range(_ROUNDS):
            costs.append(await path_cost(pool, calls))
            if choice.name != SILENT:
                bare = max(bare, bare_streams_per_core(choice, calls, costs[0].finals))
        per_call_kb = (memory_kb(pool) - before_kb) // streams
        delays = await delays_ms(pool, _AT_REAL_TIME)
        grown = await _growth_row(pool, choice, _CALLS if is_live else _CALLS // 6)
    cost = max(costs, key=lambda cost: cost.streams_per_core)
    ours, name = cost.streams_per_core, _name(choice)
    rows = [Row(f"{name}: streams per core, our path", f"{ours:.1f}")]
    if choice.name != SILENT:
        rows += [
            Row(f"{name}: streams per core, bare loop", f"{bare:.1f}"),
            Row(f"{name}: our path against the bare loop", f"{ours / bare:.2f}", "0.95"),
            *await _characters_wrong(settings, choice, turns),
        ]
    share = 100 * cost.pool_s / (cost.worker_s + cost.pool_s)
    return [
        *rows,
        Row(f"{name}: of that in the pool's process", f"{share:.0f} %"),
        Row(f"{name}: memory of a worker, and of each call more", f"{before_kb >> 10} MB, {per_call_kb / 1024:.1f} MB"),
        Row(f"{name}: end of speech to final beyond the pause, worst of {len(delays)}", f"{max(delays):.0f} ms", "500 ms"),
        grown,
    ]


async def _growth_alone(settings: Settings, choice: EngineChoice) -> Row:
    async with pool_of(settings, choice) as pool:
        return await _growth_row(pool, choice, _MANY_CALLS if ENGINES[choice.name].is_live else _MANY_CALLS // 10)


async def _growth_row(pool: SpeechPool, choice: EngineChoice, calls: int) -> Row:
    megabytes, percent = await growth(pool, call_of(_SHORT_CALL), calls, _STREAMS)
    return Row(f"{_name(choice)}: growth of a worker of {megabytes:.0f} MB over {calls} calls", f"{percent:.1f} %", "5 %")


async def _characters_wrong(settings: Settings, choice: EngineChoice, turns: list[Path]) -> list[Row]:
    """Of the sample calls' texts, punctuation removed: from the file, and over the telephone's 8 kHz."""
    asked = settings.asr.model_copy(update={"engine": f"{choice.name}:{choice.model.name}" if choice.model else choice.name})
    said = {path: json.loads((path.parent / "sample.json").read_text("utf-8"))["turns"][0]["text"] for path in turns}
    found: dict[Route, CharacterErrors] = {}
    async with Transcriber(settings.model_copy(update={"asr": asked})) as transcriber:
        for route in Route:
            found[route] = character_errors(
                [(text, (await transcriber.transcribe(path, route)).text) for path, text in said.items()]
            )
    return [
        Row(
            f"{_name(choice)}: characters wrong in {len(said)} sample turns, file",
            f"{found[Route.direct].percent:.1f} %",
        ),
        Row(f"{_name(choice)}: the same over the telephone", f"{found[Route.phone].percent:.1f} %"),
    ]


def _name(choice: EngineChoice) -> str:
    return choice.name if choice.name != SILENT else "voice activity alone"
