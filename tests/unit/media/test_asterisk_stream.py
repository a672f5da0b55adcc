"""chan_websocket: what comes in is read without ever raising, what goes out keeps the exchange's queue short."""

import base64
import json
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.g711 import alaw_to_mulaw, mulaw_to_alaw
from config.clock import FixedClock
from config.settings import Sip
from config.stream_token import StreamGrant, make_stream_token
from media.gate import Gate
from media.transports.ahead import CHUNK, MOST_AHEAD, PAUSE
from media.transports.asterisk import MAX_EARLY, MAX_UNREADABLE, AsteriskTransport, parse, verify_login
from media.transports.contract import Broken, Frame, Key, LineEvent, MarkReached, Started, Stopped

SECRET = "s" * 32
GRANT = StreamGrant("c" * 32, "260105000001", "hotline-1.0")
VOICE = bytes(range(1, 161))


@dataclass
class Wire:
    """A socket that keeps what was sent: bytes of audio, or a command."""

    sent: list[bytes | dict[str, str]] = field(default_factory=list)
    closed: str = ""

    def send_text(self, message: bytes) -> None:
        assert len(message) <= 128, "Asterisk throws longer ones away"
        self.sent.append(json.loads(message))

    def send_binary(self, message: bytes) -> None:
        assert len(message) <= 65_500
        self.sent.append(message)

    def close(self, reason: str) -> None:
        self.closed = reason

    def audio(self) -> bytes:
        return b"".join(part for part in self.sent if isinstance(part, bytes))

    def marks(self) -> list[str]:
        return [part["correlation_id"] for part in self.sent if isinstance(part, dict) and part["command"] == "MARK_MEDIA"]


@dataclass
class Stream:
    """One call's transport, its wire, and a clock that the test moves."""

    query: str = ""
    now_s: float = 100.0
    wire: Wire = field(default_factory=Wire)

    def __post_init__(self) -> None:
        clock = FixedClock()
        token = make_stream_token(SECRET, GRANT, clock.now())
        asked = self.query or f"call={GRANT.carrier_call_id}&token={token}"
        self.transport = AsteriskTransport(self.wire, Gate(SECRET, clock), asked, lambda: self.now_s)

    def start(self, law: str = "ulaw") -> tuple[LineEvent, ...]:
        return self.say({"event": "MEDIA_START", "format": law})

    def say(self, message: object) -> tuple[LineEvent, ...]:
        return self.transport.receive(json.dumps(message).encode(), is_text=True)

    def hear(self, audio: bytes, after_s: float = 0.02) -> tuple[LineEvent, ...]:
        self.now_s += after_s
        return self.transport.receive(audio, is_text=False)

    def reach(self, number: str) -> tuple[LineEvent, ...]:
        return self.say({"event": "MEDIA_MARK_PROCESSED", "correlation_id": number})

    def begun(self, law: str = "ulaw") -> "Stream":
        self.start(law)
        return self


@given(st.binary())
def test_no_bytes_make_it_raise(raw: bytes) -> None:
    parse(raw)
    stream = Stream().begun()
    stream.transport.receive(raw, is_text=True)
    stream.transport.receive(raw, is_text=False)


@pytest.mark.parametrize("query", ["call=other&token=x", "token=", "call=hotline-1.0&token=forged", "x"])
def test_without_a_good_token_the_socket_is_closed(query: str) -> None:
    stream = Stream(query)

    assert stream.start() == ()
    assert stream.wire.closed == "token_refused"


def test_audio_that_comes_before_the_start_is_heard() -> None:
    stream = Stream()
    assert stream.hear(VOICE) == ()

    started, frame = stream.start()
    assert isinstance(started, Started)
    assert started.grant.call_id == GRANT.call_id
    assert frame == Frame(VOICE, 0)


def test_a_stream_that_never_says_what_it_is_is_closed() -> None:
    stream = Stream()
    for _ in range(MAX_EARLY + 1):
        stream.hear(VOICE)

    assert stream.wire.closed == "no_start"


def test_a_law_has_its_own_sound_on_the_line_and_one_inside() -> None:
    stream = Stream().begun("alaw")
    stream.wire.sent.clear()

    assert stream.hear(VOICE) == (Frame(alaw_to_mulaw(VOICE), 0),)
    stream.transport.play(VOICE)
    assert stream.wire.audio() == mulaw_to_alaw(VOICE)


