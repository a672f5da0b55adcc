"""The PBX's dialplan over HTTP, with a bearer token: calls begin and end, it asks what is next, it announces recordings.

First form of it: answers are one line of text that a dialplan reads with CURL(): `media TOKEN`, `dial NUMBER SECONDS`, `record` or `hangup`.
"""

import hmac
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, Flask, Response, request

from config.errors import HotlineError
from config.settings import Settings
from config.stream_token import StreamGrant, make_stream_token
from intake.calls import IncomingCall, call_ended, find_call, open_call
from intake.next_step import Dial, HangUp, NextStep, Reconnect, TakeMessage
from intake.office import Office
from intake.outcome import DialResult, Ending, Outcome
from intake.recordings import recording_stored
from intake.spool import SpooledCall, SpooledEnd, spool
from intake.transfers import divert_call, take_next_step
from models.errors import DatabaseUnavailable
from webhooks.media_health import MediaHealth

log = logging.getLogger(__name__)

CARRIER = "sip"
PREFIX = "/webhooks/sip"
DIAL_RESULTS = {
    "ANSWER": DialResult.ANSWERED,
    "BUSY": DialResult.BUSY,
    "NOANSWER": DialResult.NO_ANSWER,
    "CANCEL": DialResult.CANCELLED,
}
"""The dialplan's DIALSTATUS; any other one counts as failed."""
_LONGEST = 128


class Unusable(HotlineError):
    """The request misses a field that it must bring."""

    code = "unusable_webhook"


@dataclass(frozen=True, slots=True)
class Desk:
    office: Office
    settings: Settings
    media: MediaHealth


def register(app: Flask, office: Office, settings: Settings, media: MediaHealth) -> None:
    desk = Desk(office, settings, media)
    blueprint = Blueprint("sip", __name__, url_prefix=PREFIX)
    blueprint.add_url_rule("/event", "event", _guarded(desk, _event), methods=["POST"])
    blueprint.add_url_rule("/next", "next", _guarded(desk, _next), methods=["GET"])
    blueprint.add_url_rule("/recording", "recording", _guarded(desk, _recording), methods=["POST"])
    app.register_blueprint(blueprint)


def _guarded(desk: Desk, answer: Callable[[Desk, Mapping[str, str]], str]) -> Callable[[], Response]:
    def view() -> Response:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        token = desk.settings.sip.token.get_secret_value()
        if not token or not hmac.compare_digest(given.encode(), token.encode()):
            return Response(status=403)
        try:
            line = answer(desk, request.values)
        except Unusable as error:
            return Response(f"{error}\n", status=422, mimetype="text/plain")
        except HotlineError as error:
            log.warning("a dialplan's request could not be served as usual", extra={"code": error.code, "why": str(error)})
            line = "record"
        except Exception:
            log.exception("a dialplan's request failed")
            line = "record"
        return Response(line + "\n", mimetype="text/plain")

    return view


def _event(desk: Desk, values: Mapping[str, str]) -> str:
    """`event` is started or ended; `call` the channel's id; `caller`, `dialled`, `reason` are optional."""
    call_id, kind = _field(values, "call"), _field(values, "event")
    if kind == "ended":
        return _ended(desk, call_id, values.get("reason", "hung_up")[:_LONGEST])
    if kind != "started":
        raise Unusable("The field `event` is neither started nor ended.")
    incoming = IncomingCall(CARRIER, call_id, values.get("caller"), values.get("dialled"))
    try:
        opened = open_call(desk.office, incoming)
    except DatabaseUnavailable:
        spool(desk.office, SpooledCall(incoming, desk.office.clock.now()))
        raise
    media = desk.media.ask()
    if not media.is_accepting:
        ending = Ending.OVERFLOW if media.is_up else Ending.FAILED
        divert_call(desk.office, opened.call_id, Outcome(ending, media.why if media.is_up else "media_down"))
        return _line(desk, call_id, take_next_step(desk.office, CARRIER, call_id, media_is_up=False))
    return _media(desk, call_id)


def _ended(desk: Desk, call_id: str, reason: str) -> str:
    try:
        call_ended(desk.office, CARRIER, call_id, reason)
    except DatabaseUnavailable:
        spool(desk.office, SpooledEnd(CARRIER, call_id, reason, desk.office.clock.now()))
    return "ok"


def _next(desk: Desk, values: Mapping[str, str]) -> str:
    """`call`; `dial` is the DIALSTATUS after a human was rung; `recorded` is 1 after a message."""
    call_id, dial = _field(values, "call"), values.get("dial")
    result = DIAL_RESULTS.get(dial, DialResult.FAILED) if dial else None
    media_is_up = desk.media.ask().is_accepting
    recorded = values.get("recorded") == "1"
    step = take_next_step(desk.office, CARRIER, call_id, media_is_up=media_is_up, dial=result, recorded=recorded)
    return _line(desk, call_id, step)


def _line(desk: Desk, call_id: str, step: NextStep) -> str:
    match step:
        case Dial(number, timeout_s):
            return f"dial {number} {timeout_s}"
        case TakeMessage():
            return "record"
        case Reconnect():
            return _media(desk, call_id)
        case HangUp():
            return "hangup"


def _media(desk: Desk, call_id: str) -> str:
    call = find_call(desk.office, CARRIER, call_id)
    if call is None:
        return "record"
    grant = StreamGrant(call.id, call.case_no, call_id, "", call.streams)
    return "media " + make_stream_token(desk.settings.secret_key.get_secret_value(), grant, desk.office.clock.now())


def _recording(desk: Desk, values: Mapping[str, str]) -> str:
    """A file that the PBX has put into `var/recordings/`: `call`, `file` (its name there), `duration_ms`."""
    call = find_call(desk.office, CARRIER, _field(values, "call"))
    name, duration = _field(values, "file"), values.get("duration_ms", "0")
    path = (desk.office.var / "recordings" / name).resolve()
    if not path.is_relative_to((desk.office.var / "recordings").resolve()) or not path.is_file():
        raise Unusable("The field `file` names no file in var/recordings.")
    if call is None:
        raise Unusable("The field `call` names no call that we know.")
    stored = str(path.relative_to(desk.office.var.resolve()))
    recording_stored(desk.office, call.id, stored, int(duration) if duration.isdigit() else 0, "caller")
    return "ok"


def _field(values: Mapping[str, str], name: str) -> str:
    value = values.get(name, "")
    if not value or len(value) > _LONGEST or not value.isprintable():
        raise Unusable(f"The field `{name}` is missing or not usable.")
    return value
