"""The `live` role: server-sent events for all open pages.

One reader asks the event log every 150 ms, once for all pages; what changed is encoded once and handed to each page's bounded
queue. A page shows a one-time ticket of the web process, and after a cut it goes on from the position it saw last.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta

import uvloop
from aiohttp import web

from config.clock import Clock
from config.live_ticket import LIFETIME, LiveTicket, read_live_ticket
from config.settings import Settings
from config.signed import NoteRefused
from console.feed import Feed
from console.hub import Hub, Topic, case_topic, frame, seat_topic
from intake.office import Office

log = logging.getLogger(__name__)

POLL_S = 0.15
BEAT_S = 10.0
STALE_AFTER = timedelta(seconds=10)
"""Without a successful reading of the log for so long the role reports itself as not well."""
PAGE_LIFETIME_S = 30 * 60
"""Then the page fetches a new ticket, which it gets only while its person is still logged in."""
PAGES_LIMIT = 4000
_WRITE_PATIENCE_S = 20.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Tickets:
    """Reads tickets and lets each serve once."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock
        self._used: dict[str, datetime] = {}

    def take(self, text: str) -> LiveTicket:
        """Raises NoteRefused for a forged, expired or used ticket."""
        now = self._clock.now()
        ticket = read_live_ticket(self._secret, text, now)
        self._used = {nonce: at for nonce, at in self._used.items() if now - at <= LIFETIME * 2}
        if ticket.nonce in self._used:
            raise NoteRefused("The ticket was used already.")
        self._used[ticket.nonce] = now
        return ticket


class LiveServer:
    def __init__(self, settings: Settings, office: Office) -> None:
        self._clock = office.clock
        self._tickets = Tickets(settings.secret_key.get_secret_value(), office.clock)
        self._origins = allowed_origins(settings)
        self._feed = Feed(office)
        self._hub = Hub()
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="event-log")
        self._read_at: datetime | None = None
        self._leaving = False

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._allow_origin], client_max_size=1024)
        app.router.add_get("/healthz", self._health)
        app.router.add_get("/live/events", self._events)
        app.cleanup_ctx.append(self._reading)
        app.on_shutdown.append(self._close_pages)
        return app

    async def _reading(self, _app: web.Application):  # type: ignore[no-untyped-def]
        task = asyncio.create_task(self._read_forever())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        self._reader.shutdown()

    async def _close_pages(self, _app: web.Application) -> None:
        self._leaving = True
        self._hub.close()

    async def _read_forever(self) -> None:
        loop = asyncio.get_running_loop()
        started = False
        while True:
            try:
                if not started:
                    self._hub = Hub(await loop.run_in_executor(self._reader, self._feed.start))
                    started = True
                self._hub.publish(await loop.run_in_executor(self._reader, self._feed.poll))
                self._read_at = self._clock.now()
                await asyncio.sleep(POLL_S)
            except Exception:  # the loop must not die: pages say themselves that their data is old
                log.exception("the event log could not be read; trying again")
                await asyncio.sleep(1.0)

    async def _health(self, _request: web.Request) -> web.Response:
        fresh = self._read_at is not None and self._clock.now() - self._read_at < STALE_AFTER
        body = {"status": "ok" if fresh else "stale", "pages": len(self._hub), "position": self._hub.position}
        return web.json_response(body, status=200 if fresh else 503)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        try:
            ticket = self._tickets.take(request.query.get("ticket", ""))
        except NoteRefused:
            return web.Response(status=403, text="ticket refused")
        if len(self._hub) >= PAGES_LIMIT or self._read_at is None:
            return web.Response(status=503, headers={"Retry-After": "5"}, text="not ready")
        topics = wanted_topics(request.query.getall("topic", []), ticket.account_id)
        after = _position(request.headers.get("Last-Event-ID") or request.query.get("after"))
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8", **_NOT_BUFFERED})
        for name, value in self._origin_headers(request).items():
            answer.headers[name] = value
        await answer.prepare(request)
        await self._write_to_page(answer, topics, after)
        return answer

    async def _write_to_page(self, answer: web.StreamResponse, topics: frozenset[str], after: int | None) -> None:
        hub = self._hub
        page = hub.join(topics, after)
        until = asyncio.get_running_loop().time() + PAGE_LIFETIME_S
        try:
            await answer.write(frame("hello", f'{{"position":{hub.position}}}'))
            while not self._leaving and hub is self._hub and asyncio.get_running_loop().time() < until:
                waiting = await page.take(BEAT_S) or frame("beat", "{}")
                async with asyncio.timeout(_WRITE_PATIENCE_S):
                    await answer.write(waiting)
        except (ConnectionError, TimeoutError):
            pass  # the page went, or it does not read: it comes back by itself
        finally:
            hub.leave(page)

    @web.middleware
    async def _allow_origin(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if origin and origin not in self._origins:
            return web.Response(status=403, text="origin refused")
        answer = await handler(request)
        if not answer.prepared:
            answer.headers.update(self._origin_headers(request))
        return answer

    def _origin_headers(self, request: web.Request) -> dict[str, str]:
        origin = request.headers.get("Origin")
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin in self._origins and origin else {}


_NOT_BUFFERED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}


def allowed_origins(settings: Settings) -> frozenset[str]:
    """Where pages come from: the public address; on one machine also its other loopback name."""
    if not settings.is_local:
        return frozenset({settings.public_url})
    names = ("127.0.0.1", "localhost", "[::1]")
    return frozenset({settings.public_url, *(f"http://{name}:{settings.port}" for name in names)})


def wanted_topics(asked: list[str], account_id: str) -> frozenset[str]:
    """The known ones of what a page asks for: `cases`, `board`, `line`, `case:` and twelve digits; at most ten. `seat` is the
    seat of the page's own person."""
    known = {Topic.CASES.value, Topic.BOARD.value, Topic.LINE.value}
    own = {seat_topic(account_id)} if Topic.SEAT in asked[:10] else set[str]()
    return frozenset(topic for topic in asked[:10] if topic in known or _is_case_topic(topic)) | own


def _is_case_topic(topic: str) -> bool:
    number = topic.removeprefix("case:")
    return len(number) == 12 and number.isascii() and number.isdigit() and topic == case_topic(number)


def _position(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def run(settings: Settings, office: Office) -> None:
    """Serve until SIGTERM or SIGINT."""
    uvloop.run(_serve(settings, office))


async def _serve(settings: Settings, office: Office) -> None:
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    runner = web.AppRunner(LiveServer(settings, office).application(), access_log=None, shutdown_timeout=3.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.live_port).start()
        log.info("live updates are served", extra={"port": settings.live_port})
        await stop.wait()
    finally:
        await runner.cleanup()
