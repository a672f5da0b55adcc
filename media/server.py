"""The media process: one event loop that holds all phone sockets, and answers /healthz and /metrics."""

import asyncio
import gc
import json
import logging
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field

import uvloop
from picows import WSListener, WSUpgradeRequest, WSUpgradeResponse, WSUpgradeResponseWithListener, ws_create_server

from config.settings import Settings
from intake.office import Office
from media.gate import Gate
from media.house import open_house
from media.port import MAX_FRAME, Port
from media.switchboard import Switchboard
from media.transports.asterisk import SUBPROTOCOL, AsteriskTransport, verify_login
from media.transports.contract import Socket, Transport, VerifyUpgrade
from media.transports.twilio import TwilioTransport

log = logging.getLogger(__name__)

MAX_STRANGERS = 200
"""Sockets that have not shown a token yet, beside the calls."""
SWITCH_S = 0.0005
LET_END_S = 1.0
LIMIT_S = 3.0


@dataclass(frozen=True, slots=True)
class Door:
    """Where one carrier's websockets come in. `speaks` takes the query of the request."""

    speaks: Callable[[Socket, Gate, str], Transport]
    admits: VerifyUpgrade
    subprotocol: str = ""


def doors(settings: Settings, verify_twilio: VerifyUpgrade) -> Mapping[str, Door]:
    """Path of a carrier's websocket and what speaks its language."""
    return {
        "/media/twilio": Door(lambda socket, gate, _query: TwilioTransport(socket, gate), verify_twilio),
        "/media/asterisk": Door(AsteriskTransport, verify_login(settings.sip), SUBPROTOCOL),
    }


def _admits_all(_path: str, _headers: Mapping[str, str]) -> bool:
    return True


@dataclass(slots=True)
class Entrance:
    """Decides about each HTTP request; hands websockets that are let in to a Port."""

    switchboard: Switchboard
    gate: Gate
    doors: Mapping[str, Door]
    strangers: set[Port] = field(default_factory=set)

    def open(self, request: WSUpgradeRequest) -> WSListener | WSUpgradeResponseWithListener | None:
        target = request.path.decode("ascii", "replace")
        path, _, query = target.partition("?")
        if path == "/healthz":
            return _answer(json.dumps({"status": "ok", **asdict(self.switchboard.health())}), "application/json")
        if path == "/metrics":
            return _answer(self.switchboard.metrics(), "text/plain; version=0.0.4")
        door = self.doors.get(path)
        if door is None:
            return None
        if not door.admits(target, request.headers):
            self._refused("signature")
            return _refuse(403)
        if len(self.strangers) >= MAX_STRANGERS:
            self._refused("crowded")
            return _refuse(503)
        return self._let_in(door, query)

    def _let_in(self, door: Door, query: str) -> WSUpgradeResponseWithListener:
        port = Port(
            lambda socket: door.speaks(socket, self.gate, query), self.switchboard.connect, self.strangers, self._refused
        )
        headers = {"Sec-WebSocket-Protocol": door.subprotocol} if door.subprotocol else {}
        return WSUpgradeResponseWithListener(WSUpgradeResponse.create_101_response(headers), port)

    def _refused(self, reason: str) -> None:
        self.switchboard.parts.counters.refused[reason] += 1
        log.warning("a stream was refused", extra={"why": reason})


def run(
    settings: Settings,
    office: Office,
    verify_upgrade: VerifyUpgrade | None = None,
    ready: Callable[[Switchboard], None] = lambda _switchboard: None,
) -> None:
    """The `media` role: returns when SIGTERM or SIGINT has ended it in order. `ready` is called once it takes calls."""
    # Beside a thread that computes (the reader), the event loop would wait 5 ms for the interpreter after each system call.
    sys.setswitchinterval(SWITCH_S)
    uvloop.run(_run(settings, office, verify_upgrade, ready))


async def _run(
    settings: Settings, office: Office, verify_upgrade: VerifyUpgrade | None, ready: Callable[[Switchboard], None]
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def settled(switchboard: Switchboard) -> None:
        # Taxonomy, names and models stay for good: looking through them for garbage would hold all callers up for 0.2 s.
        gc.collect()
        gc.freeze()
        ready(switchboard)

    await serve(settings, office, verify_upgrade, stop, settled)


async def serve(
    settings: Settings,
    office: Office,
    verify_upgrade: VerifyUpgrade | None,
    stop: asyncio.Event,
    ready: Callable[[Switchboard], None] = lambda _switchboard: None,
) -> None:
    """Serve until `stop` is set, then end in order: no new calls, a little time for those that are here, everything written."""
    for library in ("picows", "aiofastnet"):
        logging.getLogger(library).setLevel(logging.ERROR)
    async with open_house(settings, office) as switchboard:
        secret = settings.secret_key.get_secret_value()
        entrance = Entrance(switchboard, Gate(secret, office.clock), doors(settings, verify_upgrade or _admits_all))
        server = await ws_create_server(
            entrance.open,
            settings.host,
            settings.media_port,
            max_frame_size=MAX_FRAME,
            enable_auto_ping=True,
            backlog=1024,
        )
        looking_after = asyncio.create_task(switchboard.look_after())
        log.info("ready for calls", extra={"port": settings.media_port, **_without_calls(switchboard)})
        ready(switchboard)
        waiting = asyncio.create_task(stop.wait())
        await asyncio.wait({waiting, looking_after}, return_when=asyncio.FIRST_COMPLETED)
        server.close()
        await switchboard.drain(LET_END_S, LIMIT_S)
        looking_after.cancel()
        await asyncio.gather(looking_after, waiting, return_exceptions=True)


def _without_calls(switchboard: Switchboard) -> dict[str, object]:
    health = switchboard.health()
    return {"engine": health.engine, "capacity": health.capacity}


def _answer(body: str, kind: str) -> WSUpgradeResponseWithListener:
    response = WSUpgradeResponse.create_ok_response(body.encode(), {"Content-Type": kind})
    return WSUpgradeResponseWithListener(response, None)


def _refuse(status: int) -> WSUpgradeResponseWithListener:
    return WSUpgradeResponseWithListener(WSUpgradeResponse.create_error_response(status), None)
