"""`flask call`: a simulated resident and carrier, against the running system."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask import current_app

from commands.call.happenings import CallResult, Tell
from commands.call.plan import HUMANS, PlanUnusable, Wish
from commands.call.screen import print_json, print_line, print_result_json
from config.loading import load
from config.settings import Settings

if TYPE_CHECKING:
    from commands.call.place import Placed

PLACES = {"twilio": "commands.call.place:place_call", "sip": "commands.call.sip.place:place_sip_call"}
"""Loaded by a call alone: the web process knows this command too, and shall not carry the audio library for it (40 MB)."""


class Refused(click.ClickException):
    """What was asked for cannot be called: one line, without the usage."""

    exit_code = 2


@click.command()
@click.argument("audio", nargs=-1, required=True)
@click.option("--via", type=click.Choice(["twilio", "sip"]), default="twilio", show_default=True, help="Which carrier.")
@click.option("--from", "number", default="+8613800138000", show_default=True, help="The caller's number.")
@click.option("--keys", default="", help='Keys and when, in seconds after the answer: "2.5:1,7:#".')
@click.option("--hang-up-at", type=click.FloatRange(min=0), help="Hang up so many seconds after the answer.")
@click.option("--speed", type=click.FloatRange(0.1, 20), default=1.0, show_default=True, help="So many times real time.")
@click.option(
    "--human",
    type=click.Choice(HUMANS),
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
    settings: Settings = current_app.extensions["settings"]
    wish = Wish(audio, number, keys, hang_up_at, speed, human, fallback)
    place: Callable[[Settings, Wish, Tell], Placed] = load(PLACES[via])
    try:
        placed = place(settings, wish, print_json if as_json else print_line)
    except PlanUnusable as error:
        raise Refused(str(error)) from None
    if as_json:
        print_result_json(placed.call, placed.result, placed.case_no)
    _leave(placed.result, settings, via)


def _leave(result: CallResult, settings: Settings, via: str) -> None:
    if result.unreachable and via == "sip":
        raise click.ClickException(
            f"Nobody answers at sip:12345@{settings.sip.host}:{settings.sip.port}: start the exchange with `make pbx`, "
            "and the system with `make run`."
        )
    if result.unreachable:
        raise click.ClickException(
            f"Nobody answers at {settings.public_url}: start the system with `make run` (or `flask serve`) in another shell."
        )
    if result.problems:
        raise click.ClickException("The call did not end as it should: " + "; ".join(dict.fromkeys(result.problems)) + ".")
