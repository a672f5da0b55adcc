"""Fans messages out to many pages: a bounded queue each, a short memory for pages that come back. No web, no database."""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

WAITING_LIMIT = 300
"""Messages that may wait for one page; a slower page loses them all and is told to load afresh."""
MEMORY = 4000
"""Messages kept for pages that reconnect."""


class Topic(StrEnum):
    """What a page may listen to. Pages of one case listen to `case:` and its number."""

    CASES = "cases"
    BOARD = "board"
    LINE = "line"
    """How many callers wait for an operator."""
    SEAT = "seat"
    """The seat of the person whose page it is."""


def case_topic(case_no: str) -> str:
    return f"case:{case_no}"


def seat_topic(account_id: str) -> str:
    return f"seat:{account_id}"


@dataclass(frozen=True, slots=True)
class Message:
    """One server-sent event, encoded once for all pages. `position` is that of the event log, 0 for what is not remembered."""

    topics: frozenset[str]
    frame: bytes
    position: int = 0


def frame(name: str, data: str, position: int = 0) -> bytes:
    """One server-sent event; `data` is JSON, which holds no line break."""
    identity = f"id: {position}\n" if position else ""
    return f"{identity}event: {name}\ndata: {data}\n\n".encode()


class Page:
    """One open page: what waits to be written to it."""

    def __init__(self, topics: frozenset[str]) -> None:
        self.topics = topics
        self._waiting: deque[bytes] = deque()
        self._wake = asyncio.Event()

    def offer(self, message: Message) -> None:
        if message.topics.isdisjoint(self.topics):
            return
        if len(self._waiting) >= WAITING_LIMIT:
            self.resync(message.position)
        else:
            self._waiting.append(message.frame)
            self._wake.set()

    def resync(self, position: int) -> None:
        """Forget what waits: the page loads afresh instead, and is then at `position` or later."""
        self._waiting.clear()
        self._waiting.append(frame("resync", "{}", position))
        self._wake.set()

    def close(self) -> None:
        self._wake.set()

    async def take(self, patience_s: float) -> bytes:
        """All that waits, joined; empty when nothing came for `patience_s` or the hub closes."""
        if not self._waiting:
            self._wake.clear()
            try:
                async with asyncio.timeout(patience_s):
                    await self._wake.wait()
            except TimeoutError:
                return b""
        taken = b"".join(self._waiting)
        self._waiting.clear()
        return taken


class Hub:
    """The open pages and what they were told last."""

    def __init__(self, position: int = 0) -> None:
        self.position = position
        """The last position of the event log that pages were told about."""
        self._forgotten = position
        self._memory: deque[Message] = deque()
        self._pages: set[Page] = set()

    def __len__(self) -> int:
        return len(self._pages)

    def join(self, topics: frozenset[str], after: int | None) -> Page:
        """A new page. With `after` it first gets what it missed since that position, or the hint to load afresh."""
        page = Page(topics)
        self._pages.add(page)
        if after is None or after == self.position:
            return page
        if self._forgotten <= after < self.position:
            for message in self._memory:
                if message.position > after:
                    page.offer(message)
        else:
            page.resync(self.position)
        return page

    def leave(self, page: Page) -> None:
        self._pages.discard(page)

    def publish(self, messages: Iterable[Message]) -> None:
        """Messages with a position come in its order and are remembered."""
        for message in messages:
            if message.position:
                self._remember(message)
            for page in self._pages:
                page.offer(message)

    def close(self) -> None:
        for page in self._pages:
            page.close()

    def _remember(self, message: Message) -> None:
        self.position = max(self.position, message.position)
        self._memory.append(message)
        if len(self._memory) > MEMORY:
            self._forgotten = self._memory.popleft().position
