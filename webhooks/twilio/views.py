"""Twilio's five addresses: verify, then the desk, then an answer. Nothing signed is ever answered by an error page."""

import logging
from collections.abc import Callable

from flask import Blueprint, Response, abort, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from config.errors import HotlineError
from config.settings import Settings
from ivr.prompts import PromptBook
from ivr.wording import Prompt
from webhooks.sounds import wav
from webhooks.twilio.answers import TwilioDesk
from webhooks.twilio.verify import SIGNATURE, is_signed

log = logging.getLogger(__name__)

MAX_BODY = 64 * 1024
Form = MultiDict[str, str]


def blueprint(desk: TwilioDesk, settings: Settings, prompts: PromptBook) -> Blueprint:
    pages = Blueprint("twilio", __name__, url_prefix="/webhooks/twilio")
    handlers: dict[str, Callable[[Form], str | None]] = {
        "voice": desk.voice,
        "next": desk.next,
        "recording": desk.recording,
        "status": desk.status,
        "stream": desk.stream,
    }
    for name, handler in handlers.items():
        pages.add_url_rule(f"/{name}", name, _answering(handler, desk, settings), methods=["POST"])
    of_ours: dict[str, Callable[[Form, str], str]] = {
        "call-back": desk.call_back,
        "call-back-answered": desk.call_back_answered,
        "called-back": desk.called_back,
    }
    for name, ours in of_ours.items():
        rule = f"/{name}/<string(maxlength=64):call>"
        pages.add_url_rule(rule, name, _answering_ours(ours, desk, settings), methods=["POST"])
    sounds = {prompt: wav(prompts.sounds[prompt]) for prompt in Prompt if prompt in prompts.sounds}
    pages.add_url_rule("/prompts/<name>.wav", "prompt", lambda name: _prompt(sounds, name))
    return pages


def _answering(handler: Callable[[Form], str | None], desk: TwilioDesk, settings: Settings) -> Callable[[], Response]:
    return lambda: _answer(settings, handler, desk.apologise)


def _answering_ours(handler: Callable[[Form, str], str], desk: TwilioDesk, settings: Settings) -> Callable[[str], Response]:
    """Of a call that we placed: where anything fails it ends, for nobody's message is lost with it."""
    return lambda call: _answer(settings, lambda form: handler(form, call), lambda _form: desk.renderer.hang_up())


def _answer(settings: Settings, handler: Callable[[Form], str | None], apologise: Callable[[Form], str]) -> Response:
    form = _signed_form(settings)
    if form is None:
        return Response(status=403)
    try:
        twiml = handler(form)
    except HotlineError as error:
        log.error("a webhook could not be served", extra={"endpoint": request.endpoint, "code": error.code, "why": str(error)})
        twiml = apologise(form)
    except Exception:
        log.exception("a webhook failed", extra={"endpoint": request.endpoint})
        twiml = apologise(form)
    return Response(status=204) if twiml is None else Response(twiml, mimetype="text/xml")


def _signed_form(settings: Settings) -> Form | None:
    """The form, None where it is not signed or so large that no signature can be checked."""
    request.max_content_length = MAX_BODY
    path = request.path + (f"?{request.query_string.decode('latin-1')}" if request.query_string else "")
    try:
        form = request.form
    except HTTPException:
        return None
    return form if is_signed(settings, path, form, request.headers.get(SIGNATURE, "")) else None


def _prompt(sounds: dict[Prompt, bytes], name: str) -> Response:
    if name not in sounds:
        abort(404)
    answer = Response(sounds[Prompt(name)], mimetype="audio/wav")
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer
