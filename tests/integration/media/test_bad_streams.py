"""Streams that nobody should send: each is closed or lived with, and no caller is lost by it. All of them happen at once."""

import asyncio
import json
import urllib.error
import urllib.request

import pytest
from picows import WSCloseCode, WSInvalidStatusError, WSListener, ws_connect

from commands.stream_phone import StreamPhone
from config.stream_token import StreamGrant
from intake.outcome import Ending
from models.case import CaseState
from tests.integration.media.day import Day, Scene
from tests.integration.media.hall import Hall, call
from tests.integration.media.resident import Resident, turns_of

FRAME = b"\xff" * 160
SHORT = "rubbish"
HUGE = json.dumps({"event": "media", "media": {"payload": "A" * 70_000}}).encode()
NOISE = (
    b"",
    b"{",
    b"[]",
    b"null",
    b'"x"',
    b'{"event":7}',
    b'{"event":"media"}',
    b'{"event":"media","media":{"payload":"%"}}',
    b'{"event":"dtmf","dtmf":{"digit":"00"}}',
    b'{"event":"mark"}',
    b'{"event":"start","start":[]}',
    b"\xff\xfe",
    b"[" * 5000,
)


async def say_little(_hall: Hall, phone: StreamPhone) -> None:
    await phone.connect()
    phone.send({"event": "connected"})
    await phone.closed.wait()


async def say_much(_hall: Hall, phone: StreamPhone) -> None:
    await phone.connect()
    for _ in range(10):
        phone.send({"event": "connected"})
    await phone.closed.wait()


async def dial_and_wait(_hall: Hall, phone: StreamPhone) -> None:
    await phone.dial()
    await phone.closed.wait()


async def meet_intruders(hall: Hall, phone: StreamPhone) -> None:
    """One with the used token, one with a fresh token for the same call."""
    await phone.dial()
    await phone.until_mark("notice")
    grant = StreamGrant(hall.view(phone).id, "260105000001", phone.call_sid)
    for token in (phone.token, hall.token(grant)):
        intruder = StreamPhone(phone.url, phone.call_sid, token)
        await intruder.dial()
        await intruder.closed.wait()
        if intruder.audio:
            raise AssertionError("an intruder was answered")
    phone.press("0")
    await phone.closed.wait()


async def make_some_noise(_hall: Hall, phone: StreamPhone) -> None:
    Resident(phone, turns_of(SHORT))
    await phone.dial()
    await phone.until_mark("notice")
    for message in NOISE:
        phone.send_raw(message)
    await phone.closed.wait()


async def make_noise_without_end(_hall: Hall, phone: StreamPhone) -> None:
    await phone.dial()
    for _ in range(60):
        phone.send_raw(b"{")
    await phone.closed.wait()


async def send_a_huge_message(hall: Hall, phone: StreamPhone) -> None:
    await phone.dial()
    await phone.until_mark("notice")
    phone.send_raw(HUGE)
    await phone.closed.wait()
    await hall.until(lambda: hall.view(phone).outcome)


async def send_a_huge_message_in_parts(hall: Hall, phone: StreamPhone) -> None:
    await phone.dial()
    await phone.until_mark("notice")
    phone.send_raw_parts([HUGE[at : at + 9000] for at in range(0, len(HUGE), 9000)])
    await phone.closed.wait()
    await hall.until(lambda: hall.view(phone).outcome)


async def send_a_key_in_parts(_hall: Hall, phone: StreamPhone) -> None:
    await phone.dial()
    key = b'{"event":"dtmf","dtmf":{"digit":"0"}}'
    phone.send_raw_parts([key[:5], key[5:20], key[20:]])
    await phone.closed.wait()


async def send_no_audio(_hall: Hall, phone: StreamPhone) -> None:
    await phone.dial(sends_audio=False)
    await phone.closed.wait()


async def send_empty_audio(_hall: Hall, phone: StreamPhone) -> None:
    await phone.dial(sends_audio=False)
    for number in range(150):
        phone.frame(b"", number * 20)
        await asyncio.sleep(0.01)
    await phone.closed.wait()


async def fall_silent(_hall: Hall, phone: StreamPhone) -> None:
    await phone.dial()
    await phone.until_mark("notice")
    phone.is_mute = True
    await phone.closed.wait()


async def press_0(_hall: Hall, phone: StreamPhone) -> None:
    await phone.dial()
    phone.press("0")
    await phone.closed.wait()


async def send_frames_anyhow(hall: Hall, phone: StreamPhone) -> None:
    await phone.dial(sends_audio=False)
    for at_ms in (40, 20, 0, 60, 60, 10**9, 10**9 + 20, 5, 80, 2**39):
        phone.frame(FRAME, at_ms)
    for size in (1, 7, 161, 1000, 20_000):
        phone.frame(b"\x55" * size, 100)
    for number in range(100):
        phone.frame(FRAME[: number % 160], 200 + number * 20)
        await asyncio.sleep(0.005)
    phone.hang_up()
    await hall.until_left_open(phone)


SCENES = {
    "says little": Scene(say_little),
    "says much": Scene(say_much),
    "forged token": Scene(dial_and_wait, options={"token": "x.y"}),
    "intruders": Scene(meet_intruders),
    "some noise": Scene(make_some_noise, SHORT),
    "noise without end": Scene(make_noise_without_end),
    "huge": Scene(send_a_huge_message),
    "huge in parts": Scene(send_a_huge_message_in_parts),
    "key in parts": Scene(send_a_key_in_parts),
    "another codec": Scene(dial_and_wait, options={"encoding": "audio/l16"}),
    "no audio": Scene(send_no_audio),
    "empty audio": Scene(send_empty_audio),
    "falls silent": Scene(fall_silent),
    "no marks": Scene(press_0, options={"answers_marks": False}),
    "any order": Scene(send_frames_anyhow),
}


@pytest.fixture(scope="module")
def day(hall: Hall) -> Day:
    day = Day(hall, SCENES)
    day.play()
    return day


def get(hall: Hall, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{hall.office.settings.media_port}{path}", timeout=10) as answer:
        return bytes(answer.read())


def test_health_tells_calls_capacity_and_engine(hall: Hall) -> None:
    health = json.loads(get(hall, "/healthz"))
    assert health["status"] == "ok"
    assert health["accepting"] is True
    assert health["engine"] == "scripted"
    assert health["calls"] <= health["capacity"]
    assert health["why"] == ""


def test_metrics_are_prometheus_text(hall: Hall) -> None:
    lines = get(hall, "/metrics").decode().splitlines()
    values = [line for line in lines if not line.startswith("#")]
    assert all(line.startswith("hotline_media_") and float(line.rpartition(" ")[2]) >= 0 for line in values)
    assert any(line.startswith("hotline_media_frames_total ") for line in values)


@pytest.mark.parametrize("path", ["/", "/media", "/media/other", "/healthz/x", "/%00"])
def test_other_addresses_are_not_there(hall: Hall, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(hall, path)


def test_an_upgrade_with_a_forged_signature_is_refused(hall: Hall) -> None:
    async def connect() -> None:
        with pytest.raises(WSInvalidStatusError, match="403"):
            await ws_connect(WSListener, hall.url, extra_headers={"x-twilio-signature": "forged"})

    call(connect)


@pytest.mark.parametrize("name", ["says little", "says much", "forged token"])
def test_a_stream_that_shows_no_good_token_is_closed_unheard(day: Day, name: str) -> None:
    """After 3 s, at its tenth message, or at once."""
    phone = day[name]
    assert phone.audio == b""
    assert day.hall.view(phone).media_started_at is None
    assert day.hall.case(phone).state is CaseState.OPEN


def test_a_call_has_one_stream_whoever_else_comes(day: Day) -> None:
    assert day.hall.outcome(day["intruders"]).reason == "human_asked"


def test_noise_between_the_messages_changes_nothing(day: Day) -> None:
    phone = day["some noise"]
    assert day.hall.outcome(phone).ending is Ending.GOODBYE
    assert [utterance.text for utterance in day.hall.heard(phone)] == [turn.text for turn in turns_of(SHORT)]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("noise without end", "unreadable"),
        ("huge", "protocol"),
        ("huge in parts", "protocol"),
        ("another codec", "encoding"),
    ],
)
def test_a_stream_that_cannot_go_on_hands_its_caller_to_a_human(day: Day, name: str, reason: str) -> None:
    outcome = day.hall.outcome(day[name])
    assert (outcome.ending, outcome.reason) == (Ending.FAILED, reason)


@pytest.mark.parametrize("name", ["huge", "huge in parts"])
def test_a_message_over_64_kb_closes_the_stream(day: Day, name: str) -> None:
    assert day[name].close_code == WSCloseCode.MESSAGE_TOO_BIG.value


def test_a_message_in_parts_is_put_together(day: Day) -> None:
    assert day.hall.outcome(day["key in parts"]).reason == "human_asked"


@pytest.mark.parametrize("name", ["no audio", "empty audio", "falls silent"])
def test_whoever_cannot_be_heard_is_told_so_and_goes_to_a_human(day: Day, name: str) -> None:
    phone = day[name]
    assert (day.hall.outcome(phone).ending, day.hall.outcome(phone).reason) == (Ending.TRANSFER, "no_audio")
    assert phone.audio


def test_a_carrier_that_gives_no_marks_back_holds_nobody_up(day: Day) -> None:
    assert day.hall.outcome(day["no marks"]).reason == "human_asked"


def test_frames_in_any_order_and_of_any_length_are_lived_with(day: Day) -> None:
    assert day.hall.outcome(day["any order"]).ending is Ending.HUNG_UP
