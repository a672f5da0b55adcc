"""One call from the line's first sign to the last word on disk: joins line, conversation, hearing, prompts and recording."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from enum import StrEnum
from functools import partial
from typing import Any, Protocol

from asr.contract import Script
from config.stream_token import StreamGrant
from intake.line_places import LinePlace
from intake.outcome import Ending, Outcome
from ivr import events
from ivr.actions import Conclusion
from media.clerk import Registered
from media.dialogue import Dialogue
from media.farewell import Farewell
from media.hearing import Hearing
from media.parts import Parts
from media.player import Player
from media.playout import Playout
from media.recorder import recording_name
from media.tape import Tape
from media.timeline import Timeline
from media.transports.contract import Broken, Frame, Key, Line, LineEvent, MarkReached, Stopped
from media.watch import Alarm, Watch

log = logging.getLogger(__name__)

LAST_WORDS_S = 5.0
_LOST_LINE_S = 1.0

Steps = Callable[[], Coroutine[None, None, None]]


class Session(Protocol):
    """Whoever sits at the other end of a line, until the `over` that it was made with is called."""

    grant: StreamGrant

    def begin(self) -> None: ...

    def receive(self, event: LineEvent) -> None: ...

    def tick(self, held_up_s: float) -> None:
        """Called some times a second; `held_up_s`: how much later than it should be."""

    def in_line(self, place: LinePlace) -> None:
        """Where the caller stands among those who wait for an operator; asked some times a second."""

    def suspend(self) -> None:
        """This process ends."""


Over = Callable[[Session], None]


class Stage(StrEnum):
    TALKING = "talking"
    LEAVING = "leaving"
    """The line is gone; the last words are awaited."""
    OVER = "over"
    """The conversation is over; what is left is to put away."""


class CallSession:
    """A conversation; `heard` utterances of the call came by an earlier stream. Making one raises PoolFull."""

    def __init__(self, grant: StreamGrant, line: Line, parts: Parts, over: Over, *, heard: int = 0) -> None:
        self.grant = grant
        self._parts = parts
        self._over = over
        self._stage = Stage.TALKING
        self._tasks: set[asyncio.Task[None]] = set()
        self._timeline = Timeline()
        self._watch = Watch(parts.loop.time(), parts.call_limit_s)
        self._farewell = Farewell(grant.call_id, line, parts, self._on_closed)
        self._hearing = Hearing(
            parts.pool,
            grant,
            _rest_of(parts.scripts.get(grant.sample), heard),
            parts.clock,
            first_sequence=heard + 1,
            heard=partial(parts.clerk.add_utterance, grant.call_id),
            heard_again=partial(parts.clerk.revise_utterance, grant.call_id),
            tell=self._on_hearing,
        )
        playout = Playout()
        self._player = Player(
            line,
            parts.shelf,
            playout,
            parts.counters,
            clock=parts.loop.time,
            audio_ms=self._audio_ms,
            ended=self._on_prompt_ended,
            failed=lambda: self._dialogue.tell(events.Failed("voice")),
        )
        self._dialogue = Dialogue(
            grant, parts, self._player, self._hearing, audio_ms=self._audio_ms, finish=self._on_conclusion
        )
        self._recording = recording_name(grant.call_id, grant.stream)
        write = partial(parts.recorder.write, self._recording, grant.call_id, parts.clock.now())
        self._tape = Tape(playout, write)

    def begin(self) -> None:
        """The caller is greeted at once; the database learns of it when it can."""
        registered = self._parts.in_loop(self._on_registered)
        self._parts.clerk.media_started(self.grant.call_id, self._hearing.engine, self.grant.nonce, registered)
        self._dialogue.tell(events.Answered())

    def resume(self, saved: Mapping[str, Any] | None) -> None:
        """Instead of `begin`: go on with a conversation whose stream broke. This stream is registered already."""
        self._dialogue.resume(saved)
        self._dialogue.tell(events.Answered())

    def wait(self, saved: Mapping[str, Any] | None) -> None:
        """Instead of `begin`: the conversation `saved` is over, and its caller waits for an operator."""
        self._dialogue.wait(saved)
        self._dialogue.tell(events.Answered())

    def refuse(self) -> None:
        """The call has another stream."""
        self._parts.counters.refused["token_used"] += 1
        self._leave(self._give_up)

    def receive(self, event: LineEvent) -> None:
        match event:
            case Frame():
                self._on_frame(event)
            case Key(digit) if self._stage is Stage.TALKING:
                self._dialogue.tell(events.KeyPressed(digit))
            case MarkReached(name):
                self._player.mark_reached(name)
            case Stopped():
                self._leave(self._caller_left)
            case Broken(reason, may_return):
                self._leave(self._line_lost if may_return else partial(self._line_broke, reason))

    def tick(self, held_up_s: float) -> None:
        self._farewell.tick()
        self._watch.forgive(held_up_s)
        if self._stage is not Stage.TALKING:
            return
        now = self._parts.loop.time()
        self._player.check_overdue()
        self._parts.counters.recognition_lag(self._hearing.worst_lag_ms)
        quiet_ms = self._watch.quiet_ms(now)
        if quiet_ms:
            self._hearing.be_quiet(self._audio_ms() + quiet_ms)
            self._dialogue.watch_silence(self._audio_ms() + quiet_ms)
        match self._watch.due(now):
            case Alarm.NO_AUDIO:
                log.warning("no audio comes from the caller", extra={"call": self.grant.call_id})
                self._dialogue.tell(events.Failed("no_audio"))
            case Alarm.TIME_UP:
                self._dialogue.tell(events.TimeUp())
            case Alarm.OVERTIME:
                self._on_conclusion(self._dialogue.failure("time_up"))

    def in_line(self, place: LinePlace) -> None:
        if self._stage is Stage.TALKING:
            self._dialogue.in_line(place)

    def suspend(self) -> None:
        """The conversation is saved without an outcome, so that it goes on elsewhere or with a human."""
        self._leave(self._line_lost)

    def _audio_ms(self) -> int:
        return self._timeline.now_ms

    def _on_hearing(self, event: events.Event) -> None:
        self._dialogue.heard(event)

    def _on_prompt_ended(self, mark: str) -> None:
        self._dialogue.prompt_ended(mark)

    def _on_registered(self, answer: Registered) -> None:
        if answer.is_refused:
            self.refuse()

    def _on_frame(self, frame: Frame) -> None:
        now = self._parts.loop.time()
        at_ms = self._timeline.place(frame, now * 1000)
        self._parts.counters.frame(self._timeline.lateness_ms)
        if frame.mulaw:
            self._watch.heard(now)
        if at_ms is None or self._farewell.is_closed:
            return
        self._tape.caller(at_ms, frame.mulaw)
        if self._stage is Stage.TALKING:
            self._hearing.feed(frame.mulaw, at_ms)
            self._dialogue.watch_silence(self._audio_ms())

    def _on_conclusion(self, conclusion: Conclusion) -> None:
        self._stage = Stage.OVER
        self._farewell.say(
            Outcome(
                Ending(conclusion.ending),
                conclusion.reason,
                conclusion.urgent,
                conclusion.confirmed_by_caller,
                conclusion.heard_anything,
            )
        )

    def _leave(self, last_steps: Steps) -> None:
        """The line is gone, or will be. What the caller said last is still worth hearing."""
        if self._stage is Stage.TALKING:
            self._stage = Stage.LEAVING
            self._dialogue.freeze()
            self._do_later(last_steps)

    async def _caller_left(self) -> None:
        await self._take_last_words(LAST_WORDS_S)
        self._dialogue.tell(events.HungUp())

    async def _line_broke(self, reason: str) -> None:
        await self._take_last_words(LAST_WORDS_S)
        self._on_conclusion(self._dialogue.failure(reason))

    async def _line_lost(self) -> None:
        """No outcome: the carrier may connect anew, and the conversation then goes on."""
        await self._take_last_words(_LOST_LINE_S)
        self._dialogue.save()
        self._farewell.leave_open("lost")

    async def _give_up(self) -> None:
        self._farewell.leave_open("token_used")

    async def _take_last_words(self, limit_s: float) -> None:
        await self._hearing.finish(limit_s)
        await self._dialogue.understand_all()

    def _on_closed(self) -> None:
        self._stage = Stage.OVER
        self._dialogue.freeze()
        self._do_later(self._put_away)

    async def _put_away(self) -> None:
        try:
            await self._take_last_words(LAST_WORDS_S)
        finally:
            self._hearing.close()
            self._tape.finish()
            self._parts.recorder.finish(self._recording)
            self._over(self)

    def _do_later(self, steps: Steps) -> None:
        task = self._parts.loop.create_task(self._guarded(steps))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, steps: Steps) -> None:
        try:
            await steps()
        except Exception:
            log.exception("the end of a call broke", extra={"call": self.grant.call_id})
            self._farewell.say(Outcome(Ending.FAILED, "failed"))


def _rest_of(script: Script | None, heard: int) -> Script | None:
    """What a sample call has not said yet."""
    return None if script is None else Script(script.turns[heard:])
