"""A place for one decoder process: started, watched, and replaced when it dies, hangs or has grown too big."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from asr.contract import EnginePlan, EngineUnusable
from asr.link import WorkerLink
from asr.stream import SpeechStream
from asr.wire import TOGETHER, Frame, Ready

log = logging.getLogger(__name__)


_STANDS_STILL, _SPINS = 0.02, 0.9
"""Shares of a core."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How patient a pool is with its workers; seconds and MB."""

    loading_s: float = 120.0
    hang_s: float = 5.0
    """Audio in and no answer for so long: the worker is replaced."""
    starved: int = 3
    """So many times longer, if it runs but gets only a part of a core: a new one would get no more."""
    tick_s: float = 0.5
    growth_mb: int = 512
    """Grown by more than this since it was loaded: replaced, between calls."""
    memory_s: float = 10.0
    """So often its memory is looked at."""
    attempts: int = 3
    """Starts in a row that may fail before the calls that wait are given up."""
    pauses_s: tuple[float, ...] = (0.0, 0.2, 1.0, 5.0, 30.0)
    """Before the n-th start after failures in a row; the last for ever."""


class Slot:
    """`on_hopeless` gets the streams of a slot that cannot start its worker, and the reason."""

    def __init__(self, engine: EnginePlan, rules: Rules, on_hopeless: Callable[[list[SpeechStream], str], None]) -> None:
        self._engine = engine
        self._rules = rules
        self._on_hopeless = on_hopeless
        self._link: WorkerLink | None = None
        self._streams: dict[int, SpeechStream] = {}
        self._task: asyncio.Task[None] | None = None
        self._asked_at: float | None = None
        self._used_s = 0.0
        """Processor time that the worker had used when it was asked."""
        self._failures = 0
        self._alone = False
        """The last worker died of several callers together: the next one decodes them one by one."""
        self.first_start: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        """What came of the first attempt: Ready or EngineUnusable."""
        self.is_retiring = False

    @property
    def is_hopeless(self) -> bool:
        return self._failures >= self._rules.attempts

    @property
    def is_ready(self) -> bool:
        return self._link is not None

    @property
    def load(self) -> int:
        return len(self._streams)

    @property
    def pid(self) -> int:
        """Of the worker that runs; 0: none does."""
        return self._link.pid if self._link else 0

    @property
    def has_grown(self) -> bool:
        return self._link is not None and self._link.memory_kb - self._link.first_memory_kb > self._rules.growth_mb * 1024

    def start(self) -> None:
        self._task = asyncio.create_task(self._keep_alive(), name="decoder slot")

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def add(self, stream: SpeechStream) -> None:
        self._streams[stream.number] = stream
        if self._link:
            stream.attach(self._link)

    def remove(self, stream: SpeechStream) -> None:
        self._streams.pop(stream.number, None)

    def watch(self, now: float) -> None:
        """Called every tick_s: a worker that owes an answer for too long is killed, which replaces it."""
        if self._link is None or not any(stream.awaits_answer for stream in self._streams.values()):
            self._asked_at = None
        elif self._asked_at is None:
            self._asked_at, self._used_s = now, self._link.processor_s
        elif now - self._asked_at > self._patience_s(self._link, now - self._asked_at):
            log.error("a decoder worker hangs and is replaced", extra={"pid": self._link.pid, "streams": self.load})
            self._asked_at = None
            self._link.kill()

    def _patience_s(self, link: WorkerLink, waited_s: float) -> float:
        """A worker that stands still or spins hangs; one that is between the two is short of processor time."""
        share = (link.processor_s - self._used_s) / waited_s
        is_starved = _STANDS_STILL < share < _SPINS
        return self._rules.hang_s * (self._rules.starved if is_starved else 1)

    def forgive(self) -> None:
        """The pool itself was held up: nobody can be blamed for the time that passed."""
        self._asked_at = None

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(self._rules.pauses_s[min(self._failures, len(self._rules.pauses_s) - 1)])
            try:
                await self._live_once()
            except EngineUnusable as error:
                self._failed(str(error))
            except Exception as error:  # without this loop no call would ever be heard again
                log.exception("starting a decoder worker failed")
                self._failed(type(error).__name__)

    async def _live_once(self) -> None:
        """One worker, from its start to its end."""
        link = await WorkerLink.start(replace(self._engine, alone=self._alone), self._take)
        try:
            ready = await link.ready(self._rules.loading_s)
            self._failures = 0
            self._link = link
            if not self.first_start.done():
                self.first_start.set_result(ready)
            for stream in tuple(self._streams.values()):
                stream.attach(link)
            await link.ended.wait()
            self._mourn(link)
        finally:
            await link.stop()

    def _mourn(self, link: WorkerLink) -> None:
        self._link = self._asked_at = None
        culprit = link.culprit
        self._alone = culprit == TOGETHER
        log.error("a decoder worker died and is replaced", extra={"streams": self.load, "culprit": culprit})
        for stream in tuple(self._streams.values()):
            stream.detach(is_culprit=stream.number == culprit)

    def _take(self, frame: Frame) -> None:
        self._asked_at = None
        if stream := self._streams.get(frame.stream):
            stream.take(frame)

    def _failed(self, reason: str) -> None:
        self._failures += 1
        log.error("a decoder worker cannot be started", extra={"reason": reason, "failures": self._failures})
        if not self.first_start.done():
            self.first_start.set_exception(EngineUnusable(reason))
            self.first_start.exception()  # nobody may be waiting for it
        if self.is_hopeless and self._streams:
            self._on_hopeless(list(self._streams.values()), reason)
