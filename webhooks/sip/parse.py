"""What the PBX's dialplan says, as values: forms or JSON, short fields."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from config.errors import HotlineError
from intake.calls import IncomingCall
from intake.outcome import DialResult
from models.recording import RecordingSource

CARRIER = "sip"
SEAT = "PJSIP/"
"""Before the name of a seat, in the words of the exchange."""
_IDENTIFIER = re.compile(r"[0-9A-Za-z._-]{1,64}")
_NUMBER = re.compile(r"[+0-9A-Za-z@._:;=-]{1,64}")
_SAMPLE = re.compile(r"[a-z0-9-]{1,64}")
_FILE = re.compile(r"[0-9A-Za-z_-][0-9A-Za-z._-]{0,127}\.wav")

DIAL_RESULTS: Mapping[str, DialResult] = {
    "ANSWER": DialResult.ANSWERED,
    "BUSY": DialResult.BUSY,
    "NOANSWER": DialResult.NO_ANSWER,
    "CANCEL": DialResult.CANCELLED,
    "LOST": DialResult.LOST,
}
"""Asterisk's DIALSTATUS -> what it means; any other is a failure."""

KINDS: Mapping[str, tuple[str, RecordingSource]] = {
    "message": ("caller", RecordingSource.CARRIER),
    "caller": ("caller", RecordingSource.EXCHANGE),
    "human": ("human", RecordingSource.EXCHANGE),
}
"""What a recording is: the caller's message, the caller's track of the whole call, what the caller heard from a human."""


class Unusable(HotlineError):
    """The dialplan does not say what is needed; the text names the field, never its value."""

    code = "unusable_request"


@dataclass(frozen=True, slots=True)
class Opened:
    call: IncomingCall


@dataclass(frozen=True, slots=True)
class Answered:
    """An operator's telephone was picked up."""

    call: str
    seat: str


@dataclass(frozen=True, slots=True)
class Ended:
    """`dial`: how the ringing of the resident went, of a call that we placed."""

    call: IncomingCall
    reason: str
    dial: DialResult | None = None


@dataclass(frozen=True, slots=True)
class NextQuestion:
    """`seat`: the operators' telephone whose ringing `dial` tells of; None where a number was rung."""

    call: str
    dial: DialResult | None
    recorded: bool
    seat: str | None = None


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """`file` is a plain name, never a path; `tracks` tells who is to be heard in it."""

    call: IncomingCall
    file: str
    duration_ms: int | None
    tracks: str
    source: RecordingSource


def parse_event(fields: Mapping[str, object]) -> Opened | Answered | Ended:
    """Raises Unusable."""
    match fields.get("event"):
        case "opened":
            return Opened(replace(parse_call(fields), may_be_seated=True))
        case "answered":
            return Answered(_call(fields), _seat(fields) or "")
        case "ended":
            return Ended(parse_call(fields), _matching(_IDENTIFIER, fields.get("reason")) or "hangup", _dial(fields))
    raise Unusable("The field event is neither opened, answered nor ended.")


def parse_next(fields: Mapping[str, object]) -> NextQuestion:
    """Raises Unusable."""
    return NextQuestion(_call(fields), _dial(fields), recorded=fields.get("recorded") == "1", seat=_seat(fields))


def parse_call_id(fields: Mapping[str, object]) -> str:
    """Raises Unusable."""
    return _call(fields)


def parse_recording(fields: Mapping[str, object]) -> RecordedFile:
    """Raises Unusable."""
    file = _matching(_FILE, fields.get("file"))
    if file is None:
        raise Unusable("The field file is no plain name of a .wav file.")
    duration = str(fields.get("duration_ms", ""))
    is_number = duration.isascii() and duration.isdigit() and len(duration) < 9
    tracks, source = KINDS.get(str(fields.get("kind", "message")), KINDS["message"])
    return RecordedFile(parse_call(fields), file, int(duration) if is_number else None, tracks, source)


def parse_call(fields: Mapping[str, object]) -> IncomingCall:
    """Who calls comes with everything that is told: what was told first may not have reached us. Raises Unusable."""
    caller, dialled = (_matching(_NUMBER, fields.get(name)) for name in ("caller", "dialled"))
    return IncomingCall(CARRIER, _call(fields), caller, dialled, _matching(_SAMPLE, fields.get("sample")))


def _seat(fields: Mapping[str, object]) -> str | None:
    """A name of a seat out of the dialplan's target PJSIP/seat1001; a number on the trunk is PJSIP/...@trunk."""
    target = str(fields.get("target", ""))
    return _matching(_IDENTIFIER, target.removeprefix(SEAT)) if target.startswith(SEAT) else None


def _call(fields: Mapping[str, object]) -> str:
    call = _matching(_IDENTIFIER, fields.get("call"))
    if call is None:
        raise Unusable("The field call is missing or not readable.")
    return call


def _matching(pattern: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


def _dial(fields: Mapping[str, object]) -> DialResult | None:
    status = fields.get("dial")
    return DIAL_RESULTS.get(str(status), DialResult.FAILED) if status else None
