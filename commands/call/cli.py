"""`flask call`: a simulated resident and carrier, against the running system."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import click
from flask import current_app

from asr.g711 import MULAW_SILENCE
from commands.call.archive import Archive
from commands.call.carrier import Caller, Human, Network, SimulatedCall
from commands.call.exchange import Exchange
from commands.call.happenings import CallResult, Tell, What
from commands.call.inside import Inside
from commands.call.link import System
from commands.call.plan import Plan, PlanUnusable, read_keys, read_plan
from commands.call.resident import Speech
from commands.call.rest_api import RestApi
from commands.call.screen import print_json, print_line, print_result_json
from commands.call.sound import read_mulaw
from commands.call.spotter import Spotter
from config.errors import HotlineError
from config.settings import ROOT, Settings
from intake.office import build_office
from intake.queries_case import CasePage
from ivr.prompts import load_prompts

COLLECT_S = 20.0
"""How long the carrier stays for the system to fetch what was recorded."""
FALLBACK = Path("deploy") / "twilio" / "fallback.xml"


class Refused(click.ClickException):
    """What was asked for cannot be called: one line, without the usage."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line."""

    audio: tuple[str, ...]
    number: str
    keys: str
    hang_up_at_s: float | None
    speed: float
    human: Human
    fallback: Path | None


@click.command()
@click.argument("audio", nargs=-1, required=True)
@click.option("--via", type=click.Choice(["twilio", "sip"]), default="twilio", show_default=True, help="Which carrier.")
@click.option("--from", "number", default="+8613800138000", show_default=True, help="The caller's number.")
@click.option("--keys", default="", help='Keys and when, in seconds after the answer: "2.5:1,7:#".')
@click.option("--hang-up-at", type=click.FloatRange(min=0), help="Hang up so many seconds after the answer.")
@click.option("--speed", type=click.FloatRange(0.1, 20), default=1.0, show_default=True, help="So many times real time.")
@click.option(
    "--human",
    type=click.Choice([str(human) for human in Human]),
    default="answers",
    show_default=True,
    help="What happens when the system has a human rung.",
)
@click.option(
    "--fallback",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TwiML for when the system gives no usable answer.  [default: deploy/twilio/fallback.xml]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def call(
    *,
    audio: tuple[str, ...],
    via: str,
    number: str,
    keys: str,
    hang_up_at: float | None,
    speed: float,
    human: str,
    fallback: Path | None,
    as_json: bool,
) -> None:
    """Call the running system and speak AUDIO: recordings, one for each turn, or a sample call such as samples/gas-smell."""
    if via == "sip":
        raise Refused("--via sip needs a PBX beside the system, and this version brings none: use --via twilio.")
    settings: Settings = current_app.extensions["settings"]
    wish = Wish(audio, number, keys, hang_up_at, speed, Human(human), fallback)
    try:
        plan = read_plan(audio)
        caller = _make_caller(plan, wish)
    except PlanUnusable as error:
        raise Refused(str(error)) from None
    tell = print_json if as_json else print_line
    simulated, result, case = asyncio.run(_place(settings, caller, wish, tell))
    if as_json:
        print_result_json(simulated.sid, result, case.case_no if case else "")
    _leave(result, settings)


def _make_caller(plan: Plan, wish: Wish) -> Caller:
    if not wish.number.removeprefix("+").isdigit():
        raise PlanUnusable(f"--from: {wish.number} is no telephone number, e.g. +8613800138000")
    speeches = tuple(Speech(read_mulaw(turn.audio) or MULAW_SILENCE, turn.text) for turn in plan.turns)
    return Caller(wish.number, speeches, read_keys(wish.keys), wish.hang_up_at_s, plan.sample)


async def _place(
    settings: Settings, caller: Caller, wish: Wish, tell: Tell
) -> tuple[SimulatedCall, CallResult, CasePage | None]:
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
                simulated.tell_now(What.CASE, _in_short(case, settings))
            await _wait_for_collection(simulated, archive)
            return simulated, result, case
    finally:
        await api.stop()


def _network(settings: Settings, wish: Wish, exchange: Exchange, api: RestApi) -> Network:
    system = System(
        settings.public_url,
        allows_plain_ws=settings.is_local,
        fallback=wish.fallback or ROOT / FALLBACK,
        falls_back_at_once=wish.fallback is not None,
    )
    return Network(
        settings.twilio.account_sid,
        settings.twilio.auth_token.get_secret_value(),
        system,
        exchange,
        api,
        human=wish.human,
        name_of=_prompt_names(),
    )


def _prompt_names() -> Callable[[bytes], str]:
    try:
        return Spotter(load_prompts(ROOT / "config" / "prompts")).name
    except HotlineError:
        return lambda _audio: ""


async def _wait_for_collection(simulated: SimulatedCall, archive: Archive) -> None:
    """A carrier that is gone after the call would have nothing to fetch from."""
    until = asyncio.get_running_loop().time() + COLLECT_S
    missing = set(simulated.recordings)
    while missing and asyncio.get_running_loop().time() < until:
        for sid in [sid for sid in missing if archive.is_collected(sid)]:
            missing.remove(sid)
            simulated.tell_now(What.COLLECTED)
        await asyncio.sleep(0.2)
    if missing:
        simulated.tell_now(What.NOTE, "the recording was not fetched yet; it is offered again during the next simulated call")


def _in_short(case: CasePage, settings: Settings) -> str:
    about = " · ".join(filter(None, (case.category, case.place or case.fields.address)))
    return f"{case.case_no}  {case.state}  {about}  {settings.public_url}/console/cases/{case.case_no}".replace("    ", "  ")


def _leave(result: CallResult, settings: Settings) -> None:
    if result.unreachable:
        raise click.ClickException(
            f"Nobody answers at {settings.public_url}: start the system with `make run` (or `flask serve`) in another shell."
        )
    if result.problems:
        raise click.ClickException("The call did not end as it should: " + "; ".join(dict.fromkeys(result.problems)) + ".")
