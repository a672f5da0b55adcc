"""Twilio Media Streams: what comes in is read without ever raising, what goes out has the documented form."""

import base64
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.clock import FixedClock
from config.stream_token import StreamGrant, make_stream_token
from media.gate import Gate, GateClosed
from media.transports.contract import Broken, Frame, Key, LineEvent, MarkReached, Started, Stopped
from media.transports.twilio import (
    CHUNK,
    MAX_EARLY_MESSAGES,
    MAX_UNREADABLE,
    Audio,
    Nothing,
    TwilioTransport,
    Unreadable,
    parse,
)

SECRET = "s" * 32
GRANT = StreamGrant("c" * 32, "260105000001", "CA1")


class Wire:
    """A socket that keeps what was sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, object]] = []
        self.closed = ""

    def send_text(self, message: bytes) -> None:
        self.sent.append(json.loads(message))

    def send_binary(self, message: bytes) -> None:
        raise TypeError(f"this carrier takes text only, not {len(message)} bytes")

    def close(self, reason: str) -> None:
        self.closed = reason


def start_message(token: str, *, encoding: str = "audio/x-mulaw", call: str = "CA1") -> dict[str, object]:
    return {
        "event": "start",
        "sequenceNumber": "1",
        "start": {
            "streamSid": "MZ1",
            "accountSid": "AC1",
            "callSid": call,
            "tracks": ["inbound"],
            "customParameters": {"token": token},
            "mediaFormat": {"encoding": encoding, "sampleRate": 8000, "channels": 1},
        },
        "streamSid": "MZ1",
    }


def media_message(mulaw: bytes, at_ms: object) -> dict[str, object]:
    payload = base64.b64encode(mulaw).decode()
    return {"event": "media", "media": {"track": "inbound", "chunk": "2", "timestamp": at_ms, "payload": payload}}


def said(transport: TwilioTransport, message: object) -> tuple[LineEvent, ...]:
    return transport.receive(json.dumps(message).encode(), is_text=True)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def token(clock: FixedClock) -> str:
    return make_stream_token(SECRET, GRANT, clock.now())


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def transport(wire: Wire, clock: FixedClock) -> TwilioTransport:
    return TwilioTransport(wire, Gate(SECRET, clock))


@pytest.fixture
def talking(transport: TwilioTransport, token: str) -> TwilioTransport:
    said(transport, {"event": "connected", "protocol": "Call", "version": "1.0.0"})
    said(transport, start_message(token))
    return transport


def test_a_good_token_starts_the_call(transport: TwilioTransport, token: str) -> None:
    assert said(transport, {"event": "connected", "protocol": "Call", "version": "1.0.0"}) == ()
    (started,) = said(transport, start_message(token))
    assert isinstance(started, Started)
    assert (started.grant.call_id, started.grant.case_no) == (GRANT.call_id, GRANT.case_no)


def test_audio_keys_marks_and_the_end_arrive_as_events(talking: TwilioTransport) -> None:
    assert said(talking, media_message(b"\x00" * 160, "5")) == (Frame(b"\x00" * 160, 5),)
    assert said(talking, {"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": "0"}}) == (Key("0"),)
    assert said(talking, {"event": "mark", "mark": {"name": "notice-1"}}) == (MarkReached("notice-1"),)
    assert said(talking, {"event": "stop", "stop": {"accountSid": "AC1", "callSid": "CA1"}}) == (Stopped(),)
    assert said(talking, media_message(b"\x00" * 160, "25")) == ()


def test_a_frame_without_a_usable_time_follows_the_one_before(talking: TwilioTransport) -> None:
    said(talking, media_message(b"\x00" * 160, "100"))
    times: list[object] = [None, "", "-5", "x", 1.5, True, "9" * 40, [], "１２"]
    for broken in times:
        (frame,) = said(talking, media_message(b"", broken))
        assert frame == Frame(b"", 120)


def test_audio_that_overtakes_the_start_is_heard_after_it(transport: TwilioTransport, token: str) -> None:
    assert said(transport, media_message(b"\x01" * 160, "0")) == ()
    started, frame = said(transport, start_message(token))
    assert isinstance(started, Started)
    assert frame == Frame(b"\x01" * 160, 0)


def test_a_token_serves_once(wire: Wire, clock: FixedClock, token: str) -> None:
    gate = Gate(SECRET, clock)
    said(TwilioTransport(wire, gate), start_message(token))
    second = Wire()
    assert said(TwilioTransport(second, gate), start_message(token)) == ()
    assert second.closed == "token_refused"


@pytest.mark.parametrize("bad", ["", "x", "a.b", "é.ü", "\x00", "." * 5000])
def test_a_forged_token_closes_the_stream(transport: TwilioTransport, wire: Wire, bad: str) -> None:
    assert said(transport, start_message(bad)) == ()
    assert wire.closed == "token_refused"


def test_an_expired_token_closes_the_stream(transport: TwilioTransport, wire: Wire, clock: FixedClock, token: str) -> None:
    clock.advance(timedelta(seconds=62))
    said(transport, start_message(token))
    assert wire.closed == "token_refused"


def test_a_token_of_another_call_closes_the_stream(transport: TwilioTransport, wire: Wire, token: str) -> None:
    said(transport, start_message(token, call="CA2"))
    assert wire.closed == "token_refused"


def test_a_stranger_is_closed_at_the_tenth_message(transport: TwilioTransport, wire: Wire) -> None:
    for _ in range(MAX_EARLY_MESSAGES - 1):
        said(transport, {"event": "connected"})
    assert wire.closed == ""
    said(transport, media_message(b"\x00", "0"))
    assert wire.closed == "no_token"


def test_another_codec_breaks_the_stream(transport: TwilioTransport, token: str) -> None:
    started, broken = said(transport, start_message(token, encoding="audio/l16"))
    assert isinstance(started, Started)
    assert broken == Broken("encoding")


def test_a_second_start_changes_nothing(talking: TwilioTransport, token: str) -> None:
    assert said(talking, start_message(token)) == ()


def test_noise_without_end_breaks_the_stream(talking: TwilioTransport) -> None:
    for _ in range(MAX_UNREADABLE):
        assert talking.receive(b"{", is_text=True) == ()
    assert talking.receive(b"{", is_text=True) == (Broken("unreadable"),)


def test_what_goes_out_has_the_documented_form(talking: TwilioTransport, wire: Wire) -> None:
    talking.play(b"\x7f" * (CHUNK + 1))
    talking.mark('a "quoted" name')
    talking.clear()
    talking.close("done")
    first, second, mark, clear = wire.sent
    assert first["event"] == second["event"] == "media"
    assert [len(base64.b64decode(sent["media"]["payload"])) for sent in (first, second)] == [CHUNK, 1]  # type: ignore[index]
    assert mark == {"event": "mark", "streamSid": "MZ1", "mark": {"name": 'a "quoted" name'}}
    assert clear == {"event": "clear", "streamSid": "MZ1"}
    assert wire.closed == "done"


def test_the_other_track_is_passed_over() -> None:
    message = media_message(b"\x00", "1")
    message["media"]["track"] = "outbound"  # type: ignore[index]
    assert parse(json.dumps(message).encode()) == Nothing()


@pytest.mark.parametrize("payload", ["%%%", "AA", 7, None, "ＡＡＡＡ", ["AAAA"]])
def test_audio_that_is_no_base64_is_unreadable(payload: object) -> None:
    assert parse(json.dumps({"event": "media", "media": {"payload": payload}}).encode()) == Unreadable()


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_raising(raw: bytes) -> None:
    parse(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["track", "payload", "timestamp", "name", "digit", "streamSid", "callSid", "customParameters", "mediaFormat"]
KINDS = ["start", "media", "mark", "dtmf", "stop"]
INNER = st.dictionaries(
    st.sampled_from(NAMES),
    JSON | st.sampled_from(["inbound", "AAAA", "5", "0"]),
)


MESSAGES = st.fixed_dictionaries(
    {"event": st.sampled_from([*KINDS, "connected"]) | JSON}, optional=dict.fromkeys(KINDS, INNER | JSON)
)


@given(MESSAGES, st.booleans())
def test_any_json_in_any_order_never_raises(message: dict[str, object], is_text: bool) -> None:
    clock = FixedClock()
    transport = TwilioTransport(Wire(), Gate(SECRET, clock))
    raw = json.dumps(message).encode()
    transport.receive(raw, is_text)
    said(transport, start_message(make_stream_token(SECRET, GRANT, clock.now())))
    for event in transport.receive(raw, is_text):
        assert isinstance(event, Frame | Key | MarkReached | Stopped | Broken)


@given(st.binary(max_size=400), st.integers(min_value=0, max_value=10**12))
def test_audio_arrives_bit_by_bit_as_it_was_sent(mulaw: bytes, at_ms: int) -> None:
    assert parse(json.dumps(media_message(mulaw, str(at_ms))).encode()) == Audio(mulaw, at_ms)


def test_the_gate_forgets_tokens_that_have_expired_anyway(clock: FixedClock) -> None:
    gate = Gate(SECRET, clock)
    first = make_stream_token(SECRET, GRANT, clock.now())
    gate.admit(first, "CA1")
    clock.advance(timedelta(seconds=70))
    gate.admit(make_stream_token(SECRET, GRANT, clock.now()), "CA1")
    with pytest.raises(GateClosed):
        gate.admit(first, "CA1")
