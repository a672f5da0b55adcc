import pytest

from intake.calls import IncomingCall
from intake.outcome import DialResult
from intake.recordings import AnnouncedRecording
from webhooks.twilio.parse import (
    CallStatus,
    NextQuestion,
    StreamStatus,
    Unusable,
    parse_next,
    parse_recording,
    parse_status,
    parse_stream,
    parse_voice,
)

CALL = "CA" + "0" * 32
PARSERS = (lambda form: parse_voice(form, samples=True), parse_next, parse_recording, parse_status, parse_stream)


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("call", [None, "", "A" * 65, "A" * 10_000, "CA\0", "CA 1", "../../etc", "通话", "CA1\n"])
def test_a_form_without_a_readable_call_is_unusable(parser, call: str | None) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Unusable, match="CallSid"):
        parser({} if call is None else {"CallSid": call})


@pytest.mark.parametrize(
    ("given", "caller"),
    [
        ("+8613800138000", "+8613800138000"),
        ("sip:13800138000@10.0.0.1:5060", "sip:13800138000@10.0.0.1:5060"),
        ("anonymous", "anonymous"),
        ("", None),
        ("+86\0", None),
        ("1" * 10_000, None),
        ("<script>", None),
    ],
)
def test_a_callers_number_that_is_none_is_left_out_and_the_call_counts(given: str, caller: str | None) -> None:
    assert parse_voice({"CallSid": CALL, "From": given}, samples=False) == IncomingCall("twilio", CALL, caller, None, None)


def test_a_samples_name_is_taken_only_where_samples_may_be_placed() -> None:
    form = {"CallSid": CALL, "SampleName": "no-heating"}

    assert parse_voice(form, samples=True).sample == "no-heating"
    assert parse_voice(form, samples=False).sample is None
    assert parse_voice({**form, "SampleName": "../../var/hotline.env"}, samples=True).sample is None


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("completed", DialResult.ANSWERED),
        ("answered", DialResult.ANSWERED),
        ("busy", DialResult.BUSY),
        ("no-answer", DialResult.NO_ANSWER),
        ("canceled", DialResult.CANCELLED),
        ("failed", DialResult.FAILED),
        ("a word that Twilio invents tomorrow", DialResult.FAILED),
        ("", None),
    ],
)
def test_how_the_ringing_ended(status: str, result: DialResult | None) -> None:
    assert parse_next({"CallSid": CALL, "DialCallStatus": status}) == NextQuestion(CALL, result, recorded=False)


def test_a_recording_url_means_that_a_message_was_left_but_not_beside_a_dial() -> None:
    recorded = {"CallSid": CALL, "RecordingUrl": "https://api.twilio.com/x"}

    assert parse_next(recorded).recorded
    assert not parse_next({**recorded, "DialCallStatus": "completed"}).recorded


@pytest.mark.parametrize("status", ["in-progress", "absent", "failed", "nonsense"])
def test_only_a_completed_recording_is_announced(status: str) -> None:
    assert parse_recording({"CallSid": CALL, "RecordingStatus": status}) is None


@pytest.mark.parametrize(
    ("seconds", "milliseconds"), [("20", 20_000), ("", None), ("-1", None), ("1e3", None), ("٣", None), ("9" * 400, None)]
)
def test_a_recording_is_announced_with_the_length_that_is_a_number(seconds: str, milliseconds: int | None) -> None:
    form = {"CallSid": CALL, "RecordingSid": "RE1", "RecordingUrl": "https://api.twilio.com/RE1", "RecordingDuration": seconds}

    assert parse_recording(form) == AnnouncedRecording("twilio", CALL, "RE1", "https://api.twilio.com/RE1", milliseconds)


@pytest.mark.parametrize(
    "fields", [{}, {"RecordingSid": "RE1"}, {"RecordingUrl": "u"}, {"RecordingSid": "R E", "RecordingUrl": "u"}]
)
def test_a_recording_without_its_name_or_address_is_unusable(fields: dict[str, str]) -> None:
    with pytest.raises(Unusable, match="Recording"):
        parse_recording({"CallSid": CALL, **fields})


@pytest.mark.parametrize("status", ["queued", "initiated", "ringing", "in-progress", "answered", ""])
def test_a_call_that_goes_on_has_no_reason_to_have_ended(status: str) -> None:
    assert parse_status({"CallSid": CALL, "CallStatus": status}) == CallStatus(CALL, None)


@pytest.mark.parametrize("status", ["completed", "busy", "no-answer", "failed", "canceled"])
def test_a_call_that_is_over_says_why(status: str) -> None:
    assert parse_status({"CallSid": CALL, "CallStatus": status}) == CallStatus(CALL, status)


@pytest.mark.parametrize(("name", "stream"), [("1", 1), ("2", 2), ("", None), ("x", None), ("99999", None)])
def test_a_broken_stream_is_known_by_its_number(name: str, stream: int | None) -> None:
    form = {"CallSid": CALL, "StreamEvent": "stream-error", "StreamName": name}

    assert parse_stream(form) == StreamStatus(CALL, broke=True, stream=stream)


def test_a_stream_that_starts_or_stops_is_not_broken() -> None:
    assert not parse_stream({"CallSid": CALL, "StreamEvent": "stream-stopped"}).broke
