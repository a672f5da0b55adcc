"""A second engine hears each finished utterance again, whole: slower and better than the one that wrote along.

It is a luxury: where the machine is behind, or too many utterances wait, one is left out, and the first text stands.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence

from asr.contract import Transcript, Word
from asr.events import Final, Revised, SpeechEvent
from asr.pool import PoolFull, SpeechPool
from asr.stream import Passage
from config.settings import Settings

log = logging.getLogger(__name__)

MOST_WAITING = 4
"""Utterances that are worked on or wait; the next one is left out."""
LATE_MS = 1000
"""So far behind the live engine may be for a second one to be let run beside it."""
_LIMIT_S = 20.0

Answer = Callable[[Revised | None], None]


class SecondPass:
    """`outcomes` counts what became of the utterances: done, behind, full, empty, failed. `await start()` first."""

    def __init__(self, settings: Settings, outcomes: Counter[str]) -> None:
        """Raises SettingsError for an engine that there is none of."""
        asr = settings.asr.model_copy(update={"engine": settings.asr.second_engine, "workers": 1, "streams": MOST_WAITING})
        self._pool = SpeechPool(settings.model_copy(update={"asr": asr, "samples": False}))
        self._outcomes = outcomes
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def engine(self) -> str:
        return self._pool.engine

    @property
    def recognises(self) -> bool:
        return self._pool.recognises

    @property
    def worker_pids(self) -> tuple[int, ...]:
        return self._pool.worker_pids

    async def start(self) -> None:
        """Without a usable engine there is no second pass, and the reason is logged; nothing else is lost."""
        await self._pool.start()
        if not self.recognises:
            log.error("there is no second pass", extra={"reason": self._pool.why_silent})

    async def stop(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._pool.stop()

    def hear_again(self, passage: Passage, answer: Answer) -> bool:
        """Whether it will be; then `answer` is called once, with None where nothing came of it. Never blocks."""
        if not self.recognises or not passage.sound:
            return False
        is_behind = passage.lag_ms > LATE_MS
        if is_behind or len(self._tasks) >= MOST_WAITING:
            self._outcomes["behind" if is_behind else "full"] += 1
            return False
        task = asyncio.get_running_loop().create_task(self._hear(passage, answer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def _hear(self, passage: Passage, answer: Answer) -> None:
        revised = None
        try:
            revised = self._revised(passage.final.sequence, await self._events(passage))
            self._outcomes["done" if revised else "empty"] += 1
        except (PoolFull, TimeoutError) as error:
            self._outcomes["failed"] += 1
            log.warning(
                "an utterance was not heard a second time", extra={"call": passage.call_id, "reason": type(error).__name__}
            )
        finally:
            answer(revised)

    async def _events(self, passage: Passage) -> list[SpeechEvent]:
        """Raises PoolFull, TimeoutError."""
        events: list[SpeechEvent] = []
        stream = self._pool.open(passage.call_id, events.append, codec=passage.codec)
        try:
            async with asyncio.timeout(_LIMIT_S):
                for piece in passage.sound:
                    stream.feed(piece.sound, piece.at_ms)
                await stream.finish(_LIMIT_S)
        finally:
            stream.close()
        return events

    def _revised(self, sequence: int, events: Sequence[SpeechEvent]) -> Revised | None:
        """Pauses may part in two what the live engine took for one."""
        parts = [event.transcript for event in events if isinstance(event, Final) and event.transcript.text]
        if not parts:
            return None
        words: tuple[Word, ...] = tuple(word for part in parts for word in part.words)
        joined = Transcript("，".join(part.text for part in parts), " ".join(part.raw for part in parts), words)
        return Revised(sequence, joined, self.engine)
