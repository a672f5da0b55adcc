"""A decoder worker: `python -m asr.worker --fd N --notes N PLAN`. The pool starts, watches and replaces it.

One thread, many callers, in turn, a slice of 0.2 s each. It ends when the socket to the pool does. Nothing heavy is imported
but the engine that is asked for.
"""

import argparse
import ctypes
import mmap
import select
import signal
import socket
import struct
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from dataclasses import asdict

from asr.contract import AsrEngine, EnginePlan, EngineUnusable, JoiningEngine, SpeechError
from asr.endpointing import Expects
from asr.events import Partial, SpeechEvent
from asr.hearing import Hearing
from asr.punctuation import Punctuator
from asr.punctuation_model import make_punctuator
from asr.registry import make_engine
from asr.voice_activity import VoiceActivity
from asr.wire import (
    NOBODY,
    TOGETHER,
    Frame,
    FrameReader,
    Kind,
    frame_of,
    pack_json,
    pack_progress,
    unpack_audio,
    unpack_opening,
    unpack_plan,
    unpack_time,
)

_CROWDED = 64 * 1024
"""Bytes that wait for the pool to read them; beyond, partials are dropped."""
_READ = 256 * 1024
_NOTE = struct.Struct("<I")
_UNUSABLE = 3
_GLANCE_S = 0.01
"""So often it is looked whether a transcript has come that another thread or machine makes."""
_BEAT_S = 1.0
"""So often the pool is told that a worker which waits for one is alive."""
_LONGEST_WAIT_S = 30.0
"""For one transcript; then nothing is told any more, and the pool replaces this process."""
_PR_SET_PDEATHSIG = 1