def test_another_codec_cannot_go_on() -> None:
    assert Stream().start("g722")[1:] == (Broken("encoding"),)


def test_frames_that_were_held_up_follow_one_another_without_a_hole() -> None:
    stream = Stream().begun()
    stream.hear(VOICE)

    assert stream.hear(VOICE, after_s=0.3) == ()
    frames = [*stream.hear(VOICE, after_s=0.001), *stream.hear(VOICE, after_s=0.001), *stream.hear(VOICE)]

    assert [frame.at_ms for frame in frames if isinstance(frame, Frame)] == [20, 40, 60, 80]


def test_what_was_never_sent_leaves_a_hole_of_its_length() -> None:
    stream = Stream().begun()
    stream.hear(VOICE)

    stream.hear(VOICE, after_s=0.203)
    frames = stream.hear(VOICE)

    assert [frame.at_ms for frame in frames if isinstance(frame, Frame)] == [203, 223]


def test_keys_come_as_they_are_pressed() -> None:
    stream = Stream().begun()

    assert stream.say({"event": "DTMF_END", "digit": "5"}) == (Key("5"),)
    assert stream.say({"event": "DTMF_END", "digit": "A"}) == ()


def test_silence_flows_until_a_prompt_comes_and_after_it() -> None:
    stream = Stream().begun()
    assert stream.wire.audio() == PAUSE * 2

    stream.wire.sent.clear()
    stream.transport.play(VOICE)
    stream.transport.mark("greeting")
    assert stream.wire.sent[0] == {"command": "FLUSH_MEDIA"}
    assert stream.wire.audio() == VOICE

    assert stream.reach(stream.wire.marks()[-1]) == (MarkReached("greeting"),)
    assert stream.wire.audio() == VOICE + PAUSE * 2


def test_a_long_prompt_goes_in_pieces_and_never_overfills_the_exchange() -> None:
    prompt = VOICE * (CHUNK * 8 // len(VOICE))
    stream = Stream().begun()
    stream.wire.sent.clear()
    stream.transport.play(prompt)
    stream.transport.mark("end")

    reached = 0
    while MarkReached("end") not in stream.reach(stream.wire.marks()[reached]):
        reached += 1
        assert len(stream.wire.audio()) <= MOST_AHEAD + reached * CHUNK

    assert stream.wire.audio()[: len(prompt)] == prompt


def test_what_is_cleared_gives_its_marks_back() -> None:
    stream = Stream().begun()
    stream.transport.play(VOICE * 3000)
    stream.transport.mark("question")
    stream.wire.sent.clear()

    stream.transport.clear()

    assert stream.wire.sent[0] == {"command": "FLUSH_MEDIA"}
    assert stream.reach(stream.wire.marks()[0]) == (MarkReached("question"),)


def test_the_caller_who_hangs_up_ends_the_stream_once() -> None:
    stream = Stream().begun()

    assert stream.transport.end() == (Stopped(),)
    assert stream.transport.end() == ()
    assert stream.hear(VOICE) == ()


def test_a_stream_of_nonsense_is_broken() -> None:
    stream = Stream().begun()

    said = [stream.transport.receive(b"nonsense", is_text=True) for _ in range(MAX_UNREADABLE + 1)]

    assert said[-1] == (Broken("unreadable"),)


@pytest.mark.parametrize(
    ("login", "is_admitted"), [("asterisk:right", True), ("asterisk:wrong", False), ("other:right", False), ("", False)]
)
def test_only_the_exchange_is_let_in(login: str, is_admitted: bool) -> None:
    verify = verify_login(Sip.model_validate({"media_password": "right"}))

    headers = {"authorization": "Basic " + base64.b64encode(login.encode()).decode()}

    assert verify("/media/asterisk", headers) is is_admitted
    assert not verify("/media/asterisk", {})


def test_without_a_password_nobody_is_let_in() -> None:
    verify = verify_login(Sip())

    assert not verify("/media/asterisk", {"Authorization": "Basic " + base64.b64encode(b"asterisk:").decode()})
