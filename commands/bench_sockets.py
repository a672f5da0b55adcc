"""What taking in phone streams costs one core: picows against `websockets`, receiving and parsing only.

The figures are quoted in docs/adr/0005-picows-for-media.md.
"""

import asyncio
import multiprocessing as mp
import resource
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from multiprocessing.connection import Connection

import orjson
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_connect, ws_create_server

from media.transports.twilio import Audio, parse

HOST = "127.0.0.1"
FRAME_S = 0.02
Counter = Callable[[], None]
Serve = Callable[[Counter], Coroutine[None, None, int]]


async def _picows(count: Counter) -> int:
    class Ear(WSListener):
        def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
            if frame.msg_type is WSMsgType.TEXT and isinstance(parse(frame.get_payload_as_bytes()), Audio):
                count()
            elif frame.msg_type is WSMsgType.CLOSE:
                transport.disconnect()

    def open_ear(_request: WSUpgradeRequest) -> WSListener:
        return Ear()

    server = await ws_create_server(open_ear, HOST, 0)
    return int(server.sockets[0].getsockname()[1])


async def _websockets(count: Counter) -> int:
    # Only this comparison needs a second server.
    from websockets.asyncio.server import ServerConnection, serve  # noqa: PLC0415
    from websockets.exceptions import ConnectionClosed  # noqa: PLC0415

    async def ear(connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            while True:
                if isinstance(parse(await connection.recv(decode=False)), Audio):
                    count()

    server = await serve(ear, HOST, 0, compression=None)
    return int(next(iter(server.sockets)).getsockname()[1])


SERVERS: dict[str, Serve] = {"picows": _picows, "websockets": _websockets}


def core_share(server: str, streams: int, seconds: float) -> tuple[float, float]:
    """(Part of one core that the receiving process used, part of the messages sent that it took in)."""
    context = mp.get_context("spawn")
    ours, theirs = context.Pipe()
    receiver = context.Process(target=_receive, args=(server, theirs), daemon=True)
    receiver.start()
    port = ours.recv()
    sender = context.Process(target=_send, args=(port, streams, seconds), daemon=True)
    sender.start()
    sender.join(seconds * 3 + 20)
    ours.send("stop")
    cpu_s, received = ours.recv()
    receiver.join(5)
    return cpu_s / seconds, received / (streams * round(seconds / FRAME_S))


def _receive(server: str, pipe: Connection) -> None:
    uvloop.run(_serve_until_told(SERVERS[server], pipe))


async def _serve_until_told(serve: Serve, pipe: Connection) -> None:
    received = 0

    def count() -> None:
        nonlocal received
        received += 1

    port = await serve(count)
    before = _cpu_s()
    pipe.send(port)
    while not pipe.poll():
        await asyncio.sleep(0.05)
    pipe.send((_cpu_s() - before, received))


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _send(port: int, streams: int, seconds: float) -> None:
    uvloop.run(_send_frames(port, streams, seconds))


async def _send_frames(port: int, streams: int, seconds: float) -> None:
    message = orjson.dumps(
        {
            "event": "media",
            "sequenceNumber": "4",
            "media": {"track": "inbound", "chunk": "2", "timestamp": "5", "payload": "f39/" * 53 + "fw=="},
            "streamSid": "MZ" + "0" * 32,
        }
    )
    wires = [(await ws_connect(WSListener, f"ws://{HOST}:{port}/"))[0] for _ in range(streams)]
    begin = time.perf_counter()
    for number in range(round(seconds / FRAME_S)):
        # Spread over the 20 ms as telephones are, in ten groups.
        for group in range(10):
            for wire in wires[group::10]:
                wire.send(WSMsgType.TEXT, message)
            due = begin + (number + (group + 1) / 10) * FRAME_S
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
    await asyncio.sleep(0.3)
    for wire in wires:
        wire.disconnect()
