"""From a webhook of Twilio to the use case behind it, and back to TwiML that serves the caller."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from config.settings import Settings
from config.stream_token import StreamGrant, make_stream_token
from intake.call_backs import call_back_ended, operator_picked_up, resident_answered
from intake.calls import CallView, IncomingCall, OpenedCall, call_ended, find_call, open_call
from intake.errors import UnknownCall
from intake.next_step import MOST_STREAMS, Dial, HangUp, NextStep, Reconnect, Standing, TakeMessage, decide_next
from intake.office import Office
from intake.outcome import DialResult, Ending, Outcome
from intake.recordings import recording_announced
from intake.spool import SpooledAnnouncement, SpooledCall, SpooledEnd, SpoolEntry, spool, take_in_spool
from intake.transfers import divert_call, take_next_step
from ivr.wording import Prompt
from models.call import CallState
from models.errors import DatabaseUnavailable
from webhooks.media_health import MediaHealth, MediaState
from webhooks.twilio.parse import CARRIER, NextQuestion, parse_next, parse_recording, parse_status, parse_stream, parse_voice
from webhooks.twilio.render import Renderer
from webhooks.twilio.rest import CarrierUnavailable, LiveCalls

log = logging.getLogger(__name__)

Form = Mapping[str, str]
THANKS = (Prompt.RECORDED, Prompt.GOODBYE)


@dataclass(frozen=True, slots=True)
class TwilioDesk:
    """One method for each address. They raise what the use cases raise; `views` turns that into an answer too."""

    office: Office
    settings: Settings
    media: MediaHealth
    renderer: Renderer
    live_calls: LiveCalls

    def voice(self, form: Form) -> str:
        incoming = parse_voice(form, samples=self.settings.samples)
        try:
            opened = open_call(self.office, incoming)
        except DatabaseUnavailable:
            self._spool(SpooledCall(incoming, self.office.clock.now()))
            return self._take_message(Prompt.LEAVE_MESSAGE)
        if not opened.is_new and (known := self._known(incoming.carrier_call_id)) and _is_past_the_start(known):
            return self._go_on(NextQuestion(incoming.carrier_call_id, None, recorded=False))
        state = self.media.ask()
        if state.accepts:
            return self._converse(opened, incoming)
        divert_call(self.office, opened.call_id, _diverted(state))
        step = self._step(NextQuestion(incoming.carrier_call_id, None, recorded=False))
        sorry = () if state.is_up else (Prompt.SORRY_FAILURE,)
        return self._carry_out(step, incoming.carrier_call_id, (*sorry, Prompt.TRANSFER), Prompt.LEAVE_MESSAGE)

    def next(self, form: Form) -> str:
        return self._go_on(parse_next(form))

    def recording(self, form: Form) -> None:
        announced = parse_recording(form)
        if announced is None:
            return
        try:
            recording_announced(self.office, announced)
        except DatabaseUnavailable:
            self._spool(SpooledAnnouncement(announced))
        except UnknownCall:
            # It waits in the spool, or the fallback answered while we were away: there is a case all the same.
            take_in_spool(self.office)
            open_call(self.office, IncomingCall(CARRIER, announced.carrier_call_id))
            recording_announced(self.office, announced)

    def status(self, form: Form) -> None:
        status = parse_status(form)
        if status.reason is None:
            return
        try:
            call_ended(self.office, CARRIER, status.call, status.reason)
        except DatabaseUnavailable:
            self._spool(SpooledEnd(CARRIER, status.call, status.reason, self.office.clock.now()))
        except UnknownCall:
            log.info("the end of an unknown call was reported")

    def stream(self, form: Form) -> None:
        """A broken stream: whether Twilio then goes on by itself is not documented, so the live call is redirected."""
        status = parse_stream(form)
        if not status.broke:
            return
        call = self._known(status.call)
        if call is None or not _is_with_us(call) or status.stream not in {None, call.streams + 1}:
            return
        log.warning("the audio stream of a call broke", extra={"call": call.id})
        try:
            self.live_calls.redirect(status.call, self.renderer.addresses.webhook("next"))
        except CarrierUnavailable as error:
            log.error("the call could not be redirected", extra={"call": call.id, "why": str(error)})

    def call_back(self, form: Form, call: str) -> str:
        """The humans' telephone was picked up: whom to call for them."""
        number = operator_picked_up(self.office, call, parse_status(form).call)
        if number is None:
            return self.renderer.hang_up()
        return self.renderer.call_resident((Prompt.CALLING_RESIDENT,), number, call)

    def call_back_answered(self, _form: Form, call: str) -> str:
        resident_answered(self.office, call)
        return self.renderer.nothing()

    def called_back(self, form: Form, call: str) -> str:
        """How the ringing of the resident ended, or that the whole call is over."""
        dial = parse_next(form).dial
        call_back_ended(self.office, call, dial)
        return self.renderer.hang_up((Prompt.RESIDENT_NOT_REACHED,) if dial not in {None, DialResult.ANSWERED} else ())

    def apologise(self, form: Form) -> str:
        """What is answered when anything of ours failed, without asking anything that may fail again."""
        question = _read_blindly(form)
        blind = Standing(
            ending=None, reason="failed", dial=question.dial, streams=MOST_STREAMS, is_over=True, recorded=question.recorded
        )
        step = decide_next(blind, human_number=self.settings.human_number, media_is_up=False)
        return self._render(step, (Prompt.SORRY_FAILURE, Prompt.TRANSFER), Prompt.LEAVE_MESSAGE, recorded=question.recorded)

    def _go_on(self, question: NextQuestion) -> str:
        before = self._known(question.call)
        step = self._step(question)
        announced = before is not None and before.outcome is not None and before.outcome.ending is Ending.TRANSFER
        spoken = () if announced else (Prompt.SORRY_FAILURE, Prompt.TRANSFER)
        return self._carry_out(step, question.call, spoken, Prompt.CALL_BACK, recorded=question.recorded)

    def _step(self, question: NextQuestion) -> NextStep:
        accepts = self.media.ask().accepts
        return take_next_step(
            self.office, CARRIER, question.call, media_is_up=accepts, dial=question.dial, recorded=question.recorded
        )

    def _carry_out(
        self, step: NextStep, call: str, before_dial: tuple[Prompt, ...], message: Prompt, *, recorded: bool = False
    ) -> str:
        if not isinstance(step, Reconnect):
            return self._render(step, before_dial, message, recorded=recorded)
        known = self._known(call)
        if known is None:
            raise UnknownCall
        return self._connect(StreamGrant(known.id, known.case_no, call, known.sample or "", known.streams + 1))

    def _render(self, step: NextStep, before_dial: tuple[Prompt, ...], message: Prompt, *, recorded: bool) -> str:
        match step:
            case Dial(number, timeout_s):
                return self.renderer.transfer(before_dial, number, timeout_s)
            case HangUp():
                return self.renderer.hang_up(THANKS if recorded else ())
            case TakeMessage():
                return self._take_message(message)
        raise TypeError(step)

    def _take_message(self, prompt: Prompt) -> str:
        return self.renderer.take_message((prompt,), (Prompt.GOODBYE,))

    def _converse(self, opened: OpenedCall, incoming: IncomingCall) -> str:
        grant = StreamGrant(opened.call_id, opened.case_no, incoming.carrier_call_id, incoming.sample or "")
        return self._connect(grant)

    def _connect(self, grant: StreamGrant) -> str:
        secret = self.settings.secret_key.get_secret_value()
        return self.renderer.converse(make_stream_token(secret, grant, self.office.clock.now()), grant.stream)

    def _known(self, call: str) -> CallView | None:
        return find_call(self.office, CARRIER, call)

    def _spool(self, entry: SpoolEntry) -> None:
        log.warning("the database is away: spooled", extra={"entry": type(entry).__name__})
        spool(self.office, entry)


def _is_past_the_start(call: CallView) -> bool:
    """The voice webhook comes again although the call has gone on: then it is a question for the next step."""
    return call.outcome is not None or call.state is not CallState.TALKING


def _is_with_us(call: CallView) -> bool:
    return call.outcome is None and call.state is CallState.TALKING


def _diverted(state: MediaState) -> Outcome:
    if not state.is_up:
        return Outcome(Ending.FAILED, "media_down")
    return Outcome(Ending.OVERFLOW, (state.why or "full")[:64])


def _read_blindly(form: Form) -> NextQuestion:
    return parse_next({"CallSid": "unknown", **{name: form.get(name, "") for name in ("DialCallStatus", "RecordingUrl")}})
