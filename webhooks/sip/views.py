"""The PBX's three addresses, by bearer token. Answers are one line of plain text, which a dialplan can take apart.

`next` says: `connect` (audio to the media process), `dial NUMBER SECONDS`, `record`, or `hangup`.
"""

import hmac
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from config.errors import HotlineError
from config.settings import Settings
from intake.calls import IncomingCall, call_ended, open_call
from intake.errors import UnknownCall
from intake.next_step import Dial, HangUp, NextStep, Reconnect, TakeMessage
from intake.office import Office
from intake.recordings import AnnouncedRecording, recording_announced
from intake.spool import SpooledAnnouncement, SpooledCall, SpooledEnd, SpoolEntry, spool
from intake.transfers import take_next_step
from models.errors import DatabaseUnavailable
from webhooks.media_health import MediaHealth
from webhooks.sip.parse import CARRIER, Opened, Unusable, parse_event, parse_next, parse_recording

log = logging.getLogger(__name__)

MAX_BODY = 16 * 1024
Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class SipDesk:
    office: Office
    settings: Settings
    media: MediaHealth

    def event(self, fields: Fields) -> str:
        told = parse_event(fields)
        try:
            if isinstance(told, Opened):
                open_call(self.office, IncomingCall(CARRIER, told.call, told.caller, told.dialled))
            else:
                call_ended(self.office, CARRIER, told.call, told.reason)
        except DatabaseUnavailable:
            self._spool(self._entry(told.call, fields))
        return "ok"

    def next(self, fields: Fields) -> str:
        question = parse_next(fields)
        accepts = self.media.ask().accepts
        step = take_next_step(
            self.office, CARRIER, question.call, media_is_up=accepts, dial=question.dial, recorded=question.recorded
        )
        return _line(step)

    def recording(self, fields: Fields) -> str:
        told = parse_recording(fields)
        announced = AnnouncedRecording(
            CARRIER, told.call, f"{told.call}/{told.file}", f"file:{told.file}", duration_ms=told.duration_ms
        )
        try:
            recording_announced(self.office, announced)
        except DatabaseUnavailable:
            self._spool(SpooledAnnouncement(announced))
        return "ok"

    def _entry(self, call: str, fields: Fields) -> SpoolEntry:
        told, now = parse_event(fields), self.office.clock.now()
        if isinstance(told, Opened):
            return SpooledCall(IncomingCall(CARRIER, call, told.caller, told.dialled), now)
        return SpooledEnd(CARRIER, call, told.reason, now)

    def _spool(self, entry: SpoolEntry) -> None:
        log.warning("the database is away: spooled", extra={"entry": type(entry).__name__})
        spool(self.office, entry)

    def whatever_failed(self) -> str:
        """What the caller gets when we cannot decide."""
        number = self.settings.human_number
        return _line(Dial(number)) if number else _line(TakeMessage("failed"))


def blueprint(desk: SipDesk, settings: Settings) -> Blueprint:
    pages = Blueprint("sip", __name__, url_prefix="/webhooks/sip")
    pages.add_url_rule("/event", "event", _admitting(desk.event, settings), methods=["POST"])
    pages.add_url_rule("/recording", "recording", _admitting(desk.recording, settings), methods=["POST"])
    pages.add_url_rule("/next", "next", _admitting(_never_failing(desk), settings), methods=["GET"])
    return pages


def _never_failing(desk: SipDesk) -> Callable[[Fields], str]:
    """A dialplan that asks what is next has a caller on the line."""

    def ask(fields: Fields) -> str:
        try:
            return desk.next(fields)
        except HotlineError as error:
            log.error("the next step could not be decided", extra={"code": error.code})
        except Exception:
            log.exception("the next step could not be decided")
        return desk.whatever_failed()

    return ask


def _admitting(handler: Callable[[Fields], str], settings: Settings) -> Callable[[], Response]:
    def view() -> Response:
        if not _is_admitted(settings):
            return Response(status=401, headers={"WWW-Authenticate": "Bearer"})
        request.max_content_length = MAX_BODY
        try:
            return _text(handler(_fields()), 200)
        except Unusable as error:
            return _text(str(error), 400)
        except UnknownCall as error:
            return _text(str(error), 404)
        except HotlineError as error:
            log.error("the PBX could not be served", extra={"endpoint": request.endpoint, "code": error.code})
            return _text("try again", 503)

    return view


def _is_admitted(settings: Settings) -> bool:
    wanted = settings.sip.token.get_secret_value()
    given = request.headers.get("Authorization", "")
    return bool(wanted) and hmac.compare_digest(given.encode("utf-8", "replace"), f"Bearer {wanted}".encode())


def _fields() -> Fields:
    """The query, the form or the JSON object, whichever there is. Raises Unusable."""
    try:
        if request.method == "GET":
            return request.args
        body = request.get_json() if request.is_json else request.form
    except HTTPException:
        raise Unusable("The request is too large or not readable.") from None
    if not isinstance(body, Mapping):
        raise Unusable("The request is no JSON object.")
    return body


def _line(step: NextStep) -> str:
    match step:
        case HangUp():
            return "hangup"
        case Dial(number, timeout_s):
            return f"dial {number} {timeout_s}"
        case TakeMessage():
            return "record"
        case Reconnect():
            return "connect"


def _text(text: str, status: int) -> Response:
    return Response(text, status=status, mimetype="text/plain")
