"""One side of a talk between a caller and a human: heard and written down, never answered."""

import asyncio
import logging
from dataclasses import replace
from functools import partial

from asr.contract import Script
from config.stream_token import Side, StreamGrant, Talk
from intake.line_places import LinePlace
from intake.listening import CALLER, HUMAN, HeardUtterance, HeardWord
from media.hearing import Hearing
from media.parts import Parts
from media.session import LAST_WORDS_S, Over
from media.timeline import Timeline
from media.transports.contract import Broken, Frame, Line, LineEvent, Stopped
from media.watch import Watch

log = logging.getLogger(__name__)

CHANNELS = {Side.CALLER: CALLER, Side.HUMAN: HUMAN}


class Listener:
    """Whatever happens to it, the two talk on. Making one raises PoolFull."""

    def __init__(self, grant: StreamGrant, talk: Talk, line: Line, parts: Parts, over: Over) -> None:
        self.grant = grant
        self._talk = talk
        self._line = line
        self._parts = parts
        self._over = over
        self._timeline = Timeline()
        self._watch = Watch(parts.loop.time(), parts.call_limit_s)
        self._ending: asyncio.Task[None] | None = None
        said = parts.scripts.get(grant.sample)
        self._hearing = Hearing(
            parts.pool,
            grant,
            None if said is None else Script(said.turns[talk.first - 1 :]),
            parts.clock,
            first_sequence=talk.first,
            heard=self._keep,
            heard_again=partial(parts.clerk.revise_utterance, grant.call_id),
            tell=lambda _event: None,
        )

    def begin(self) -> None:
        self._parts.counters.listeners += 1

    def receive(self, event: LineEvent) -> None:
        match event:
            case Frame():
                self._hear(event)
            case Stopped() | Broken():
                self.suspend()

    def tick(self, held_up_s: float) -> None:
        self._watch.forgive(held_up_s)
        quiet_ms = self._watch.quiet_ms(self._parts.loop.time())
        if quiet_ms and self._ending is None:
            self._hearing.be_quiet(self._timeline.now_ms + quiet_ms)

    def in_line(self, place: LinePlace) -> None:
        """Who talks with a human waits for none."""

    def suspend(self) -> None:
        """The talk is over, or this process ends: what was said last is still written down."""
        if self._ending is None:
            self._ending = self._parts.loop.create_task(self._end())

    def _hear(self, frame: Frame) -> None:
        now = self._parts.loop.time()
        at_ms = self._timeline.place(frame, now * 1000)
        self._parts.counters.frame(self._timeline.lateness_ms)
        self._watch.heard(now)
        if at_ms is not None and self._ending is None:
            self._hearing.feed(frame.mulaw, at_ms)

    def _keep(self, heard: HeardUtterance) -> None:
        """Times count on from the call's; what the caller says is understood at once, and the form goes on filling."""
        offset = self._talk.offset_ms
        words = [HeardWord(word.text, word.start_ms + offset, word.end_ms + offset, word.confidence) for word in heard.words]
        moved = replace(
            heard,
            channel=CHANNELS[self._talk.side],
            start_ms=heard.start_ms + offset,
            end_ms=heard.end_ms + offset,
            words=words,
        )
        self._parts.clerk.add_utterance(self.grant.call_id, moved)
        if self._talk.side is Side.CALLER:
            self._parts.clerk.understand(self.grant.call_id)

    async def _end(self) -> None:
        try:
            await self._hearing.finish(LAST_WORDS_S)
        except Exception:
            log.exception("the end of a talk was not heard", extra={"call": self.grant.call_id})
        finally:
            self._hearing.close()
            self._line.close("done")
            self._over(self)
