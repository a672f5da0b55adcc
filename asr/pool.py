"""The asyncio side of recognition: decoder workers are processes of their own, calls are streams on them.

Events (asr/events.py) are delivered by calling the stream's listener in the event loop; a listener must not block. A worker
that crashes, hangs or grows costs no call: the audio since the last final is heard again by its successor.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

from asr.contract import EngineUnusable, Script, SpeechError
from asr.endpointing import Expects
from asr.registry import SILENT, EngineChoice, choose_engine, silence
from asr.slot import Rules, Slot
from asr.stream import Again, Listener, SpeechStream
from asr.wire import Opening
from config.settings import Settings

log = logging.getLogger(__name__)

_SCRIPTED = "scripted"


class PoolFull(SpeechError):
    """As many callers are heard as this machine may hear (`HOTLINE_ASR__STREAMS`): this one goes to a human, with recording."""

    code = "pool_full"
    retryable = True


class SpeechPool:
    """`await start()` first: `engine`, `recognises` and `why_silent` are set by then."""

    def __init__(self, settings: Settings, *, rules: Rules | None = None, again: Again | None = None) -> None:
        """`again`: a second engine's ear. Raises SettingsError for an engine that there is none of."""
        self._again = again
        self._choice = choose_engine(settings.asr.engine, settings.model_folders)
        self._hot_words = Path(settings.asr.hot_words) if settings.asr.hot_words else None
        self._punctuation = Path(settings.asr.punctuation) if settings.asr.punctuation else None
        self._threads = settings.asr.threads
        self._rules = rules or Rules()
        self._worker_count = settings.asr.workers
        self._capacity = settings.asr.streams
        self._plays_samples = settings.samples
        self._slots: list[Slot] = []
        self._homes: dict[int, Slot] = {}
        self._numbers = count(1)
        self._watcher: asyncio.Task[None] | None = None
        self._is_open = False
        self._recognises = False

    @property
    def engine(self) -> str:
        """Name of the engine really used."""
        return self._choice.name

    @property
    def recognises(self) -> bool:
        """False where voice activity is all there is."""
        return self._recognises

    @property
    def why_silent(self) -> str:
        """Why nothing is recognised, in Chinese and English, with the fix; empty where it is."""
        return self._choice.why

    @property
    def open_streams(self) -> int:
        return len(self._homes)

    @property
    def capacity(self) -> int:
        return self._capacity

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """Of the workers that are ready now."""
        return tuple(slot.pid for slot in self._slots if slot.is_ready)

    async def start(self) -> None:
        """Returns when the first worker is ready. An engine that cannot be loaded is replaced by `none`."""
        try:
            await self._start_workers()
        except EngineUnusable as error:
            log.error("the speech engine cannot be used", extra={"engine": self.engine, "reason": str(error)})
            if self.engine != SILENT:
                await self._fall_silent(str(error))
        self._is_open = True
        self._watcher = asyncio.create_task(self._watch(), name="decoder watch")

    async def stop(self) -> None:
        self._is_open = False
        if self._watcher:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
        await self._stop_workers()

    def open(
        self,
        call_id: str,
        listener: Listener,
        *,
        script: Script | None = None,
        codec: str = "mulaw",
        first_sequence: int = 1,
    ) -> SpeechStream:
        """Raises PoolFull. `script` needs HOTLINE_SAMPLES=1; a call that reconnects counts its utterances on."""
        if not self._is_open or self.open_streams >= self._capacity:
            raise PoolFull(f"{self.open_streams} callers are heard already: raise HOTLINE_ASR__STREAMS or add a machine")
        turns = script.turns if script and self._plays_samples else None
        stream = SpeechStream(
            next(self._numbers),
            call_id,
            Opening(codec, first_sequence, Expects.matter, turns),
            listener,
            self._closed,
            engine=self.engine if turns is None else _SCRIPTED,
            recognises=self._recognises or turns is not None,
            again=self._again if turns is None and self._recognises else None,
        )
        self._place(stream)
        return stream

    def _place(self, stream: SpeechStream) -> None:
        slots = [slot for slot in self._slots if not slot.is_retiring and not slot.is_hopeless]
        if not slots:
            # Told in the next turn of the loop, so that the caller of open() knows its stream by then.
            asyncio.get_running_loop().call_soon(stream.lose, "no decoder worker can be started")
            return
        slot = min(slots, key=lambda slot: (not slot.is_ready, slot.load))
        self._homes[stream.number] = slot
        slot.add(stream)

    def _closed(self, stream: SpeechStream) -> None:
        if slot := self._homes.pop(stream.number, None):
            slot.remove(stream)

    async def _start_workers(self) -> None:
        """Raises EngineUnusable; the first slot goes on trying all the same."""
        self._slots = [self._new_slot() for _ in range(self._worker_count)]
        first, *others = self._slots
        first.start()
        ready = await asyncio.shield(first.first_start)
        self._recognises = ready.capabilities.recognises
        for slot in others:
            slot.start()

    async def _fall_silent(self, reason: str) -> None:
        await self._stop_workers()
        zh = f"识别引擎 {self.engine} 无法启动：{reason}"
        self._choice = EngineChoice(SILENT, None, silence(zh, f"the engine {self.engine} cannot be started: {reason}"))
        with suppress(EngineUnusable):  # then nothing at all runs: every call is told SpeechLost
            await self._start_workers()

    async def _stop_workers(self) -> None:
        slots, self._slots = self._slots, []
        await asyncio.gather(*(slot.stop() for slot in slots))

    def _new_slot(self) -> Slot:
        plan = replace(self._choice.plan_with(self._hot_words, self._threads), punctuation=self._punctuation)
        return Slot(plan, self._rules, self._give_up)

    def _give_up(self, streams: list[SpeechStream], reason: str) -> None:
        """Streams whose slot cannot start a worker go to another one, if there is one."""
        for stream in streams:
            self._closed(stream)
            others = [slot for slot in self._slots if slot.is_ready and not slot.is_retiring]
            if others:
                self._place(stream)
            else:
                stream.lose(reason)

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        last = memory_at = loop.time()
        while True:
            await asyncio.sleep(self._rules.tick_s)
            now = loop.time()
            try:
                self._watch_slots(now, held_up=now - last > 4 * self._rules.tick_s)
                if now - memory_at >= self._rules.memory_s:
                    memory_at = now
                    await self._renew_grown()
            except Exception:  # without this loop a hanging worker would go unseen
                log.exception("watching the decoder workers failed")
            last = now

    def _watch_slots(self, now: float, *, held_up: bool) -> None:
        """`held_up`: this process itself did not run."""
        for slot in tuple(self._slots):
            if held_up:
                slot.forgive()
            slot.watch(now)

    async def _renew_grown(self) -> None:
        """A worker that has grown gets no new calls, and ends with its last one; a fresh one stands in its place at once."""
        for slot in tuple(self._slots):
            if slot.is_retiring and slot.load == 0:
                self._slots.remove(slot)
                await slot.stop()
            elif slot.has_grown and not slot.is_retiring:
                log.info("a decoder worker has grown and retires", extra={"streams": slot.load})
                slot.is_retiring = True
                fresh = self._new_slot()
                self._slots.append(fresh)
                fresh.start()
