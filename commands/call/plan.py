"""What the simulated resident will do: the turns to speak, keys to press, and when to hang up."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from config.errors import HotlineError

_KEY = re.compile(r"(\d+(?:\.\d+)?):([0-9*#])")


HUMANS = ("answers", "busy", "no-answer", "failed")
"""What can happen when the system has a human rung."""


class PlanUnusable(HotlineError):
    """What was asked for cannot be called; the text names the argument and the fix."""

    code = "call_plan"


@dataclass(frozen=True, slots=True)
class Turn:
    """`text` is what the audio says, empty where nobody knows."""

    audio: Path
    text: str = ""


@dataclass(frozen=True, slots=True)
class KeyPress:
    at_s: float
    digit: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line."""

    audio: tuple[str, ...]
    number: str
    keys: str
    hang_up_at_s: float | None
    speed: float
    human: str
    """One of HUMANS."""
    fallback: Path | None


@dataclass(frozen=True, slots=True)
class Plan:
    turns: tuple[Turn, ...]
    sample: str = ""
    """Name of the sample call, told to a system that accepts sample calls."""


def read_plan(arguments: Sequence[str]) -> Plan:
    """AUDIO... of the command: recordings, or one folder of a sample call. Raises PlanUnusable."""
    paths = [Path(argument) for argument in arguments]
    if len(paths) == 1 and paths[0].is_dir():
        return _read_sample(paths[0])
    for path in paths:
        if path.is_dir():
            raise PlanUnusable(f"{path} is a folder: a sample call is named alone, not among recordings")
        if not path.is_file():
            raise PlanUnusable(f"{path}: there is no such recording{_nearby(path)}")
    return Plan(tuple(Turn(path) for path in paths))


def read_keys(text: str) -> tuple[KeyPress, ...]:
    """ "2.5:1,7:#" are the keys 1 after 2.5 s and # after 7 s. Raises PlanUnusable."""
    presses = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = _KEY.fullmatch(part)
        if found is None:
            raise PlanUnusable(f'--keys: {part} is not SECONDS:KEY, e.g. "2.5:1" or "2.5:1,7:#"')
        presses.append(KeyPress(float(found[1]), found[2]))
    return tuple(sorted(presses, key=lambda press: press.at_s))


def _read_sample(folder: Path) -> Plan:
    described = folder / "sample.json"
    try:
        body = json.loads(described.read_text("utf-8"))
        turns = tuple(Turn(folder / turn["audio"], turn["text"]) for turn in body["turns"])
        name = str(body["name"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PlanUnusable(f"{folder} is no sample call: {described} cannot be read ({type(error).__name__})") from None
    for turn in turns:
        if not turn.audio.is_file():
            raise PlanUnusable(f"{folder} is no whole sample call: {turn.audio.name} is missing")
    return Plan(turns, name)


def _nearby(path: Path) -> str:
    folder = path.parent if path.parent.is_dir() else None
    if folder is None or folder.name != "samples":
        return ""
    names = sorted(found.name for found in folder.iterdir() if found.is_dir())
    return f"; samples are {', '.join(names)}" if names else ""
