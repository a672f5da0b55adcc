"""The last thing done for a caller: the outcome is made safe, then the line is closed and the carrier asks for it."""

import logging
from collections.abc import Callable

from intake.outcome import Outcome
from media.parts import Parts
from media.transports.contract import Line

log = logging.getLogger(__name__)

SAVE_LIMIT_S = 4.0
"""How long the caller waits for a locked database before the line is closed all the same."""


class Farewell:
    """`closed` is called once, after the line was closed."""

    def __init__(self, call_id: str, line: Line, parts: Parts, closed: Callable[[], None]) -> None:
        self._call_id = call_id
        self._line = line
        self._parts = parts
        self._closed = closed
        self._until_s: float | None = None
        self.is_closed = False

    def say(self, outcome: Outcome) -> None:
        """The first outcome counts; more of them change nothing."""
        if self._until_s is not None or self.is_closed:
            return
        self._until_s = self._parts.loop.time() + SAVE_LIMIT_S
        self._parts.counters.endings[str(outcome.ending)] += 1
        self._parts.clerk.conversation_ended(self._call_id, outcome, self._parts.in_loop(lambda _saved: self._close("done")))

    def leave_open(self, reason: str) -> None:
        """Close the line without an outcome."""
        self._close(reason)

    def tick(self) -> None:
        if self._until_s is not None and not self.is_closed and self._parts.loop.time() > self._until_s:
            log.warning("the line is closed before the outcome is safe", extra={"call": self._call_id})
            self._close("late")

    def _close(self, reason: str) -> None:
        if not self.is_closed:
            self.is_closed = True
            self._line.close(reason)
            self._closed()
