"""The PBX's three addresses, by bearer token: verify, then the desk, then its line of plain text."""

import hmac
import logging
from collections.abc import Callable, Mapping

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from config.errors import HotlineError
from config.settings import Settings
from intake.errors import UnknownCall
from webhooks.sip.answers import Fields, SipDesk
from webhooks.sip.parse import Unusable

log = logging.getLogger(__name__)

MAX_BODY = 16 * 1024


def blueprint(desk: SipDesk, settings: Settings) -> Blueprint:
    pages = Blueprint("sip", __name__, url_prefix="/webhooks/sip")
    pages.add_url_rule("/event", "event", _admitting(desk.event, settings), methods=["POST"])
    pages.add_url_rule("/recording", "recording", _admitting(desk.recording, settings), methods=["POST"])
    pages.add_url_rule("/call-back", "call_back", _admitting(desk.call_back, settings), methods=["GET"])
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


def _text(text: str, status: int) -> Response:
    return Response(text, status=status, mimetype="text/plain")