class Worker:
    """`notes`: 4 bytes shared with the pool that hold the number of the stream which is being worked on, for an inquest."""

    def __init__(
        self, link: socket.socket, notes: mmap.mmap, engine: AsrEngine, punctuator: Punctuator, *, alone: bool = False
    ) -> None:
        link.setblocking(False)
        self._link = link
        self._notes = notes
        self._punctuator = punctuator
        self._engine = engine
        self._joining = engine if isinstance(engine, JoiningEngine) and not alone else None
        self._scripted: AsrEngine | None = None
        self._activity = VoiceActivity()
        self._hearings: dict[int, Hearing] = {}
        self._reader = FrameReader()
        self._out = bytearray()
        self._waiting_since: dict[int, float] = {}
        self._last_beat = 0.0

    def run(self) -> None:
        ready = {"engine": self._engine.name, "capabilities": asdict(self._engine.capabilities)}
        self._send(Frame(Kind.READY, NOBODY, pack_json(ready)))
        while self._exchange(self._patience_s()):
            busy = [(stream, hearing) for stream, hearing in self._hearings.items() if hearing.has_work or hearing.is_waiting]
            with self._joining.together() if self._joining else nullcontext():
                for stream, hearing in busy:
                    self._serve(stream, hearing)
                    self._flush()
                self._note(TOGETHER if self._joining else NOBODY)
            self._note(NOBODY)
            if self._joining:
                for stream, hearing in busy:
                    self._tell(stream, hearing.news())

    def _patience_s(self) -> float | None:
        """How long to wait for the pool; None: until it says something."""
        if any(hearing.has_work for hearing in self._hearings.values()):
            return 0
        return _GLANCE_S if any(hearing.is_waiting for hearing in self._hearings.values()) else None

    def _exchange(self, wait_s: float | None) -> bool:
        """Send and receive what can be; False when the pool has gone."""
        readable, writable, _ = select.select([self._link], [self._link] if self._out else [], [], wait_s)
        try:
            if writable:
                sent = self._link.send(self._out)
                del self._out[:sent]
            if readable:
                data = self._link.recv(_READ)
                if not data:
                    return False
                for frame in self._reader.push(data):
                    self._obey(frame)
        except (BlockingIOError, InterruptedError):
            pass
        except (ConnectionError, BrokenPipeError):
            return False
        return True

    def _obey(self, frame: Frame) -> None:
        if frame.kind is Kind.OPEN:
            self._open(frame)
            return
        hearing = self._hearings.get(frame.stream)
        if hearing is None:
            return
        match frame.kind:
            case Kind.AUDIO:
                hearing.take(*unpack_audio(frame.payload))
            case Kind.EXPECT:
                hearing.expect(Expects(frame.payload.decode()))
            case Kind.QUIET:
                hearing.be_quiet(unpack_time(frame.payload))
            case Kind.FINISH:
                hearing.finish()
            case Kind.CLOSE:
                self._close(frame.stream)
            case _:
                raise ValueError(f"the pool sends no {frame.kind.name}")

    def _open(self, frame: Frame) -> None:
        opening = unpack_opening(frame.payload)
        self._note(frame.stream)
        try:
            self._hearings[frame.stream] = Hearing(opening, self._engine_for(opening.turns), self._activity, self._punctuator)
        except Exception as error:  # one call must not end the others
            self._fail(frame.stream, error)
        self._note(NOBODY)

    def _engine_for(self, turns: tuple[str, ...] | None) -> AsrEngine:
        if turns is None:
            return self._engine
        if self._scripted is None:
            self._scripted = make_engine(EnginePlan("scripted"))
        return self._scripted

    def _serve(self, stream: int, hearing: Hearing) -> None:
        was_waiting = hearing.is_waiting
        if not self._tell(stream, hearing.work()):
            return
        if not was_waiting or not hearing.is_waiting or self._is_beat_due(stream):
            self._send(Frame(Kind.PROGRESS, stream, pack_progress(hearing.progress)))
        if not hearing.is_waiting:
            self._waiting_since.pop(stream, None)
        if hearing.finished:
            self._close(stream)
            self._send(Frame(Kind.FINISHED, stream))

    def _tell(self, stream: int, events: Iterator[SpeechEvent]) -> bool:
        """Sends what comes of the work; False: it failed, and the stream is closed."""
        hearing = self._hearings.get(stream)
        if hearing is None:
            return False
        self._note(stream)
        try:
            for event in events:
                if not (isinstance(event, Partial) and len(self._out) > _CROWDED):
                    self._send(frame_of(event, stream, hearing.progress.released_ms))
        except Exception as error:  # one call must not end the others
            self._close(stream)
            self._fail(stream, error)
            return False
        finally:
            self._note(NOBODY)
        return True

    def _is_beat_due(self, stream: int) -> bool:
        now = time.monotonic()
        since = self._waiting_since.setdefault(stream, now)
        if now - self._last_beat < _BEAT_S or now - since > _LONGEST_WAIT_S:
            return False
        self._last_beat = now
        return True

    def _close(self, stream: int) -> None:
        self._waiting_since.pop(stream, None)
        with suppress(SpeechError):
            self._hearings.pop(stream).close()

    def _fail(self, stream: int, error: Exception) -> None:
        """The pool lets another session hear the same audio again, a few times."""
        reason = str(error) if isinstance(error, SpeechError) else type(error).__name__
        print(f"a call's audio could not be worked on: {reason}", file=sys.stderr)
        traceback.print_tb(error.__traceback__)  # without the message, which might hold a caller's words
        self._send(Frame(Kind.FAILED, stream, reason.encode()))

    def _note(self, stream: int) -> None:
        _NOTE.pack_into(self._notes, 0, stream)

    def _send(self, frame: Frame) -> None:
        self._out += frame.packed()

    def _flush(self) -> None:
        """As much as the socket takes at once: what has left survives this process, and a slow round looks like no hang."""
        with suppress(OSError):  # full, or the pool has gone: the next exchange sees to it
            del self._out[: self._link.send(self._out)]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="asr.worker")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--notes", type=int, required=True)
    parser.add_argument("plan", type=unpack_plan)
    asked = parser.parse_args(arguments)
    _end_with_parent()
    link = socket.socket(fileno=asked.fd)
    try:
        notes = mmap.mmap(asked.notes, mmap.PAGESIZE)
        worker = Worker(link, notes, make_engine(asked.plan), make_punctuator(asked.plan.punctuation), alone=asked.plan.alone)
    except EngineUnusable as error:
        link.sendall(Frame(Kind.UNUSABLE, NOBODY, str(error).encode()).packed())
        return _UNUSABLE
    worker.run()
    return 0


def _end_with_parent() -> None:
    """Even inside a native call that never returns. Interrupts (Ctrl-C reaches the whole group) are the pool's to decide on."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
