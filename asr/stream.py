"""One call on the pool's side: keeps the audio since the last final, and commits each final once, whatever its workers do."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from asr.codecs import CODECS
from asr.endpointing import Expects
from asr.events import Final, Revised, SpeechEvent, SpeechLost, SpeechStarted
from asr.link import WorkerLink
from asr.ring import AudioRing, Piece
from asr.wire import Frame, Kind, Opening, pack_audio, pack_json, pack_time, unpack_event, unpack_final, unpack_progress

log = logging.getLogger(__name__)

Listener = Callable[[SpeechEvent], None]


@dataclass(frozen=True, slots=True)
class Passage:
    """A finished utterance with its audio, for a second engine."""

    call_id: str
    final: Final
    sound: Sequence[Piece]
    codec: str
    lag_ms: int
    """How far the live engine is behind."""


Again = Callable[[Passage, Callable[[Revised | None], None]], bool]
"""A second engine's ear, which answers later, once. Whether it will hear the passage."""

_KEPT_MS = 30_000
"""An utterance of 20 s, what is in flight, and a margin."""
_AHEAD_MS = 4000
_PIECE_MS = 100
"""Frames of 20 ms are put together to pieces of this length: a fifth of the messages, and voice activity in larger runs."""
_JITTER_MS = 40
_AROUND_MS = 320
"""Before and behind the voice, for a second engine."""
_PATIENT_STRIKES = 3
"""So often the audio that killed its worker is heard again; then it is given up, and after two more deaths the stream."""
_LAST_STRIKE = 6


