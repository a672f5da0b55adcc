"""`flask bench media-soak`: half an hour at a hundred calls at once, short ones of every kind, through a real media process.

A call that ends is followed by the next one, with a behaviour drawn by a fixed seed. What counts: memory, and that each call
has a case with an outcome.
"""

import asyncio
import random
import tempfile
import time
import wave
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import uvloop
from sqlalchemy import func, select

from asr.g711 import pcm_to_mulaw
from commands.bench import BenchReport, Row
from commands.stream_phone import StreamPhone
from commands.trial_media import MediaProcess, media_process
from config.settings import ROOT
from models.call import Call
from models.case import Case
from models.errors import DatabaseUnavailable

CALLS = 100
MINUTES = 30.0
WARM_SHARE = 0.2
"""So much of the time has passed when memory is looked at first: caches are full by then."""
LONGEST_S = 60.0
SETTLE_S = 20.0
SAMPLES: Final = ("rubbish", "no-heating", "street-lamp-corrected", "gas-smell", "pension")


@dataclass
class _Tally:
    """What the callers did, and memory in MB: (after the warm-up, in the end) of media process and workers."""

    kinds: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    held_up: int = 0
    """Callers who found the database locked for longer than it waits."""
    memory_mb: list[tuple[float, float]] = field(default_factory=list)


def run(minutes: float = MINUTES) -> BenchReport:
    tally = _Tally()
    with (
        tempfile.TemporaryDirectory(prefix="bench-soak-") as folder,
        media_process(Path(folder), ASR__STREAMS=2 * CALLS) as media,
    ):
        uvloop.run(_keep_calling(media, tally, minutes * 60))
        time.sleep(SETTLE_S)
        calls, cases, ended = _counted(media)
        figures = media.figures()
    (media_first, workers_first), (media_last, workers_last) = tally.memory_mb
    done = ", ".join(f"{kind} {count}" for kind, count in sorted(tally.kinds.items()))
    return BenchReport(
        f"Media process, {CALLS} calls at once for {minutes:.0f} minutes: {done}",
        (
            Row("calls", f"{calls}"),
            Row("calls without a case", f"{calls - cases}", "0"),
            Row("calls without an outcome", f"{calls - ended}", "0"),
            Row("streams that were not let in", f"{tally.refused}", "0"),
            Row("callers who found the database locked", f"{tally.held_up}"),
            Row("media process, memory after the warm-up", f"{media_first:.0f} MB"),
            Row("media process, growth since", f"{media_last / media_first - 1:.1%}", "below 5 %"),
            Row("decoder workers, memory after the warm-up", f"{workers_first:.0f} MB"),
            Row("decoder workers, growth since", f"{workers_last / workers_first - 1:.1%}", "below 5 %"),
            Row("frames taken in", f"{figures['frames_total']:.0f}"),
            Row("frames later than 100 ms", f"{figures['late_frames_total']:.0f}"),
            Row("prompts stopped by the caller", f"{figures['prompt_stops_total']:.0f}"),
            Row("recording blocks lost", f"{figures['lost_recording_blocks_total']:.0f}", "0"),
        ),
    )


async def _keep_calling(media: MediaProcess, tally: _Tally, seconds: float) -> None:
    until = time.monotonic() + seconds
    callers = [asyncio.create_task(_calls_of(media, tally, line, until)) for line in range(CALLS)]
    await asyncio.sleep(seconds * WARM_SHARE)
    tally.memory_mb.append(_memory(media))
    await asyncio.sleep(max(0.0, until - time.monotonic()))
    tally.memory_mb.append(_memory(media))
    await asyncio.gather(*callers)


def _memory(media: MediaProcess) -> tuple[float, float]:
    return media.memory_mb(), sum(media.memory_mb(pid) for pid in media.workers())


async def _calls_of(media: MediaProcess, tally: _Tally, line: int, until: float) -> None:
    """One line's calls, one after the other."""
    chance = random.Random(line)  # noqa: S311 - a repeatable draw, no secret
    await asyncio.sleep(line / 10)
    number = 0
    while time.monotonic() < until:
        kind = chance.choice(list(BEHAVIOURS))
        sample = chance.choice(SAMPLES)
        sid = f"CA{line:03d}{number:05d}"
        try:
            token = await asyncio.to_thread(media.admit, sid, sample)
        except DatabaseUnavailable:
            # The database is shared by a hundred callers; the web process would have spooled this one.
            tally.held_up += 1
            continue
        phone = StreamPhone(media.url, sid, token)
        try:
            await phone.dial()
            with suppress(TimeoutError):
                await asyncio.wait_for(BEHAVIOURS[kind](phone, chance, _speech(sample)), LONGEST_S)
        except (ConnectionError, OSError):
            tally.refused += not phone.audio
        finally:
            phone.hang_up()
        tally.kinds[kind] += 1
        number += 1
        await asyncio.sleep(chance.uniform(0.0, 0.5))


async def _leaves_in_greeting(_phone: StreamPhone, chance: random.Random, _speech: bytes) -> None:
    await asyncio.sleep(chance.uniform(0.5, 4.0))


async def _speaks(phone: StreamPhone, chance: random.Random, speech: bytes) -> None:
    """Hears the notice out, speaks, and stays until the machine has done with him or he has enough."""
    await phone.until_mark("notice")
    phone.say(speech)
    await phone.until_said()
    await asyncio.wait({asyncio.ensure_future(phone.closed.wait())}, timeout=chance.uniform(5.0, 25.0))


async def _barges_in(phone: StreamPhone, chance: random.Random, speech: bytes) -> None:
    await phone.until_mark("notice")
    await asyncio.sleep(0.7)
    phone.say(speech)
    await phone.until_said()
    await asyncio.sleep(chance.uniform(1.0, 6.0))


async def _presses_zero(phone: StreamPhone, chance: random.Random, _speech: bytes) -> None:
    await asyncio.sleep(chance.uniform(1.0, 8.0))
    phone.press("0")
    await phone.closed.wait()


async def _drops(phone: StreamPhone, chance: random.Random, speech: bytes) -> None:
    """The network goes away in the middle of a sentence."""
    await phone.until_mark("notice")
    phone.say(speech)
    await asyncio.sleep(chance.uniform(1.0, 4.0))
    phone.drop()


BEHAVIOURS: dict[str, Callable[[StreamPhone, random.Random, bytes], Awaitable[None]]] = {
    "left in the greeting": _leaves_in_greeting,
    "spoke": _speaks,
    "barged in": _barges_in,
    "pressed zero": _presses_zero,
    "dropped": _drops,
}


def _counted(media: MediaProcess) -> tuple[int, int, int]:
    """Calls, calls with a case, calls whose conversation has come to an outcome or whose stream may still come back."""
    with media.office.database.reading() as session:
        calls = session.scalar(select(func.count()).select_from(Call)) or 0
        cases = session.scalar(select(func.count()).select_from(Call).join(Case, Case.id == Call.case_id)) or 0
        open_ended = session.scalars(select(Call).where(Call.outcome.is_(None), Call.conversation.is_(None))).all()
        return calls, cases, calls - len(open_ended)


def _speech(sample: str) -> bytes:
    with wave.open(str(ROOT / "samples" / sample / "1.wav")) as file:
        return pcm_to_mulaw(file.readframes(file.getnframes()))
