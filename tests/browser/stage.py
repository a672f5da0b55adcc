"""The town with its doors open: real web and live servers on free ports."""

import asyncio
import threading
from pathlib import Path

from aiohttp import web
from flask.sessions import SecureCookieSessionInterface
from werkzeug.serving import WSGIRequestHandler, make_server

from console.live import LiveServer
from tests.town import Town, make_app


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        pass


class Stage(Town):
    """`close` stops its servers."""

    def __init__(self, folder: Path, ports: tuple[int, int, int]) -> None:
        super().__init__(folder, ports)
        app = self._app = make_app(self.settings, self.office)
        self._web = make_server("127.0.0.1", self.settings.port, app, threaded=True, request_handler=_Quiet)
        threading.Thread(target=self._web.serve_forever, daemon=True).start()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self.start_live()

    @property
    def address(self) -> str:
        return self.settings.public_url

    def cookie_of(self, name: str) -> str:
        """A session as the login makes it, without the second that a password costs."""
        account, now = self.people[name], self.office.clock.now().timestamp()
        signer = SecureCookieSessionInterface().get_signing_serializer(self._app)
        assert signer is not None
        session = {"account": account.id, "epoch": account.session_epoch, "since": now, "seen": now, "_permanent": True}
        return str(signer.dumps(session))

    def start_live(self) -> None:
        asyncio.run_coroutine_threadsafe(self._serve_live(), self._loop).result(20)

    def stop_live(self) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(20)

    def close(self) -> None:
        self.stop_live()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._web.shutdown()

    async def _serve_live(self) -> None:
        server = LiveServer(self.settings, self.office).application()
        self._runner = web.AppRunner(server, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.settings.live_port).start()
