"""What Twilio's signed forms say, as values. Its words (CallSid, DialCallStatus) stop here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from config.errors import HotlineError
from intake.calls import IncomingCall
from intake.outcome import DialResult
from intake.recordings import AnnouncedRecording

CARRIER = "twilio"
_IDENTIFIER = re.compile(r"[0-9A-Za-z_-]{1,64}")
_NUMBER = re.compile(r"(sip:)?[+0-9A-Za-z@._:;=-]{1,64}")
_SAMPLE = re.compile(r"[0-9A-Za-z_-]{1,64}")
_LONGEST_S = 24 * 3600

DIAL_RESULTS: Mapping[str, DialResult] = {
    "completed": DialResult.ANSWERED,
    "answered": DialResult.ANSWERED,
    "busy": DialResult.BUSY,
    "no-answer": DialResult.NO_ANSWER,
    "canceled": DialResult.CANCELLED,
}
"""DialCallStatus -> what it means; any other is a failure, so that the caller is asked for a message."""
ENDED = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
"""CallStatus of a call that is over."""


class Unusable(HotlineError):
    """A signed request does not say what is needed; the text names the field, never its value."""

    code = "unusable_webhook"


@dataclass(frozen=True, slots=True)
class NextQuestion:
    """`dial` where a human was rung before, `recorded` where a message was just recorded."""

    call: str
    dial: DialResult | None
    recorded: bool


@dataclass(frozen=True, slots=True)
class CallStatus:
    """`reason` is why the call is over, None while it goes on."""

    call: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """`stream` is the how-manieth stream of the call it is, None where that was not told."""

    call: str
    broke: bool
    stream: int | None


def parse_voice(form: Mapping[str, str], *, samples: bool) -> IncomingCall:
    """Raises Unusable. A caller's number that is none is left out: the call counts, not its sender."""
    return IncomingCall(
        CARRIER,
        _call(form),
        caller=_matching(_NUMBER, form.get("From")),
        dialled=_matching(_NUMBER, form.get("To")),
        sample=_matching(_SAMPLE, form.get("SampleName")) if samples else None,
    )


def parse_next(form: Mapping[str, str]) -> NextQuestion:
    """Raises Unusable."""
    status = form.get("DialCallStatus", "")
    dial = DIAL_RESULTS.get(status, DialResult.FAILED) if status else None
    return NextQuestion(_call(form), dial, recorded=dial is None and bool(form.get("RecordingUrl")))


def parse_recording(form: Mapping[str, str]) -> AnnouncedRecording | None:
    """None for a recording that is not there (in progress, absent, failed). Raises Unusable."""
    call = _call(form)
    if form.get("RecordingStatus", "completed") != "completed":
        return None
    recording = _matching(_IDENTIFIER, form.get("RecordingSid"))
    address = form.get("RecordingUrl", "")
    if recording is None or not address or len(address) > 2000 or "\0" in address:
        raise Unusable("The recording callback names no recording: RecordingSid or RecordingUrl is missing or not readable.")
    return AnnouncedRecording(CARRIER, call, recording, address, duration_ms=_milliseconds(form.get("RecordingDuration")))


def parse_status(form: Mapping[str, str]) -> CallStatus:
    """Raises Unusable."""
    status = form.get("CallStatus", "")
    return CallStatus(_call(form), status if status in ENDED else None)


def parse_stream(form: Mapping[str, str]) -> StreamStatus:
    """Raises Unusable."""
    name = form.get("StreamName", "")
    stream = int(name) if name.isascii() and name.isdigit() and len(name) < 4 else None
    return StreamStatus(_call(form), form.get("StreamEvent") == "stream-error", stream)


def _call(form: Mapping[str, str]) -> str:
    call = _matching(_IDENTIFIER, form.get("CallSid"))
    if call is None:
        raise Unusable("The webhook names no call: CallSid is missing or not readable.")
    return call


def _matching(pattern: re.Pattern[str], value: str | None) -> str | None:
    return value if value and pattern.fullmatch(value) else None


def _milliseconds(seconds: str | None) -> int | None:
    if not seconds or not (seconds.isascii() and seconds.isdigit()) or len(seconds) > 6:
        return None
    return min(int(seconds), _LONGEST_S) * 1000
