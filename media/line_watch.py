"""Whether a seat is kept for one of this process's callers: the rows are asked some times a second, one question for all."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping

from config.errors import HotlineError
from intake.line_places import LinePlace
from media.session import Session

log = logging.getLogger(__name__)

EVERY_S = 0.4

Ask = Callable[[Collection[str]], Mapping[str, LinePlace]]


class LineWatch:
    """`ask` speaks to the database, in a thread; `sessions`: call -> whoever sits at the end of its line."""

    def __init__(self, ask: Ask, sessions: Callable[[], Mapping[str, Session]]) -> None:
        self._ask = ask
        self._sessions = sessions
        self._is_away = False

    async def run(self) -> None:
        """As long as the process."""
        while True:
            await asyncio.sleep(EVERY_S)
            if calls := list(self._sessions()):
                await self._look(calls)

    async def _look(self, calls: list[str]) -> None:
        try:
            places = await asyncio.to_thread(self._ask, calls)
        except HotlineError as error:
            if not self._is_away:
                log.warning("nobody knows where callers stand in line", extra={"why": error.code})
            self._is_away = True
            return
        except Exception:
            log.exception("the line could not be asked")
            return
        self._is_away = False
        for call_id, place in places.items():
            self._tell(call_id, place)

    def _tell(self, call_id: str, place: LinePlace) -> None:
        session = self._sessions().get(call_id)
        try:
            if session is not None:
                session.in_line(place)
        except Exception:
            log.exception("a caller could not be told of his place", extra={"call": call_id})
