"""Streams that are no plain new conversation: those without room here, and those that follow a broken one."""

import logging

from asr.pool import PoolFull
from config.stream_token import StreamGrant
from intake.line_places import LinePlace
from intake.outcome import Ending, Outcome
from media.clerk import Registered
from media.farewell import Farewell
from media.parts import Parts
from media.session import CallSession, Over, Session
from media.transports.contract import Broken, Line, LineEvent, Stopped

log = logging.getLogger(__name__)

RESUME_LIMIT_S = 2.0
"""How long a stream waits for what the one before left; then the conversation begins anew."""
_UNKNOWN = 1000
"""Utterances are numbered from here on where nobody knows how many there were, so that none takes another's number."""


class Diversion:
    """No room for a conversation here: the caller goes to a human at once."""

    def __init__(self, grant: StreamGrant, line: Line, parts: Parts, over: Over, reason: str) -> None:
        self.grant = grant
        self._reason = reason
        self._farewell = Farewell(grant.call_id, line, parts, lambda: over(self))

    def begin(self) -> None:
        self._farewell.say(Outcome(Ending.OVERFLOW, self._reason))

    def receive(self, event: LineEvent) -> None:
        """Whatever it is: there is nobody to hear it."""

    def tick(self, held_up_s: float) -> None:  # noqa: ARG002
        self._farewell.tick()

    def in_line(self, place: LinePlace) -> None:
        """He goes there anyway."""

    def suspend(self) -> None:
        self._farewell.leave_open("going_away")


class ReturningCall:
    """Asks for the saved conversation, then goes on with it. What is said meanwhile, some milliseconds, is not heard."""

    def __init__(self, grant: StreamGrant, line: Line, parts: Parts, over: Over) -> None:
        self.grant = grant
        self._line = line
        self._parts = parts
        self._over = over
        self._session: Session | None = None
        self._is_given_up = False
        self._ended: LineEvent | None = None

    def begin(self) -> None:
        registered = self._parts.in_loop(self._on_registered)
        engine = "scripted" if self.grant.sample in self._parts.scripts else self._parts.pool.engine
        self._parts.clerk.media_started(self.grant.call_id, engine, self.grant.nonce, registered)
        self._parts.loop.call_later(RESUME_LIMIT_S, self._go_on, Registered(heard=_UNKNOWN * self.grant.stream))

    def receive(self, event: LineEvent) -> None:
        if self._session is not None:
            self._session.receive(event)
        elif isinstance(event, Stopped | Broken):
            self._ended = event

    def tick(self, held_up_s: float) -> None:
        if self._session is not None:
            self._session.tick(held_up_s)

    def in_line(self, place: LinePlace) -> None:
        if self._session is not None:
            self._session.in_line(place)

    def suspend(self) -> None:
        if self._session is not None:
            self._session.suspend()
        else:
            self._give_up("going_away")

    def _on_registered(self, answer: Registered) -> None:
        if answer.is_concluded and not answer.waits and self._session is None:
            # It came safe after the line was closed: the carrier only has to ask once more.
            self._give_up("done")
        elif not answer.is_refused:
            self._go_on(answer)
        elif isinstance(self._session, CallSession):
            self._session.refuse()
        elif self._session is None:
            self._parts.counters.refused["token_used"] += 1
            self._give_up("token_used")

    def _go_on(self, answer: Registered) -> None:
        if self._session is not None or self._is_given_up:
            return
        try:
            session = CallSession(self.grant, self._line, self._parts, self._inner_over, heard=answer.heard)
        except PoolFull:
            self._session = Diversion(self.grant, self._line, self._parts, self._inner_over, "pool_full")
            self._session.begin()
            return
        self._session = session
        if answer.waits:
            session.wait(answer.conversation)
        else:
            session.resume(answer.conversation)
        if self._ended is not None:
            session.receive(self._ended)

    def _give_up(self, reason: str) -> None:
        if not self._is_given_up:
            self._is_given_up = True
            self._line.close(reason)
            self._over(self)

    def _inner_over(self, _inner: Session) -> None:
        self._over(self)
