"""The conversation on the terminal: one line for each thing that happens, in columns; or JSON, one object a line."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict

import click

from commands.call.happenings import CallResult, Happening, What

Line = Callable[[Happening], tuple[str, str]]
"""What stands in the second column, and the text after it."""

_COLOURS = {"caller": "cyan", "system": "green", "heard": "bright_black", "carrier": "yellow", "case": "magenta"}
_WIDE = 7


def _sound(told: Happening, name: str = "") -> str:
    length = f"({told.seconds:.1f} s)" if told.seconds is not None else ""
    return f"{told.text or name} {length}".strip()


LINES: Mapping[What, Line] = {
    What.CALLS: lambda told: ("caller", f"calls  {told.text}"),
    What.CONNECTED: lambda _told: ("carrier", "audio connected"),
    What.PROMPT: lambda told: ("system", _sound(told, "speaks")),
    What.STOPPED: lambda told: ("system", _sound(told, "stops speaking after")),
    What.SAYS: lambda told: ("system", _sound(told, "a sound")),
    What.TURN: lambda told: ("caller", _sound(told, "speaks")),
    What.KEY: lambda told: ("caller", f"presses {told.text}"),
    What.HEARD: lambda told: ("heard", told.text or "(voice without words)"),
    What.RINGING: lambda told: ("carrier", f"rings {told.text}"),
    What.TRANSFERRED: lambda _told: ("carrier", "a human answers and speaks with the caller"),
    What.BEEP: lambda _told: ("carrier", "beep: records a message"),
    What.RECORDED: lambda told: ("carrier", f"message recorded {_sound(told)}"),
    What.COLLECTED: lambda _told: ("carrier", "the system has fetched the recording"),
    What.REDIRECTED: lambda _told: ("carrier", "the system redirects the live call"),
    What.STREAM_BROKE: lambda told: ("carrier", told.text),
    What.FALLBACK: lambda told: ("carrier", f"falls back: {told.text}"),
    What.NOTE: lambda told: ("carrier", told.text),
    What.HUNG_UP: lambda told: ("carrier", told.text),
    What.CASE: lambda told: ("case", told.text),
}
"""A test proves that everything that can happen has its line."""


def print_line(told: Happening) -> None:
    who, text = LINES[told.what](told)
    bad = told.what in {What.FALLBACK, What.STREAM_BROKE}
    label = click.style(f"{who:<{_WIDE}}", fg="red" if bad else _COLOURS[who], bold=who != "heard")
    click.echo(f"{told.at_s:6.1f}  {label}  {click.style(text, dim=True) if who == 'heard' else text}")


def print_json(told: Happening) -> None:
    body = {name: value for name, value in asdict(told).items() if value not in {"", None}}
    click.echo(json.dumps({**body, "what": str(told.what), "at_s": round(told.at_s, 2)}, ensure_ascii=False))


def print_result_json(call: str, result: CallResult, case_no: str) -> None:
    body = {"what": "ended", "call": call, "case_no": case_no or None, "by": result.ended_by or None, "ok": result.is_good}
    click.echo(json.dumps({**body, "problems": result.problems}, ensure_ascii=False))
