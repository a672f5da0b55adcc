"""What all calls of the process share."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from asr.contract import Script
from asr.pool import SpeechPool
from config.clock import Clock
from media.clerk import Clerk
from media.counters import Counters
from media.reader import Reader, Understanding
from media.recorder import Recorder
from media.shelf import Shelf

T = TypeVar("T")
_READ_LIMIT_S = 3.0


@dataclass(frozen=True, slots=True)
class Parts:
    """`scripts`: what each sample call speaks, by its name; empty where samples are off."""

    loop: asyncio.AbstractEventLoop
    clock: Clock
    pool: SpeechPool
    shelf: Shelf
    clerk: Clerk
    reader: Reader
    recorder: Recorder
    counters: Counters
    scripts: Mapping[str, Script]
    call_limit_s: float

    def in_loop(self, receive: Callable[[T], None]) -> Callable[[T], None]:
        """`receive` for another thread to call: it runs in the event loop, or not at all once that is closed."""

        def call(value: T) -> None:
            with suppress(RuntimeError):  # the loop is closed
                self.loop.call_soon_threadsafe(receive, value)

        return call

    async def read(self, text: str, receive: Callable[[Understanding | None], None]) -> None:
        """Understand `text` and hand it over before this returns, unless it takes unreasonably long."""
        answer: asyncio.Future[Understanding | None] = self.loop.create_future()
        self.reader.read(text, self.in_loop(lambda found: None if answer.done() else answer.set_result(found)))
        try:
            async with asyncio.timeout(_READ_LIMIT_S):
                receive(await answer)
        except TimeoutError:
            receive(None)
