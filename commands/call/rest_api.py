"""The carrier's REST API, as far as the system asks it: redirect a live call, look one up, list and fetch recordings."""

import asyncio
import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from commands.call.archive import Archive, KeptRecording

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_TAKE_OVER_S = 0.5
"""How often a process looks whether the public port has become free."""


class LiveCall(Protocol):
    """A call that goes on in this process."""

    def redirect(self, url: str, twiml: str) -> None:
        """Leave what it does for the document at `url`, or for `twiml` itself."""

    def end(self) -> None: ...

    def describe(self) -> Mapping[str, str]:
        """Twilio's fields: from, to, status."""


@dataclass
class RestApi:
    """Answers at `address` where that is on this machine and free, and always at a port of its own for the other processes.

    Of several simulated calls at once one holds the public address and passes on what concerns the others' calls.
    """

    address: str
    account: str
    token: str
    archive: Archive
    calls: dict[str, LiveCall] = field(default_factory=dict)
    port: int = 0
    placed: list[Mapping[str, str]] = field(default_factory=list)
    """Forms of the calls that were asked for: nobody picks them up here."""
    _runner: web.AppRunner | None = None
    _taking_over: "asyncio.Task[None] | None" = None

    async def start(self) -> None:
        app = web.Application(middlewares=[self._authorise])
        base = "/2010-04-01/Accounts/{account}"
        app.router.add_post(f"{base}/Calls.json", self._place_call)
        app.router.add_post(f"{base}/Calls/{{call}}.json", self._update_call)
        app.router.add_get(f"{base}/Calls/{{call}}.json", self._show_call)
        app.router.add_get(f"{base}/Recordings.json", self._list_recordings)
        app.router.add_get(f"{base}/Recordings/{{sid}}", self._fetch_recording)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        own = web.TCPSite(self._runner, "127.0.0.1", 0)
        await own.start()
        self.port = int(self._runner.addresses[0][1])
        if self.is_here and not await self._take_public_address():
            self._taking_over = asyncio.create_task(self._keep_trying())

    @property
    def is_here(self) -> bool:
        """Whether the configured API address is this machine's, so that we are meant."""
        return urlsplit(self.address).hostname in _LOOPBACK

    async def stop(self) -> None:
        if self._taking_over is not None:
            self._taking_over.cancel()
            await asyncio.gather(self._taking_over, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()

    def add(self, call: str, live: LiveCall) -> None:
        self.calls[call] = live
        self.archive.note_call(call, self.port)

    def remove(self, call: str) -> None:
        self.calls.pop(call, None)
        self.archive.forget_call(call)

    def recording_url(self, sid: str) -> str:
        return f"{self.address}/2010-04-01/Accounts/{self.account}/Recordings/{sid}"

    async def _take_public_address(self) -> bool:
        address = urlsplit(self.address)
        if self._runner is None or address.hostname is None:
            return False
        site = web.TCPSite(self._runner, address.hostname, address.port or 80)
        try:
            await site.start()
        except OSError:
            await site.stop()
            return False
        return True

    async def _keep_trying(self) -> None:
        while not await self._take_public_address():
            await asyncio.sleep(_TAKE_OVER_S)

    @web.middleware
    async def _authorise(self, request: web.Request, handler: "web.Handler") -> web.StreamResponse:  # type: ignore[name-defined]
        wanted = "Basic " + base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), wanted.encode()):
            return web.json_response({"code": 20003, "message": "Authenticate", "status": 401}, status=401)
        if request.match_info.get("account", self.account) != self.account:
            return _not_found()
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _update_call(self, request: web.Request) -> web.Response:
        call = request.match_info["call"]
        live = self.calls.get(call)
        if live is None:
            return await self._pass_on(request, call)
        form = await request.post()
        if form.get("Status") == "completed":
            live.end()
        elif form.get("Url") or form.get("Twiml"):
            live.redirect(str(form.get("Url", "")), str(form.get("Twiml", "")))
        else:
            return web.json_response({"code": 21201, "message": "nothing to change", "status": 400}, status=400)
        return web.json_response(self._call_body(call, live))

    async def _place_call(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        if not all(form.get(name) for name in ("To", "From", "Url")):
            return web.json_response({"code": 21205, "message": "To, From or Url is missing", "status": 400}, status=400)
        self.placed.append(form)
        told = {"to": form["To"], "from": form["From"], "status": "queued"}
        return web.json_response({"sid": f"CA{len(self.placed):032x}", "account_sid": self.account, **told}, status=201)

    async def _show_call(self, request: web.Request) -> web.Response:
        call = request.match_info["call"]
        live = self.calls.get(call)
        return web.json_response(self._call_body(call, live)) if live else await self._pass_on(request, call)

    async def _pass_on(self, request: web.Request, call: str) -> web.Response:
        port = self.archive.port_of(call)
        if port is None or port == self.port:
            # A call that is over: who called is not kept.
            is_known = any(kept.call == call for kept in self.archive.recordings())
            return (
                web.json_response({"sid": call, "from": None, "to": None, "status": "completed"}) if is_known else _not_found()
            )
        url = f"http://127.0.0.1:{port}{request.path}"
        headers = {"Authorization": request.headers["Authorization"], "Content-Type": request.headers.get("Content-Type", "")}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as client,
                client.request(request.method, url, data=await request.read(), headers=headers) as answer,
            ):
                return web.Response(body=await answer.read(), status=answer.status, content_type="application/json")
        except (aiohttp.ClientError, TimeoutError):
            return _not_found()

    async def _list_recordings(self, request: web.Request) -> web.Response:
        since = _time(request.query.get("DateCreated>") or request.query.get("DateCreated>="))
        found = [kept for kept in self.archive.recordings() if since is None or kept.made >= since]
        body = [self._recording_body(kept) for kept in sorted(found, key=lambda kept: -kept.made_at)]
        return web.json_response(
            {"recordings": body, "page": 0, "page_size": len(body), "next_page_uri": None, "uri": request.path}
        )

    async def _fetch_recording(self, request: web.Request) -> web.Response:
        sid = request.match_info["sid"].removesuffix(".wav")
        audio = self.archive.audio(sid)
        if audio is None:
            return _not_found()
        self.archive.note_collected(sid)
        return web.Response(body=audio, content_type="audio/x-wav")

    def _call_body(self, call: str, live: LiveCall) -> dict[str, str]:
        return {"sid": call, "account_sid": self.account, **live.describe()}

    def _recording_body(self, kept: KeptRecording) -> dict[str, str]:
        return {
            "sid": kept.sid,
            "account_sid": self.account,
            "call_sid": kept.call,
            "status": "completed",
            "duration": str(kept.duration_s),
            "channels": "1",
            "source": "RecordVerb",
            "date_created": format_datetime(kept.made),
        }


def _not_found() -> web.Response:
    return web.json_response({"code": 20404, "message": "not found", "status": 404}, status=404)


def _time(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found
