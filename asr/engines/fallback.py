"""Engines in an order of preference, themselves an engine: when one cannot be loaded, opened, or breaks, the next is taken.

The audio of the utterance that goes on is kept: the next engine hears it from its beginning, and the caller notices nothing.
What has broken rests for a while before it is tried again with a new utterance.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace

from asr.contract import (
    NOTHING_UNDERSTOOD,
    AsrEngine,
    AsrSession,
    DeferringSession,
    EnginePlan,
    EngineUnusable,
    JoiningEngine,
    Script,
    SpeechError,
    Transcript,
)
from asr.registry import make_engine

log = logging.getLogger(__name__)

_REST_S = 30.0
_GLANCE_S = 0.002


class FallbackEngine:
    """What cannot be loaded is left out; at least one of the parts must load. All take sound at the rate of the first,
    whose capabilities are told: the others are for bad days."""

    name = "fallback"

    def __init__(self, plan: EnginePlan) -> None:
        if not plan.parts:
            raise EngineUnusable("fallback needs engines, e.g. HOTLINE_ASR__ENGINE=fallback:sherpa,vosk")
        self._engines: list[AsrEngine] = []
        self._rests_until: dict[int, float] = {}
        reasons = []
        for place, part in enumerate(plan.parts, start=1):
            try:
                self._add(replace(part, has_deputy=place < len(plan.parts)))
            except EngineUnusable as error:
                log.error("an engine of the fallback is left out", extra={"engine": part.name, "reason": str(error)})
                reasons.append(f"{part.name}: {error}")
        if not self._engines:
            raise EngineUnusable(f"no engine of the fallback can be used; {'; '.join(reasons)}")
        self.capabilities = self._engines[0].capabilities

    def open(self, script: Script | None, first_turn: int = 0) -> "FallbackSession":
        return FallbackSession(self, script, first_turn)

    def close(self) -> None:
        for engine in self._engines:
            engine.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        with ExitStack() as stack:
            for engine in self._engines:
                if isinstance(engine, JoiningEngine):
                    stack.enter_context(engine.together())
            yield

    # Sessions call these.

    def first_choice(self) -> int:
        """Place of the best engine that does not rest; of the last one where all do."""
        now = time.monotonic()
        places = range(len(self._engines))
        return next((place for place in places if self._rests_until.get(place, 0.0) <= now), places[-1])

    def open_at(self, place: int, script: Script | None, turn: int) -> AsrSession | None:
        """None: there is no engine at that place any more."""
        return self._engines[place].open(script, turn) if place < len(self._engines) else None

    def has_broken(self, place: int, error: Exception) -> None:
        name = self._engines[place].name
        log.error("an engine of the fallback has broken", extra={"engine": name, "error": type(error).__name__})
        self._rests_until[place] = time.monotonic() + _REST_S

    def _add(self, plan: EnginePlan) -> None:
        engine = make_engine(plan)
        if self._engines and engine.capabilities.sample_rate != self._engines[0].capabilities.sample_rate:
            engine.close()
            raise EngineUnusable(f"it takes sound at {engine.capabilities.sample_rate} Hz, {self._engines[0].name} does not")
        self._engines.append(engine)


class FallbackSession:
    def __init__(self, engine: FallbackEngine, script: Script | None, turn: int) -> None:
        self._engine = engine
        self._script, self._turn = script, turn
        self._place = engine.first_choice()
        self._session: AsrSession | None = None
        self._heard = bytearray()
        self._has_ended = False

    def feed(self, pcm: bytes) -> str | None:
        self._heard += pcm
        try:
            return self._current().feed(pcm)
        except Exception as error:  # whatever an engine breaks with
            return self._replay(error)

    def finish(self) -> Transcript:
        self.end()
        while (transcript := self.answer()) is None:
            time.sleep(_GLANCE_S)
        return transcript

    def end(self) -> None:
        self._has_ended = True
        try:
            session = self._current()
            if isinstance(session, DeferringSession):
                session.end()
        except Exception as error:  # whatever an engine breaks with
            self._replay(error)

    def answer(self) -> Transcript | None:
        if not self._heard:
            self._has_ended = False
            return NOTHING_UNDERSTOOD
        try:
            session = self._current()
            transcript = session.answer() if isinstance(session, DeferringSession) else session.finish()
        except Exception as error:  # whatever an engine breaks with
            self._replay(error)
            return None
        if transcript is not None:
            self._begin_anew()
        return transcript

    def close(self) -> None:
        if self._session:
            self._session.close()
            self._session = None

    def _current(self) -> AsrSession:
        if self._session is None:
            self._session = self._engine.open_at(self._place, self._script, self._turn)
        if self._session is None:
            raise SpeechError("no engine of the fallback is left")
        return self._session

    def _replay(self, error: Exception) -> str | None:
        """The next engine hears what was said, and so on until one does not break. Raises SpeechError when none is left."""
        while True:
            self._engine.has_broken(self._place, error)
            with suppress(Exception):  # what has broken may not even close
                self.close()
            self._session, self._place = None, self._place + 1
            try:
                session = self._engine.open_at(self._place, self._script, self._turn)
                if session is None:
                    break
                self._session = session
                text = session.feed(bytes(self._heard))
                if self._has_ended and isinstance(session, DeferringSession):
                    session.end()
                return text
            except Exception as next_error:  # whatever an engine breaks with
                error = next_error
        self._begin_anew()
        raise SpeechError("every engine of the fallback has broken on this utterance") from error

    def _begin_anew(self) -> None:
        self._turn += 1
        self._heard, self._has_ended = bytearray(), False
        best = self._engine.first_choice()
        if best != self._place:
            self.close()
            self._place = best
