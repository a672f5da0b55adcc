"""From what the PBX says to the use case behind it, and back to one line of plain text, which a dialplan can take apart.

The line is a word and what belongs to it, parted by spaces: `connect TOKEN` (audio to the media process), `dial NUMBER SECONDS
[PROMPTS]`, `record [PROMPTS]`, `hangup [PROMPTS]`. PROMPTS are names of sound files, `&` between them. To the word that a human
has picked up the answer is `listen TOKEN TOKEN`, for the caller's side and the human's, or `ok`.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from config.settings import Settings
from config.stream_token import StreamGrant, make_stream_token
from intake.call_backs import PREFIX, call_back_ended, operator_picked_up, resident_answered
from intake.calls import CallView, IncomingCall, OpenedCall, call_ended, find_call, open_call
from intake.errors import UnknownCall
from intake.next_step import Dial, HangUp, NextStep, Reconnect, RingSeat, TakeMessage, Wait
from intake.office import Office
from intake.outcome import DialResult, Ending, Outcome
from intake.recordings import AnnouncedRecording, recording_announced
from intake.seat_calls import seat_answered
from intake.spool import SpooledAnnouncement, SpooledCall, SpooledEnd, SpoolEntry, spool, take_in_spool
from intake.talks import talk_grants
from intake.transfers import divert_call, take_next_step
from ivr.wording import Prompt
from models.call import CallState
from models.errors import DatabaseUnavailable
from webhooks.media_health import MediaHealth, MediaState
from webhooks.sip.parse import (
    CARRIER,
    SEAT,
    Answered,
    Ended,
    NextQuestion,
    Opened,
    RecordedFile,
    parse_call_id,
    parse_event,
    parse_next,
    parse_recording,
)

CALL_BACK_RINGS_S = 40
"""How long a resident's telephone rings."""

log = logging.getLogger(__name__)

Fields = Mapping[str, object]
Prompts = tuple[Prompt, ...]


@dataclass(frozen=True, slots=True)
class SipDesk:
    """One method for each address. They raise what the use cases raise."""

    office: Office
    settings: Settings
    media: MediaHealth

    def event(self, fields: Fields) -> str:
        told = parse_event(fields)
        match told:
            case Opened():
                return self._opened(told)
            case Answered(call, seat):
                if call.startswith(PREFIX):
                    resident_answered(self.office, call)
                else:
                    seat_answered(self.office, CARRIER, call, seat)
                return self._listening(call)
            case Ended():
                return self._ended(told)

    def _listening(self, call: str) -> str:
        """The two tokens with which a talk's sides are heard, the caller's first; without a media process nobody listens."""
        if not self.media.ask().accepts:
            return "ok"
        secret, now = self.settings.secret_key.get_secret_value(), self.office.clock.now()
        tokens = [make_stream_token(secret, grant, now) for grant in talk_grants(self.office, CARRIER, call)]
        return " ".join(["listen", *tokens])

    def next(self, fields: Fields) -> str:
        question = parse_next(fields)
        before = find_call(self.office, CARRIER, question.call)
        if before is None:
            raise UnknownCall
        return self._line(
            self._step(question), question.call, _before_ringing(before, question), Prompt.CALL_BACK, _thanks(question)
        )

    def call_back(self, fields: Fields) -> str:
        """The operator's telephone is picked up: whom to call for him."""
        number = operator_picked_up(self.office, parse_call_id(fields))
        return "hangup" if number is None else f"dial {number} {CALL_BACK_RINGS_S}"

    def recording(self, fields: Fields) -> str:
        told = parse_recording(fields)
        try:
            announcement(self.office, told)
        except DatabaseUnavailable:
            self._spool(SpooledAnnouncement(_announced(told)))
        return "ok"

    def whatever_failed(self) -> str:
        """What the caller gets when we cannot decide."""
        number = self.settings.human_number
        step: NextStep = Dial(number) if number else TakeMessage("failed")
        return _say(step, (Prompt.SORRY_FAILURE, Prompt.TRANSFER), Prompt.LEAVE_MESSAGE, ())

    def _opened(self, told: Opened) -> str:
        call = told.call.carrier_call_id
        incoming = told.call if self.settings.samples else replace(told.call, sample=None)
        try:
            opened = open_call(self.office, incoming)
        except DatabaseUnavailable:
            self._spool(SpooledCall(incoming, self.office.clock.now()))
            return _say(TakeMessage("failed"), (), Prompt.LEAVE_MESSAGE, ())
        known = None if opened.is_new else find_call(self.office, CARRIER, call)
        if known is not None and _is_past_the_start(known):
            return self.next({"call": call})
        return self._first_step(opened, incoming)

    def _first_step(self, opened: OpenedCall, incoming: IncomingCall) -> str:
        call, state = incoming.carrier_call_id, self.media.ask()
        if state.accepts:
            return self._connect(StreamGrant(opened.call_id, opened.case_no, call, incoming.sample or ""))
        divert_call(self.office, opened.call_id, _diverted(state))
        step = self._step(NextQuestion(call, None, recorded=False))
        sorry = () if state.is_up else (Prompt.SORRY_FAILURE,)
        said = (Prompt.NOTICE,) if isinstance(step, RingSeat) else (*sorry, Prompt.TRANSFER)
        return self._line(step, call, said, Prompt.LEAVE_MESSAGE, ())

    def _ended(self, told: Ended) -> str:
        call = told.call.carrier_call_id
        if call.startswith(PREFIX):
            call_back_ended(self.office, call, told.dial)
            return "ok"
        try:
            call_ended(self.office, CARRIER, call, told.reason)
        except DatabaseUnavailable:
            self._spool(SpooledEnd(CARRIER, call, told.reason, self.office.clock.now()))
        except UnknownCall:
            # Somebody called while we were away, and is to be called back.
            take_in_spool(self.office)
            open_call(self.office, told.call)
            call_ended(self.office, CARRIER, call, told.reason)
        return "ok"

    def _step(self, question: NextQuestion) -> NextStep:
        accepts = self.media.ask().accepts
        return take_next_step(
            self.office,
            CARRIER,
            question.call,
            media_is_up=accepts,
            dial=question.dial,
            seat=question.seat,
            recorded=question.recorded,
        )

    def _line(self, step: NextStep, call: str, before_dial: Prompts, message: Prompt, thanks: Prompts) -> str:
        if not isinstance(step, Reconnect | Wait):
            return _say(step, before_dial, message, thanks)
        known = find_call(self.office, CARRIER, call)
        if known is None:
            raise UnknownCall
        return self._connect(StreamGrant(known.id, known.case_no, call, known.sample or "", known.streams + 1))

    def _connect(self, grant: StreamGrant) -> str:
        secret = self.settings.secret_key.get_secret_value()
        return f"connect {make_stream_token(secret, grant, self.office.clock.now())}"

    def _spool(self, entry: SpoolEntry) -> None:
        log.warning("the database is away: spooled", extra={"entry": type(entry).__name__})
        spool(self.office, entry)


