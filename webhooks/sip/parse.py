"""What the PBX's dialplan says, as values: forms or JSON, short fields."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from config.errors import HotlineError
from intake.outcome import DialResult

CARRIER = "sip"
_IDENTIFIER = re.compile(r"[0-9A-Za-z._-]{1,64}")
_NUMBER = re.compile(r"[+0-9A-Za-z@._:;=-]{1,64}")
_FILE = re.compile(r"[0-9A-Za-z_-][0-9A-Za-z._-]{0,127}\.wav")

DIAL_RESULTS: Mapping[str, DialResult] = {
    "ANSWER": DialResult.ANSWERED,
    "BUSY": DialResult.BUSY,
    "NOANSWER": DialResult.NO_ANSWER,
    "CANCEL": DialResult.CANCELLED,
}
"""Asterisk's DIALSTATUS -> what it means; any other is a failure."""


class Unusable(HotlineError):
    """The dialplan does not say what is needed; the text names the field, never its value."""

    code = "unusable_request"


@dataclass(frozen=True, slots=True)
class Opened:
    call: str
    caller: str | None
    dialled: str | None


@dataclass(frozen=True, slots=True)
class Ended:
    call: str
    reason: str


@dataclass(frozen=True, slots=True)
class NextQuestion:
    call: str
    dial: DialResult | None
    recorded: bool


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """`file` is a plain name, never a path."""

    call: str
    file: str
    duration_ms: int | None


def parse_event(fields: Mapping[str, object]) -> Opened | Ended:
    """Raises Unusable."""
    call = _call(fields)
    match fields.get("event"):
        case "opened":
            return Opened(call, _matching(_NUMBER, fields.get("caller")), _matching(_NUMBER, fields.get("dialled")))
        case "ended":
            return Ended(call, _matching(_IDENTIFIER, fields.get("reason")) or "hangup")
    raise Unusable("The field event is neither opened nor ended.")


def parse_next(fields: Mapping[str, object]) -> NextQuestion:
    """Raises Unusable."""
    status = fields.get("dial")
    dial = DIAL_RESULTS.get(str(status), DialResult.FAILED) if status else None
    return NextQuestion(_call(fields), dial, recorded=fields.get("recorded") == "1")


def parse_recording(fields: Mapping[str, object]) -> RecordedFile:
    """Raises Unusable."""
    file = _matching(_FILE, fields.get("file"))
    if file is None:
        raise Unusable("The field file is no plain name of a .wav file.")
    duration = str(fields.get("duration_ms", ""))
    is_number = duration.isascii() and duration.isdigit() and len(duration) < 9
    return RecordedFile(_call(fields), file, int(duration) if is_number else None)


def _call(fields: Mapping[str, object]) -> str:
    call = _matching(_IDENTIFIER, fields.get("call"))
    if call is None:
        raise Unusable("The field call is missing or not readable.")
    return call


def _matching(pattern: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None
