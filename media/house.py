"""The media process put together: recognition, prompts, voice, and the threads behind the event loop."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from asr.g711 import pcm_to_mulaw
from asr.pool import SpeechPool
from asr.second_pass import SecondPass
from config.settings import ROOT, Settings
from intake.disk import Disk
from intake.line_places import places_in_line
from intake.office import Office
from ivr.actions import Spoken
from ivr.prompts import load_prompts
from media.clerk import Clerk
from media.counters import Counters
from media.parts import Parts
from media.reader import Reader
from media.recorder import TRACKS, Recorded, Recorder, salvage
from media.scripts import load_scripts
from media.shelf import Shelf
from media.switchboard import Switchboard
from media.voices.contract import Voice
from media.voices.espeak import EspeakVoice

log = logging.getLogger(__name__)

RECORDINGS = Path("recordings")
"""Folder in `var`."""
PROMPTS = ROOT / "config" / "prompts"
SAMPLES = ROOT / "samples"
_STOP_S = 2.0
_CLERK_STOP_S = 6.5
"""One wait for a locked database, then everything goes to the spool."""


@asynccontextmanager
async def open_house(settings: Settings, office: Office) -> AsyncIterator[Switchboard]:
    """Everything that calls need, from before the first one until after the last word of the last one is on disk."""
    disk = Disk(office.var, settings.disk_reserve_mb)
    clerk, reader = Clerk(office), Reader(office)

    def announce(recorded: Recorded) -> None:
        path = str(RECORDINGS / recorded.path)
        clerk.recording_stored(recorded, path, TRACKS, partial(recorder.announced, recorded))

    recorder = Recorder(office.var / RECORDINGS, announce, disk.release_reserve)
    async with AsyncExitStack() as stack:
        # What is entered first ends last: the recorder announces to the clerk, calls speak to all of them.
        for helper, limit_s in ((clerk, _CLERK_STOP_S), (recorder, _STOP_S), (reader, _STOP_S)):
            helper.start()
            stack.callback(helper.stop, limit_s)
        voice = EspeakVoice()
        stack.push_async_callback(voice.close)
        counters = Counters()
        second = SecondPass(settings, counters.second_passes) if settings.asr.second_engine else None
        pool = SpeechPool(settings, again=second.hear_again if second else None)
        await asyncio.gather(pool.start(), reader.warm_up(), *([second.start()] if second else []))
        if second:
            stack.push_async_callback(second.stop)
        stack.push_async_callback(pool.stop)
        parts = Parts(
            loop=asyncio.get_running_loop(),
            clock=office.clock,
            pool=pool,
            shelf=_stock(voice),
            clerk=clerk,
            reader=reader,
            recorder=recorder,
            counters=counters,
            scripts=load_scripts(SAMPLES) if settings.samples else {},
            call_limit_s=settings.call_limit_s,
        )
        rescue = asyncio.create_task(asyncio.to_thread(_announce_left, office.var / RECORDINGS, announce))
        stack.callback(rescue.cancel)
        yield Switchboard(parts, disk, partial(places_in_line, office))


def _stock(voice: Voice) -> Shelf:
    book = load_prompts(PROMPTS)
    if book.missing:
        log.warning("prompts without a recording are synthesised", extra={"files": " ".join(book.missing)})
    shelf = Shelf(voice, {prompt: pcm_to_mulaw(pcm) for prompt, pcm in book.sounds.items()}, book.say)
    # The voice's process starts with the first words asked of it.
    shelf.prepare(Spoken("您好"))
    shelf.fill(prompt for prompt in book.texts if prompt not in book.sounds)
    return shelf


def _announce_left(root: Path, announce: Callable[[Recorded], None]) -> None:
    for recorded in salvage(root):
        log.info("a recording of an earlier process is announced", extra={"call": recorded.call_id})
        announce(recorded)
