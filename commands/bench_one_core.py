"""How many phone streams one core holds: our whole media process against a plain receiver that only parses, in one run.

The receiver has one core to itself; carrier and decoder workers share the other one, the workers at the lowest priority, for
400 callers need more cores for voice activity than a bench may have: what is measured is the process that all sockets share.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from commands.bench import Row
from commands.bench_crowd import Crowd, Ticket
from commands.bench_plain import Look, PlainReceiver
from commands.trial_media import MediaProcess, media_process

STEP = 100
MOST = 1000
HELD_S = 5.0
"""So long each number of streams is held."""
TRIES = 3
"""One of them without a late frame is enough: other work on the machine holds everybody up now and then."""
SAMPLE = "rubbish"


@dataclass(frozen=True, slots=True)
class Held:
    """The greatest number of streams with no frame later than 100 ms, and the part of the core that they took."""

    streams: int = 0
    core: float = 0.0


def one_core_rows() -> Sequence[Row]:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return (Row("streams on one core", "not measured: it needs two cores, one of them for the carrier"),)
    (ours, lag_ms), plain = _hold_sessions(*cores[:2]), _hold_plainly(*cores[:2])
    return (
        Row("whole sessions on one core without a frame later than 100 ms", f"{ours.streams}", "400"),
        Row("  at that number: part of the core", f"{ours.core:.0%}"),
        Row("  in the end: lag of the workers, which get what the carrier leaves of the other core", f"{lag_ms:.0f} ms"),
        Row("plain `websockets` receiver, parsing only: streams on one core", f"{plain.streams}"),
        Row("  at that number: part of the core", f"{plain.core:.0%}"),
        Row(
            "whole sessions are so many times the plain receiver's streams",
            f"{ours.streams / max(plain.streams, 1):.2f}",
            "1.3",
        ),
    )


def _hold_sessions(core: int, other: int) -> tuple[Held, float]:
    with (
        tempfile.TemporaryDirectory(prefix="bench-core-") as folder,
        _only_on(core),
        media_process(Path(folder), ASR__STREAMS=MOST) as media,
    ):
        for pid in media.workers():
            os.sched_setaffinity(pid, {other})
            os.setpriority(os.PRIO_PROCESS, pid, 19)
        tickets = [Ticket(media.url, sid, media.admit(sid, SAMPLE)) for sid in _sids()]
        held = _climb(tickets, other, lambda: _look_at(media))
        return held, media.figures()["worst_recognition_lag_ms"]


def _hold_plainly(core: int, other: int) -> Held:
    receiver = PlainReceiver(core)
    try:
        return _climb([Ticket(receiver.url, sid, "") for sid in _sids()], other, receiver.look)
    finally:
        receiver.end()


def _climb(tickets: Sequence[Ticket], core: int, look: Callable[[], Look]) -> Held:
    """More and more callers, until frames are late."""
    crowd, held = Crowd(tickets, SAMPLE, core), Held()
    try:
        for streams in range(STEP, MOST + 1, STEP):
            crowd.grow(streams)
            tries = (_hold(streams, look) for _ in range(TRIES))
            best = next(filter(None, tries), None)
            if best is None:
                return held
            held = best
        return held
    finally:
        crowd.end()


def _hold(streams: int, look: Callable[[], Look]) -> Held | None:
    """None where a frame was late."""
    before, began = look(), time.monotonic()
    time.sleep(HELD_S)
    after = look()
    if after.late > before.late:
        return None
    return Held(streams, (after.cpu_s - before.cpu_s) / (time.monotonic() - began))


def _look_at(media: MediaProcess) -> Look:
    figures = media.figures()
    return Look(media.cpu_s(), int(figures["late_frames_total"]))


def _sids() -> list[str]:
    return [f"CA{number:06d}" for number in range(MOST)]


@contextmanager
def _only_on(core: int) -> Iterator[None]:
    """This process and those that it starts meanwhile."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        with suppress(OSError):
            os.sched_setaffinity(0, before)