def announcement(office: Office, told: RecordedFile) -> None:
    """A recording lies in the exchange's folder; told twice, it is one."""
    try:
        recording_announced(office, _announced(told))
    except UnknownCall:
        # It waits in the spool, or its beginning never reached us: there is a case all the same.
        take_in_spool(office)
        open_call(office, told.call)
        recording_announced(office, _announced(told))


def _announced(told: RecordedFile) -> AnnouncedRecording:
    call = told.call.carrier_call_id
    return AnnouncedRecording(
        CARRIER,
        call,
        f"{call}/{told.file}",
        f"file:{told.file}",
        duration_ms=told.duration_ms,
        tracks=told.tracks,
        source=told.source,
    )


def _is_past_the_start(call: CallView) -> bool:
    """The first event comes again although the call has gone on: then it is a question for the next step."""
    return call.outcome is not None or call.state is not CallState.TALKING


def _diverted(state: MediaState) -> Outcome:
    if not state.is_up:
        return Outcome(Ending.FAILED, "media_down")
    return Outcome(Ending.OVERFLOW, (state.why or "full")[:64])


def _before_ringing(call: CallView, question: NextQuestion) -> Prompts:
    """What the caller is told before a human is rung, where the conversation has not told him."""
    if question.dial is not None:
        return (Prompt.NEXT_SEAT,)
    announced = call.outcome is not None and call.outcome.ending is Ending.TRANSFER
    return () if announced else (Prompt.SORRY_FAILURE, Prompt.TRANSFER)


def _thanks(question: NextQuestion) -> Prompts:
    if question.recorded:
        return (Prompt.RECORDED, Prompt.GOODBYE)
    return (Prompt.GOODBYE,) if question.dial is DialResult.ANSWERED else ()


def _say(step: NextStep, before_dial: Prompts, message: Prompt, thanks: Prompts) -> str:
    match step:
        case HangUp():
            words = ["hangup", "&".join(thanks)]
        case Dial(number, timeout_s):
            words = ["dial", number, str(timeout_s), "&".join(before_dial)]
        case RingSeat(seat, timeout_s):
            words = ["dial", f"{SEAT}{seat}", str(timeout_s), "&".join(before_dial)]
        case TakeMessage():
            words = ["record", message]
        case Reconnect() | Wait():
            raise TypeError(step)
    return " ".join(filter(None, words))
