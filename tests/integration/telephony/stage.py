"""A simulated call against the real webhooks over HTTP, with a media process that the test writes down as a script."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
from websockets.asyncio.server import ServerConnection, serve

from commands.call.archive import Archive
from commands.call.carrier import Caller, Human, Network, SimulatedCall
from commands.call.exchange import Exchange
from commands.call.happenings import CallResult, Happening, What
from commands.call.link import System
from commands.call.plan import KeyPress
from commands.call.resident import Speech
from commands.call.rest_api import RestApi
from commands.trial_system import free_ports
from config.settings import ROOT
from tests.integration.telephony.exchange_office import ACCOUNT, CALLER, TOKEN, Served, Switch, make_settings
from webhooks.twilio.rest import TwilioRest

SPEED = 10.0
SENTENCE = Speech(b"\x10\x90" * 4000, "家里没有暖气")
"""One second of noise, and what it stands for."""


@dataclass
class Ear:
    """The media process's end of one stream."""

    wire: ServerConnection
    start: dict[str, Any]
    messages: list[dict[str, Any]] = field(default_factory=list)

    async def send(self, event: str, **body: Any) -> None:
        await self.wire.send(json.dumps({"event": event, "streamSid": self.start["streamSid"], **body}))

    async def play(self, milliseconds: int, mark: str) -> None:
        payload = base64.b64encode(b"\x10" * (milliseconds * 8)).decode()
        await self.send("media", media={"payload": payload})
        await self.send("mark", mark={"name": mark})

    async def until(self, event: str) -> dict[str, Any]:
        """The next message of this kind; all are kept."""
        async for raw in self.wire:
            message: dict[str, Any] = json.loads(raw)
            self.messages.append(message)
            if message["event"] == event:
                return message
        raise AssertionError(f"the stream ended before {event}")

    async def until_voice(self) -> None:
        while not any(base64.b64decode((await self.until("media"))["media"]["payload"]).strip(b"\xff")):
            pass


Script = Callable[[Ear, Switch], Awaitable[None]]


@dataclass
class Show:
    """What a call showed."""

    call: SimulatedCall
    result: CallResult
    happened: list[Happening]
    ears: list[Ear]

    def kinds(self) -> list[What]:
        return [each.what for each in self.happened]


@dataclass
class Stage:
    switch: Switch
    archive: Archive
    fallback: Path = ROOT / "deploy" / "twilio" / "fallback.xml"
    human: Human = Human.ANSWERS
    system_url: str = ""
    is_served: bool = True
    falls_back_at_once: bool = True

    def call(self, *scripts: Script, caller: Caller | None = None) -> Show:
        """Place one call; the n-th stream is handled by the n-th script."""
        caller = caller or Caller(CALLER, (SENTENCE,))
        if not self.is_served:
            return asyncio.run(self._call(scripts, caller))
        with Served(self.switch):
            return asyncio.run(self._call(scripts, caller))

    async def _call(self, scripts: tuple[Script, ...], caller: Caller) -> Show:
        settings = self.switch.settings
        ears: list[Ear] = []
        happened: list[Happening] = []

        async def listen(wire: ServerConnection) -> None:
            assert json.loads(await wire.recv())["event"] == "connected"
            ear = Ear(wire, json.loads(await wire.recv())["start"])
            ears.append(ear)
            await scripts[len(ears) - 1](ear, self.switch)

        api = RestApi(settings.twilio.api_url, ACCOUNT, TOKEN, self.archive)
        await api.start()
        async with serve(listen, "127.0.0.1", settings.media_port), aiohttp.ClientSession() as client:
            system = System(self.system_url or settings.public_url, True, self.fallback, self.falls_back_at_once)
            network = Network(ACCOUNT, TOKEN, system, Exchange(client, TOKEN), api, human=self.human)
            call = SimulatedCall(network, caller, happened.append, SPEED)
            result = await asyncio.wait_for(call.run(), 60)
        await api.stop()
        return Show(call, result, happened, ears)


def make_stage(var: Path, tables: Path, **values: object) -> Stage:
    web, media, live, api = free_ports(4)
    ports = {"port": web, "media_port": media, "live_port": live}
    twilio = {"account_sid": ACCOUNT, "auth_token": TOKEN, "api_url": f"http://127.0.0.1:{api}"}
    settings = make_settings(var, twilio=twilio, **{**ports, **values})
    return Stage(Switch(settings, tables, TwilioRest(settings)), Archive(var / "carrier"))


def pressing(*keys: tuple[float, str]) -> Caller:
    return Caller(CALLER, (SENTENCE,), tuple(KeyPress(at_s, digit) for at_s, digit in keys))


def hanging_up(at_s: float, *speeches: Speech) -> Caller:
    return replace(Caller(CALLER, speeches or (SENTENCE,)), hang_up_at_s=at_s)
