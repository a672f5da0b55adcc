"""What our media process is compared with: a server of the library `websockets` that parses each JSON message, and no more."""

import asyncio
import multiprocessing as mp
import os
import resource
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

import uvloop

from media.counters import Counters
from media.timeline import Timeline
from media.transports.contract import Frame
from media.transports.twilio import Audio, parse

HOST = "127.0.0.1"
_MEASURED = 10
"""One frame of so many is looked at for its delay, so that looking costs nothing."""
_END_S = 5.0


@dataclass(frozen=True, slots=True)
class Look:
    """Since the start: processor time of the receiver in s, and frames later than 100 ms."""

    cpu_s: float
    late: int


class PlainReceiver:
    """In a process of its own, on one core."""

    def __init__(self, core: int) -> None:
        context = mp.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_run, args=(core, theirs), daemon=True)
        self._process.start()
        self.url = f"ws://{HOST}:{self._pipe.recv()}/"

    def look(self) -> Look:
        self._pipe.send("look")
        look: Look = self._pipe.recv()
        return look

    def end(self) -> None:
        self._process.kill()
        self._process.join(_END_S)


def _run(core: int, pipe: Connection) -> None:
    os.sched_setaffinity(0, {core})
    uvloop.run(_serve(pipe))


async def _serve(pipe: Connection) -> None:
    # Only this comparison needs a second server.
    from websockets.asyncio.server import ServerConnection, serve  # noqa: PLC0415
    from websockets.exceptions import ConnectionClosed  # noqa: PLC0415

    counters = Counters()

    async def ear(connection: ServerConnection) -> None:
        timeline, number = Timeline(), 0
        with suppress(ConnectionClosed):
            while True:
                message = parse(await connection.recv(decode=False))
                if isinstance(message, Audio):
                    number += 1
                    if number % _MEASURED == 0:
                        timeline.place(Frame(message.mulaw, message.at_ms or 0), time.monotonic() * 1000)
                        counters.frame(timeline.lateness_ms)

    server = await serve(ear, HOST, 0, compression=None)
    pipe.send(next(iter(server.sockets)).getsockname()[1])
    while await asyncio.to_thread(pipe.recv):
        usage = resource.getrusage(resource.RUSAGE_SELF)
        pipe.send(Look(usage.ru_utime + usage.ru_stime, counters.late_frames))
