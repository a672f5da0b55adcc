import pytest

from intake.calls import IncomingCall
from intake.outcome import DialResult
from models.recording import RecordingSource
from webhooks.sip.parse import (
    Answered,
    Ended,
    NextQuestion,
    Opened,
    RecordedFile,
    Unusable,
    parse_event,
    parse_next,
    parse_recording,
)


def test_a_call_is_opened_and_ended() -> None:
    opened = parse_event({"event": "opened", "call": "1700000000.1", "caller": "13800138000", "dialled": "12345"})

    assert opened == Opened(IncomingCall("sip", "1700000000.1", "13800138000", "12345", may_be_seated=True))
    assert parse_event({"event": "ended", "call": "1700000000.1"}) == Ended(IncomingCall("sip", "1700000000.1"), "hangup")


@pytest.mark.parametrize(
    "fields",
    [{}, {"event": "opened"}, {"event": "x", "call": "1"}, {"event": "opened", "call": "a/b"}, {"event": 1, "call": 2}],
)
def test_an_event_that_says_nothing_is_unusable(fields: dict[str, object]) -> None:
    with pytest.raises(Unusable):
        parse_event(fields)


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("ANSWER", DialResult.ANSWERED),
        ("BUSY", DialResult.BUSY),
        ("NOANSWER", DialResult.NO_ANSWER),
        ("CHANUNAVAIL", DialResult.FAILED),
    ],
)
def test_the_dialplan_tells_how_the_ringing_ended(status: str, result: DialResult) -> None:
    assert parse_next({"call": "1", "dial": status}) == NextQuestion("1", result, recorded=False)


def test_a_seat_is_told_by_its_name_and_a_number_on_the_trunk_is_none() -> None:
    at_a_seat = {"call": "1", "target": "PJSIP/seat1001"}
    assert parse_event({"event": "answered", **at_a_seat}) == Answered("1", "seat1001")
    assert parse_next({"dial": "LOST", **at_a_seat}) == NextQuestion("1", DialResult.LOST, recorded=False, seat="seat1001")
    assert parse_next({"call": "1", "dial": "BUSY", "target": "PJSIP/01012345@trunk"}).seat is None


@pytest.mark.parametrize(
    "file", ["../../hotline.env", "/etc/passwd", "a.mp3", ".wav", "a b.wav", "", None, "a\0.wav", "x" * 200 + ".wav"]
)
def test_a_recording_is_named_by_a_plain_file_name(file: object) -> None:
    with pytest.raises(Unusable):
        parse_recording({"call": "1", "file": file})


@pytest.mark.parametrize(
    ("kind", "tracks", "source"),
    [
        ("message", "caller", RecordingSource.CARRIER),
        ("caller", "caller", RecordingSource.EXCHANGE),
        ("human", "human", RecordingSource.EXCHANGE),
        ("something else", "caller", RecordingSource.CARRIER),
    ],
)
def test_a_recording_of_the_pbx_is_announced(kind: str, tracks: str, source: RecordingSource) -> None:
    told = parse_recording({"call": "1", "file": "in-1.wav", "duration_ms": "2500", "kind": kind, "caller": "13800138000"})

    assert told == RecordedFile(IncomingCall("sip", "1", "13800138000"), "in-1.wav", 2500, tracks, source)
