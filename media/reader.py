"""The understanding of what callers say, in a thread of its own: it delays no audio, and no locked database delays it."""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classifier.reading import spoken_reading
from intake.office import Office
from ivr.events import Reading

if TYPE_CHECKING:
    from classifier.proposal import Proposal

log = logging.getLogger(__name__)

_QUEUE = 2000


@dataclass(frozen=True, slots=True)
class Understanding:
    proposal: "Proposal"
    reading: Reading


Done = Callable[[Understanding | None], None]
"""Called in the reader's thread; None where the text could not be understood."""


class Reader:
    def __init__(self, office: Office) -> None:
        self._office = office
        self._jobs: queue.Queue[tuple[str, Done] | None] = queue.Queue(_QUEUE)
        self._thread = threading.Thread(target=self._run, name="reader", daemon=True)

    def start(self) -> None:
        self._thread.start()

    async def warm_up(self) -> None:
        """The city's data is loaded when this returns: no caller shall wait for it, nor the event loop stumble over it."""
        loop, warm = asyncio.get_running_loop(), asyncio.Event()

        def done(_found: Understanding | None) -> None:
            loop.call_soon_threadsafe(warm.set)

        self.read("", done)
        await warm.wait()

    def stop(self, timeout_s: float) -> None:
        self._jobs.put(None)
        self._thread.join(timeout_s)

    def read(self, text: str, done: Done) -> None:
        """Never blocks; too much to read at once is answered by None."""
        try:
            self._jobs.put_nowait((text, done))
        except queue.Full:
            done(None)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            text, done = job
            done(self._understand(text))

    def _understand(self, text: str) -> Understanding | None:
        try:
            proposal = self._office.propose(text)
            matter, place, own_words = spoken_reading(proposal, self._office.taxonomy())
        except Exception:
            log.exception("a text could not be understood")
            return None
        return Understanding(proposal, Reading(matter, place, own_words))
