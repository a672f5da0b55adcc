"""All calls of this process: who is let in, who is looked after, and what the process says of itself."""

import asyncio
import logging
from dataclasses import dataclass

from asr.pool import PoolFull
from config.stream_token import StreamGrant, Talk
from intake.disk import Disk
from media.arrivals import Diversion, ReturningCall
from media.clerk import BUSY_JOBS
from media.counters import Backlog, render_metrics
from media.line_watch import Ask, LineWatch
from media.listener import Listener
from media.parts import Parts
from media.session import CallSession, Session
from media.transports.contract import Line

log = logging.getLogger(__name__)

_TICK_S = 0.25
_SIGN_EVERY = 60
_DISK_EVERY = 20
"""In ticks."""
_KEPT_SHARE = 10
"""A tenth of the places is kept for conversations: talks with humans are not listened to in them."""


@dataclass(frozen=True, slots=True)
class Health:
    """What /healthz tells. `why`: a short fixed word for not accepting, else empty."""

    calls: int
    capacity: int
    engine: str
    why_silent: str
    """Why nothing is recognised, in Chinese and English; empty where it is."""
    accepting: bool
    why: str


class Switchboard:
    def __init__(self, parts: Parts, disk: Disk, places: Ask) -> None:
        self.parts = parts
        self._line_watch = LineWatch(places, lambda: self._sessions)
        self._disk = disk
        self._disk_is_low = False
        self._is_draining = False
        self._sessions: dict[str, Session] = {}
        self._listeners: dict[tuple[str, str], Session] = {}
        self._successors: dict[str, Session] = {}

    @property
    def calls(self) -> int:
        return len(self._sessions)

    def session_of(self, call_id: str) -> Session | None:
        return self._sessions.get(call_id)

    def connect(self, grant: StreamGrant, line: Line) -> Session | None:
        """Who answers on this line; None where the call has a stream already, and the line is closed."""
        if grant.talk is not None:
            return self._listen(grant, grant.talk, line)
        former = self._sessions.get(grant.call_id)
        if grant.call_id in self._successors or (former is not None and former.grant.stream >= grant.stream):
            self.parts.counters.refused["second_stream"] += 1
            line.close("second_stream")
            return None
        self.parts.counters.calls += 1
        log.info("a caller is connected", extra={"call": grant.call_id, "stream": grant.stream})
        session = self._session(grant, line)
        if former is None:
            self._sessions[grant.call_id] = session
            session.begin()
        else:
            # The carrier came back before we noticed that it was gone.
            self._successors[grant.call_id] = session
            former.suspend()
        return session

    def _listen(self, grant: StreamGrant, talk: Talk, line: Line) -> Session | None:
        """Left out where it would take the last places from new callers; the two talk all the same."""
        pool = self.parts.pool
        room = pool.capacity - max(1, pool.capacity // _KEPT_SHARE)
        if self._why_not() or pool.open_streams >= room or _side(grant) in self._listeners:
            self.parts.counters.refused["no_room_to_listen"] += 1
            line.close("no_room_to_listen")
            return None
        session = self._listeners[_side(grant)] = Listener(grant, talk, line, self.parts, self._heard_out)
        session.begin()
        return session

    def _heard_out(self, session: Session) -> None:
        del self._listeners[_side(session.grant)]

    def _session(self, grant: StreamGrant, line: Line) -> Session:
        why = self._why_not()
        if not why:
            if grant.stream > 1:
                return ReturningCall(grant, line, self.parts, self._over)
            try:
                return CallSession(grant, line, self.parts, self._over)
            except PoolFull:
                why = "pool_full"
        log.warning("a caller goes to a human at once", extra={"call": grant.call_id, "why": why})
        return Diversion(grant, line, self.parts, self._over, why)

    def _over(self, session: Session) -> None:
        call_id = session.grant.call_id
        if self._sessions.get(call_id) is not session:
            self._successors.pop(call_id, None)
            return
        del self._sessions[call_id]
        successor = self._successors.pop(call_id, None)
        if successor is not None:
            self._sessions[call_id] = successor
            successor.begin()

    async def look_after(self) -> None:
        """Ticks of all calls, signs of life, disk, the operators' line: runs as long as the process."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._line_watch.run())
            await self._look_after_calls()

    async def _look_after_calls(self) -> None:
        loop = self.parts.loop
        tick = 0
        while True:
            due_s = loop.time() + _TICK_S
            await asyncio.sleep(_TICK_S)
            held_up_s = loop.time() - due_s
            self.parts.counters.loop_lag(held_up_s * 1000)
            for session in self._everybody():
                self._tick(session, held_up_s)
            tick += 1
            if tick % _SIGN_EVERY == 0 and (self._sessions or self._listeners):
                self.parts.clerk.sign_of_life(list({*self._sessions, *(call_id for call_id, _side in self._listeners)}))
            if tick % _DISK_EVERY == 1:
                await self._look_at_disk()

    def _everybody(self) -> list[Session]:
        return [*self._sessions.values(), *self._successors.values(), *self._listeners.values()]

    def _tick(self, session: Session, held_up_s: float) -> None:
        try:
            session.tick(held_up_s)
        except Exception:
            log.exception("the watchdog of a call broke", extra={"call": session.grant.call_id})

    async def _look_at_disk(self) -> None:
        try:
            self._disk_is_low = not await asyncio.to_thread(self._disk.has_room)
        except OSError:
            log.exception("nobody knows how full the disk is")

    async def drain(self, let_end_s: float, limit_s: float) -> None:
        """Take no more calls; let those that are here end, then suspend the rest."""
        self._is_draining = True
        await self._wait_empty(let_end_s)
        for session in self._everybody():
            session.suspend()
        await self._wait_empty(limit_s)

    async def _wait_empty(self, limit_s: float) -> None:
        until_s = self.parts.loop.time() + limit_s
        while (self._sessions or self._listeners) and self.parts.loop.time() < until_s:
            await asyncio.sleep(0.05)

    def health(self) -> Health:
        why = self._why_not() or ("pool_full" if self.parts.pool.open_streams >= self.parts.pool.capacity else "")
        pool = self.parts.pool
        return Health(self.calls, pool.capacity, pool.engine, pool.why_silent, not why, why)

    def metrics(self) -> str:
        parts, health = self.parts, self.health()
        backlog = Backlog(parts.clerk.waiting, parts.clerk.spooled, parts.clerk.lost, parts.recorder.lost_blocks)
        return render_metrics(parts.counters, backlog, health.calls, health.capacity, health.accepting)

    def _why_not(self) -> str:
        if self._is_draining:
            return "draining"
        if self._disk_is_low:
            return "disk_low"
        if self.parts.clerk.waiting > BUSY_JOBS:
            return "behind"
        return ""


def _side(grant: StreamGrant) -> tuple[str, str]:
    """A talk has one listener for each side."""
    return grant.call_id, grant.talk.side if grant.talk else ""
