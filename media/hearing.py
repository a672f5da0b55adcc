"""One caller's speech: audio into recognition, what comes back into utterances and the conversation's events."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from asr.contract import Script
from asr.events import Final, Partial, Revised, SpeechEnded, SpeechEvent, SpeechLost, SpeechStarted
from asr.pool import SpeechPool
from config.clock import Clock
from config.stream_token import StreamGrant
from intake.listening import HeardAgain, HeardUtterance, HeardWord
from ivr import events
from ivr.actions import Expects

_GLANCE_S = 0.05


class Hearing:
    """`heard` gets each utterance that has words, then `tell` the conversation's event for it. Raises PoolFull."""

    def __init__(
        self,
        pool: SpeechPool,
        grant: StreamGrant,
        script: Script | None,
        clock: Clock,
        *,
        first_sequence: int,
        heard: Callable[[HeardUtterance], None],
        heard_again: Callable[[HeardAgain], None],
        tell: Callable[[events.Event], None],
    ) -> None:
        self._spoken = script.turns if script else ()
        self._clock = clock
        self._heard = heard
        self._heard_again = heard_again
        self.is_revised = False
        """A second engine has made another text of something that was said."""
        self._tell = tell
        self._began_at: datetime | None = None
        self._first_partial_at: dict[int, datetime] = {}
        self._is_lost = False
        self._is_finished = False
        self._texts: dict[int, str] = {}
        self._turn: list[str] = []
        self.worst_lag_ms = 0
        self._first = first_sequence
        self._stream = pool.open(grant.call_id, self._on_event, script=script, first_sequence=self._first)

    @property
    def engine(self) -> str:
        return self._stream.engine

    @property
    def recognises(self) -> bool:
        return self._stream.recognises

    @property
    def texts(self) -> list[str]:
        """The best text of each utterance that had words."""
        return list(self._texts.values())

    @property
    def lag_ms(self) -> int:
        return self._stream.lag_ms

    def feed(self, mulaw: bytes, at_ms: int) -> None:
        if self._began_at is None:
            self._began_at = self._clock.now() - timedelta(milliseconds=at_ms)
        self._stream.feed(mulaw, at_ms)
        self.worst_lag_ms = max(self.worst_lag_ms, self._stream.lag_ms)

    def be_quiet(self, until_ms: int) -> None:
        """No audio has come for a while; it is `until_ms` of the call's audio by now."""
        self._stream.be_quiet(until_ms)

    def expect(self, expects: Expects) -> None:
        self._stream.expect(expects)

    async def finish(self, timeout_s: float) -> None:
        """The last utterance's text has come when this returns, or it took longer than `timeout_s`. Feed nothing afterwards."""
        if self._is_finished:
            return
        self._is_finished = True
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._stream.finish()
                while self._stream.is_revising and timeout_s > 0:
                    await asyncio.sleep(_GLANCE_S)
                    timeout_s -= _GLANCE_S

    def close(self) -> None:
        self._stream.close()

    def _on_event(self, event: SpeechEvent) -> None:
        match event:
            case SpeechStarted():
                self._tell(events.SpeechStarted())
            case Partial():
                self._first_partial_at.setdefault(event.sequence, self._clock.now())
            case Final():
                self._on_final(event)
            case SpeechEnded():
                self._tell_turn()
            case SpeechLost():
                self._lose()
            case Revised():
                self._on_revised(event)

    def _on_final(self, final: Final) -> None:
        text = final.transcript.text
        if text:
            self._texts[final.sequence] = text
            self._turn.append(text)
            self._heard(self._utterance(final))
        if not final.cut:
            self._tell_turn()

    def _on_revised(self, revised: Revised) -> None:
        said = revised.transcript
        self.is_revised = self.is_revised or said.text != self._texts.get(revised.sequence)
        self._texts[revised.sequence] = said.text
        words = [HeardWord(word.text, word.start_ms, word.end_ms, word.confidence) for word in said.words]
        self._heard_again(HeardAgain(revised.sequence, said.raw, said.text, revised.engine, words))

    def _tell_turn(self) -> None:
        """The caller has finished: what was cut for its length belongs to what followed."""
        said = "".join(self._turn)
        self._turn.clear()
        self._tell(events.SpeechHeard(said) if said else events.SpeechUnclear())

    def _utterance(self, final: Final) -> HeardUtterance:
        now = self._clock.now()
        ended_at = self._began_at + timedelta(milliseconds=final.end_ms) if self._began_at else now
        turn = final.sequence - self._first
        return HeardUtterance(
            sequence=final.sequence,
            raw=final.transcript.raw,
            text=final.transcript.text,
            start_ms=final.start_ms,
            end_ms=final.end_ms,
            engine=final.engine,
            words=[HeardWord(word.text, word.start_ms, word.end_ms, word.confidence) for word in final.transcript.words],
            spoken=self._spoken[turn] if turn < len(self._spoken) else None,
            first_partial_at=self._first_partial_at.pop(final.sequence, None),
            speech_ended_at=min(ended_at, now),
            final_at=now,
        )

    def _lose(self) -> None:
        if not self._is_lost:
            self._is_lost = True
            self._tell(events.RecognitionFailed())
