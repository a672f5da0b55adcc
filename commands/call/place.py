"""Placing one simulated call from the command line: the carrier is built, the call runs, what was recorded is offered."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from asr.g711 import MULAW_SILENCE
from commands.call.archive import Archive
from commands.call.carrier import Caller, Human, Network, SimulatedCall
from commands.call.exchange import Exchange
from commands.call.happenings import CallResult, Tell, What
from commands.call.inside import Inside
from commands.call.link import System
from commands.call.plan import PlanUnusable, Wish, read_keys, read_plan
from commands.call.resident import Speech
from commands.call.rest_api import RestApi
from commands.call.sound import read_mulaw
from commands.call.spotter import Spotter
from config.errors import HotlineError
from config.settings import ROOT, Settings
from intake.office import build_office
from intake.queries_case import CasePage
from ivr.prompts import load_prompts

COLLECT_S = 20.0
"""How long the carrier stays for the system to fetch what was recorded."""
FALLBACK = ROOT / "deploy" / "twilio" / "fallback.xml"


@dataclass(frozen=True, slots=True)
class Placed:
    """`case_no` is empty where the system made no case that can be seen from here."""

    call: str
    result: CallResult
    case_no: str


def place_call(settings: Settings, wish: Wish, tell: Tell) -> Placed:
    """Raises PlanUnusable."""
    return asyncio.run(_place(settings, _make_caller(wish), wish, tell))


def _make_caller(wish: Wish) -> Caller:
    plan = read_plan(wish.audio)
    if not wish.number.removeprefix("+").isdigit():
        raise PlanUnusable(f"--from: {wish.number} is no telephone number, e.g. +8613800138000")
    speeches = tuple(Speech(read_mulaw(turn.audio) or MULAW_SILENCE, turn.text) for turn in plan.turns)
    return Caller(wish.number, speeches, read_keys(wish.keys), wish.hang_up_at_s, plan.sample)


async def _place(settings: Settings, caller: Caller, wish: Wish, tell: Tell) -> Placed:
    archive = Archive(settings.var / "carrier")
    archive.forget_old()
    token = settings.twilio.auth_token.get_secret_value()
    api = RestApi(settings.twilio.api_url, settings.twilio.account_sid, token, archive)
    await api.start()
    try:
        async with aiohttp.ClientSession(trust_env=False) as client:
            network = _network(settings, wish, Exchange(client, token), api)
            simulated = SimulatedCall(network, caller, tell, wish.speed)
            inside = Inside(build_office(settings), simulated.sid, simulated.tell_now)
            following = asyncio.create_task(inside.follow())
            result = await simulated.run()
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            case = None if result.unreachable else await inside.case()
            if case is not None:
                simulated.tell_now(What.CASE, in_short(case, settings))
            await _wait_for_collection(simulated, archive)
            return Placed(simulated.sid, result, case.case_no if case else "")
    finally:
        await api.stop()


def _network(settings: Settings, wish: Wish, exchange: Exchange, api: RestApi) -> Network:
    system = System(
        settings.public_url,
        allows_plain_ws=settings.is_local,
        fallback=wish.fallback or FALLBACK,
        falls_back_at_once=wish.fallback is not None,
    )
    return Network(
        settings.twilio.account_sid,
        settings.twilio.auth_token.get_secret_value(),
        system,
        exchange,
        api,
        human=Human(wish.human),
        name_of=prompt_names(),
    )


def prompt_names() -> Callable[[bytes], str]:
    try:
        return Spotter(load_prompts(ROOT / "config" / "prompts")).name
    except HotlineError:
        return lambda _audio: ""


async def _wait_for_collection(simulated: SimulatedCall, archive: Archive) -> None:
    """A carrier that is gone after the call would have nothing to fetch from."""
    if not simulated.network.api.is_here:
        return
    until = asyncio.get_running_loop().time() + COLLECT_S
    missing = set(simulated.recordings)
    while missing and asyncio.get_running_loop().time() < until:
        for sid in [sid for sid in missing if archive.is_collected(sid)]:
            missing.remove(sid)
            simulated.tell_now(What.COLLECTED)
        await asyncio.sleep(0.2)
    if missing:
        simulated.tell_now(What.NOTE, "the recording was not fetched yet; it is offered again during the next simulated call")


def in_short(case: CasePage, settings: Settings) -> str:
    about = " · ".join(filter(None, (case.category, case.place or case.fields.address)))
    return f"{case.case_no}  {case.state}  {about}  {settings.public_url}/console/cases/{case.case_no}".replace("    ", "  ")
