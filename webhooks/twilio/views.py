"""The carrier's webhooks over HTTP: verify, parse, one use case, render.

A request without our account's signature gets 403 and nothing. Everything signed is answered with 200 and complete TwiML, also when the form
is unusable or we fail: a carrier throws the body of a 4xx or 5xx away, and the caller would hear nothing.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Flask, Response, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from config.errors import HotlineError
from config.settings import Settings
from config.stream_token import StreamGrant, make_stream_token
from intake.calls import CallView, IncomingCall, call_ended, find_call, open_call
from intake.errors import UnknownCall
from intake.fetching import take_in_recording
from intake.next_step import Dial, HangUp, NextStep, Reconnect, TakeMessage
from intake.office import Office
from intake.outcome import DialResult, Ending, Outcome
from intake.recordings import AnnouncedRecording
from intake.spool import SpooledAnnouncement, SpooledCall, SpooledEnd, spool
from intake.transfers import divert_call, take_next_step
from models.errors import DatabaseUnavailable
from webhooks.media_health import MediaHealth, MediaStatus
from webhooks.twilio import render
from webhooks.twilio.parse import (
    NextForm,
    RecordingForm,
    RecordingStatus,
    StatusForm,
    StreamForm,
    VoiceForm,
    parse_next,
    parse_recording,
    parse_status,
    parse_stream,
    parse_voice,
)
from webhooks.twilio.rest import redirect_call
from webhooks.twilio.verify import is_signed

log = logging.getLogger(__name__)

CARRIER = "twilio"
PREFIX = "/webhooks/twilio"
MAX_FORM = 64 * 1024
Form = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class Desk:
    """What every view needs."""

    office: Office
    settings: Settings
    media: MediaHealth

    @property
    def addresses(self) -> render.Addresses:
        base = self.settings.public_url + PREFIX
        return render.Addresses(
            self.settings.media_url + "/media/twilio", f"{base}/next", f"{base}/recording", f"{base}/stream"
        )


def register(app: Flask, office: Office, settings: Settings, media: MediaHealth) -> None:
    desk = Desk(office, settings, media)
    blueprint = Blueprint("twilio", __name__, url_prefix=PREFIX)
    for name, answer in (
        ("voice", _voice),
        ("next", _next),
        ("recording", _recording),
        ("status", _status),
        ("stream", _stream),
    ):
        blueprint.add_url_rule(f"/{name}", name, _guarded(desk, name, answer), methods=["POST"])
    app.register_blueprint(blueprint)


def _guarded(desk: Desk, name: str, answer: Callable[[Desk, Form], str]) -> Callable[[], Response]:
    def view() -> Response:
        request.max_content_length = MAX_FORM
        try:
            form = request.form
        except HTTPException:
            return Response(status=403)
        if not is_signed(desk.settings, request):
            log.warning("a webhook without our account's signature was refused", extra={"webhook": name})
            return Response(status=403)
        return Response(_answered(desk, name, answer, form), mimetype="text/xml")

    return view


def _answered(desk: Desk, name: str, answer: Callable[[Desk, Form], str], form: Form) -> str:
    """Whatever goes wrong, the caller gets to a human or a recorder."""
    try:
        return answer(desk, form)
    except HotlineError as error:
        log.warning("a webhook could not be served as usual", extra={"webhook": name, "code": error.code, "why": str(error)})
    except Exception:
        log.exception("a webhook failed", extra={"webhook": name})
    if name not in {"voice", "next"}:
        return render.hang_up() if name == "stream" else _nothing()
    return _without_us(desk, form)


def _without_us(desk: Desk, form: Form) -> str:
    """What the caller gets without a look at the database. Decided by the form alone, so that nobody goes round in circles."""
    dial = form.get("DialCallStatus")
    if form.get("RecordingUrl") and not dial:
        return render.hang_up(render.THANKS)
    if dial in {"completed", "answered", "canceled"}:
        return render.hang_up()
    if dial or not desk.settings.human_number:
        return render.take_message(desk.addresses, render.HELLO + render.OUT_OF_ORDER)
    return render.dial(desk.addresses, Dial(desk.settings.human_number), render.HELLO + render.TRANSFERRING)


def _voice(desk: Desk, raw: Form) -> str:
    form = parse_voice(raw)
    incoming = IncomingCall(CARRIER, form.call_sid, form.caller, form.dialled, _sample(desk, form))
    try:
        opened = open_call(desk.office, incoming)
        call = _known(desk, form.call_sid)
        media = desk.media.ask()
        if call.outcome is None and not media.is_accepting:
            divert_call(desk.office, opened.call_id, _diversion(media))
        elif call.outcome is None:
            return _connected(desk, call)
        step = take_next_step(desk.office, CARRIER, form.call_sid, media_is_up=media.is_accepting)
    except DatabaseUnavailable:
        spool(desk.office, SpooledCall(incoming, desk.office.clock.now()))
        raise
    return _rendered(desk, step, _known(desk, form.call_sid))


def _sample(desk: Desk, form: VoiceForm) -> str | None:
    return form.sample if desk.settings.samples else None


def _diversion(media: MediaStatus) -> Outcome:
    if media.is_up:
        return Outcome(Ending.OVERFLOW, media.why or "full")
    return Outcome(Ending.FAILED, "media_down")


def _connected(desk: Desk, call: CallView) -> str:
    grant = StreamGrant(call.id, call.case_no, call.carrier_call_id, call.sample or "", call.streams)
    token = make_stream_token(desk.settings.secret_key.get_secret_value(), grant, desk.office.clock.now())
    return render.connect(desk.addresses, token)


def _next(desk: Desk, raw: Form) -> str:
    form = parse_next(raw)
    try:
        return _went_on(desk, form)
    except DatabaseUnavailable:
        if form.recording:
            spool(desk.office, SpooledAnnouncement(_announcement(form.recording)))
        raise


def _went_on(desk: Desk, form: NextForm) -> str:
    if form.recording:
        _announce(desk, form.recording)
    step = take_next_step(
        desk.office,
        CARRIER,
        form.call_sid,
        media_is_up=desk.media.ask().is_accepting,
        dial=form.dial,
        recorded=form.recording is not None,
    )
    if form.is_over:
        call_ended(desk.office, CARRIER, form.call_sid, "hung_up")
        return render.hang_up()
    if isinstance(step, HangUp) and form.recording:
        return render.hang_up(render.THANKS)
    return _rendered(desk, step, _known(desk, form.call_sid))


def _rendered(desk: Desk, step: NextStep, call: CallView) -> str:
    greeted = call.media_started_at is not None or call.dial_result is not None
    match step:
        case HangUp():
            return render.hang_up()
        case Dial():
            return render.dial(desk.addresses, step, render.words_before_dial(greeted=greeted))
        case TakeMessage():
            return render.take_message(desk.addresses, render.words_before_message(step, greeted=greeted))
        case Reconnect():
            return _connected(desk, call)


def _recording(desk: Desk, raw: Form) -> str:
    form = parse_recording(raw)
    if form.status is RecordingStatus.COMPLETED:
        try:
            _announce(desk, form)
        except DatabaseUnavailable:
            spool(desk.office, SpooledAnnouncement(_announcement(form)))
    return _nothing()


def _announce(desk: Desk, form: RecordingForm) -> None:
    """A recording of a call that we never heard of is one that was made while we were away: it gets its call and case now."""
    take_in_recording(desk.office, _announcement(form))


def _announcement(form: RecordingForm) -> AnnouncedRecording:
    duration_ms = None if form.duration_s is None else form.duration_s * 1000
    return AnnouncedRecording(CARRIER, form.call_sid, form.recording_sid, form.url, duration_ms)


def _status(desk: Desk, raw: Form) -> str:
    form: StatusForm = parse_status(raw)
    if form.is_over:
        try:
            call_ended(desk.office, CARRIER, form.call_sid, form.status)
        except DatabaseUnavailable:
            spool(desk.office, SpooledEnd(CARRIER, form.call_sid, form.status, desk.office.clock.now()))
        except UnknownCall:
            log.info("the end of a call that we do not know was reported", extra={"status": form.status})
    return _nothing()


def _stream(desk: Desk, raw: Form) -> str:
    """Whether a call goes on by itself after its stream broke is not documented: we bring it to `next`."""
    form: StreamForm = parse_stream(raw)
    if form.is_error:
        call = find_call(desk.office, CARRIER, form.call_sid)
        if call is not None and call.ended_at is None and call.outcome is None:
            redirect_call(desk.settings, form.call_sid, desk.addresses.next)
    return _nothing()


def _known(desk: Desk, call_sid: str) -> CallView:
    call = find_call(desk.office, CARRIER, call_sid)
    if call is None:
        raise UnknownCall
    return call


def _nothing() -> str:
    return '<?xml version="1.0" encoding="UTF-8"?><Response/>'


__all__ = ["CARRIER", "PREFIX", "DialResult", "register"]