class SpeechStream:
    """Opened by SpeechPool.open(). `on_closed` is called once, when the stream needs its worker no more."""

    def __init__(
        self,
        number: int,
        call_id: str,
        opening: Opening,
        listener: Listener,
        on_closed: Callable[["SpeechStream"], None],
        *,
        engine: str,
        recognises: bool,
        again: Again | None = None,
    ) -> None:
        self.number = number
        self.call_id = call_id
        self.engine = engine
        """The engine of this stream: the pool's, or `scripted` for a sample."""
        self.recognises = recognises
        self._again = again
        self._revising = 0
        self._codec = CODECS[opening.codec]
        self._opening = opening
        self._listener = listener
        self._on_closed = on_closed
        self._expects = opening.expects
        self._next_sequence = opening.next_sequence
        self._started_for = 0
        """The sequence whose SpeechStarted was told: after a replay it is not told again."""
        self._cut_at_ms: int | None = None
        self._ring = AudioRing(_KEPT_MS, _AHEAD_MS)
        self._pending = bytearray()
        self._pending_at_ms = 0
        self._link: WorkerLink | None = None
        self._strikes = 0
        self._quiet_until_ms: int | None = None
        """No audio has come since what was fed last, and it is so late on the call's clock."""
        self._quiet_sent = False
        self._finished: asyncio.Future[None] | None = None
        self._finish_sent = False
        self.is_closed = False

    @property
    def lag_ms(self) -> int:
        """How far the decoder is behind what was fed."""
        return self._ring.lag_ms

    @property
    def lost_ms(self) -> int:
        """Audio that no decoder has worked on, because it was too far behind or died of it."""
        return self._ring.lost_ms

    @property
    def is_revising(self) -> bool:
        """A second engine still hears an utterance of this stream."""
        return self._revising > 0

    @property
    def awaits_answer(self) -> bool:
        return self._ring.awaits_answer or self._finish_sent

    def feed(self, sound: bytes, at_ms: int) -> None:
        """G.711 mu-law, 8 bytes a ms (batch work: what the codec says), from `at_ms` of the call's clock on.

        Never blocks. A hole is no error.
        """
        if self.is_closed or self._finished:
            return
        self._quiet_until_ms = None
        if self._pending and abs(at_ms - self._pending_until_ms) > _JITTER_MS:
            self._flush()
        if not self._pending:
            self._pending_at_ms = at_ms
        self._pending += sound
        step = _PIECE_MS * self._codec.bytes_per_ms
        while len(self._pending) >= step:
            self._keep(step)
        self._pump()

    def be_quiet(self, until_ms: int) -> None:
        """No audio comes (a line that sends none in pauses, a held key), but time goes on: it is `until_ms` of the call's clock
        by now, so that what was being said may end. Audio for this time may still come and is heard then."""
        if self.is_closed or self._finished:
            return
        self._flush()
        self._quiet_until_ms, self._quiet_sent = until_ms, False
        self._pump()

    def expect(self, expects: str) -> None:
        """What the caller was asked ("matter", "place", "yes_no", "nothing"): decides how long a pause ends the utterance."""
        self._expects = Expects(expects).value
        self._send(Kind.EXPECT, self._expects.encode())

    async def finish(self, limit_s: float = 8.0) -> None:
        """Ends the utterance that is going on, and waits until its Final was told, or `limit_s`. Feed nothing afterwards."""
        if self.is_closed:
            return
        if self._finished is None:
            self._finished = asyncio.get_running_loop().create_future()
            self._flush()
        self._pump()
        try:
            await asyncio.wait_for(asyncio.shield(self._finished), limit_s)
        except TimeoutError:
            log.warning("the last utterance did not come in time", extra={"call": self.call_id, "lag_ms": self.lag_ms})

    def close(self) -> None:
        """Ends the stream at once; no event comes afterwards. May be called twice."""
        if self.is_closed:
            return
        self._send(Kind.CLOSE)
        self._let_go()

    # The pool's slots call these.

    def attach(self, link: WorkerLink) -> None:
        """A worker is ready: it hears everything since the last final."""
        self._link, self._finish_sent, self._quiet_sent = link, False, False
        self._ring.rewind()
        done = self._next_sequence - self._opening.next_sequence
        opening = replace(
            self._opening,
            next_sequence=self._next_sequence,
            expects=self._expects,
            first_turn=done,
            cut_at_ms=self._cut_at_ms,
        )
        self._send(Kind.OPEN, pack_json(opening))
        self._pump()

    def detach(self, *, is_culprit: bool) -> None:
        """The worker has gone; `is_culprit`: while it was working on this stream."""
        self._link, self._finish_sent = None, False
        if is_culprit:
            self._strike()

    def lose(self, reason: str) -> None:
        if not self.is_closed:
            self._tell(SpeechLost(reason))
            self._let_go()

    def take(self, frame: Frame) -> None:
        """What the worker says."""
        if self.is_closed:
            return
        match frame.kind:
            case Kind.PROGRESS:
                self._progress(frame.payload)
            case Kind.FINAL:
                self._commit(*unpack_final(frame.payload))
            case Kind.STARTED:
                self._start(unpack_event(frame))
            case Kind.PARTIAL:
                self._tell(unpack_event(frame))
            case Kind.ENDED:
                self._cut_at_ms = None
                self._tell(unpack_event(frame))
            case Kind.FINISHED:
                self._finish_sent = False
                self._resolve()
            case Kind.FAILED:
                self._begin_again(frame.payload.decode())
            case _:
                raise ValueError(f"a worker sends no {frame.kind.name}")

    @property
    def _pending_until_ms(self) -> int:
        return self._pending_at_ms + len(self._pending) // self._codec.bytes_per_ms

    def _flush(self) -> None:
        if self._pending:
            self._keep(len(self._pending))

    def _keep(self, size: int) -> None:
        """Moves the first bytes of what is pending into the ring."""
        sound = bytes(self._pending[:size])
        del self._pending[:size]
        length_ms = len(sound) // self._codec.bytes_per_ms
        self._ring.push(Piece(sound, self._pending_at_ms, length_ms))
        self._pending_at_ms += length_ms

    def _progress(self, payload: bytes) -> None:
        progress = unpack_progress(payload)
        self._ring.heard(progress.heard_ms)
        self._ring.release(progress.released_ms)
        self._pump()

    def _commit(self, final: Final, released_ms: int) -> None:
        if final.sequence != self._next_sequence:
            log.error("a final came out of its order", extra={"call": self.call_id, "sequence": final.sequence})
            return
        self._next_sequence += 1
        self._cut_at_ms = final.end_ms if final.cut else None
        self._strikes = 0
        sound = self._ring.between(final.start_ms - _AROUND_MS, final.end_ms + _AROUND_MS) if self._again else []
        self._ring.release(released_ms)
        self._tell(final)
        if self._again and final.transcript.text:
            passage = Passage(self.call_id, final, sound, self._opening.codec, self.lag_ms)
            self._revising += self._again(passage, self._revised)

    def _revised(self, revised: Revised | None) -> None:
        """Told even when the stream is closed: a caller's last words are worth a second hearing too."""
        self._revising -= 1
        if revised:
            self._tell(revised)

    def _start(self, event: SpeechEvent) -> None:
        if self._started_for != self._next_sequence and isinstance(event, SpeechStarted):
            self._started_for = self._next_sequence
            self._tell(event)

    def _begin_again(self, reason: str) -> None:
        log.error("an engine failed on one call", extra={"call": self.call_id, "reason": reason})
        link, self._link = self._link, None
        self._strike()
        if link and not self.is_closed:
            self.attach(link)

    def _strike(self) -> None:
        self._strikes += 1
        if self._strikes >= _LAST_STRIKE:
            self.lose("the decoder failed again and again on this call")
        elif self._strikes > _PATIENT_STRIKES:
            log.error("audio that no decoder survives was given up", extra={"call": self.call_id, "strikes": self._strikes})
            self._ring.forget()

    def _pump(self) -> None:
        if self._link is None:
            return
        for piece in self._ring.take():
            self._send(Kind.AUDIO, pack_audio(piece.sound, piece.at_ms))
        if self._quiet_until_ms is not None and not self._quiet_sent and self._ring.is_drained:
            self._quiet_sent = True
            self._send(Kind.QUIET, pack_time(self._quiet_until_ms))
        if self._finished and not self._finish_sent and self._ring.is_drained and not self._finished.done():
            self._finish_sent = True
            self._send(Kind.FINISH)

    def _send(self, kind: Kind, payload: bytes = b"") -> None:
        if self._link:
            self._link.send(Frame(kind, self.number, payload))

    def _tell(self, event: SpeechEvent) -> None:
        try:
            self._listener(event)
        except Exception:  # a fault in one call must not end the worker of all the others
            log.exception("a listener of speech events failed", extra={"call": self.call_id})

    def _resolve(self) -> None:
        if self._finished and not self._finished.done():
            self._finished.set_result(None)

    def _let_go(self) -> None:
        self.is_closed = True
        self._link = None
        self._resolve()
        self._on_closed(self)
