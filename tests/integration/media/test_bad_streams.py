"""Streams that nobody should send: each is closed or lived with, and no caller is lost by it."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import picows
import pytest

from commands.stream_phone import StreamPhone
from config.stream_token import StreamGrant
from intake.outcome import Ending
from tests.integration.media.hall import Hall, all_of, call
from tests.integration.media.resident import SAMPLE, Resident

FRAME = b"\xff" * 160


def get(hall: Hall, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{hall.office.settings.media_port}{path}", timeout=10) as answer:
        return bytes(answer.read())


@asynccontextmanager
async def connected(phone: StreamPhone) -> AsyncIterator[StreamPhone]:
    await phone.connect()
    try:
        yield phone
    finally:
        phone.leave()


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


def test_a_stream_without_a_token_is_closed(hall: Hall) -> None:
    """After 3 s in silence, or at its tenth message."""
    silent, talkative, forged = hall.ring(), hall.ring(), hall.ring(token="x.y")

    async def wait_for_close(phone: StreamPhone, messages: int) -> None:
        async with connected(phone):
            for _ in range(messages):
                phone.send({"event": "connected"})
            await phone.closed.wait()

    async def lie(phone: StreamPhone) -> None:
        await phone.dial()
        await phone.closed.wait()

    call(lambda: all_of([wait_for_close(silent, 1), wait_for_close(talkative, 10), lie(forged)]))
    for phone in (silent, talkative, forged):
        assert phone.audio == b""
        assert hall.view(phone).media_started_at is None


def test_a_token_serves_one_socket_only(hall: Hall) -> None:
    first = hall.ring()
    second = StreamPhone(first.url, first.call_sid, first.token)
    other = StreamPhone(first.url, first.call_sid, "")

    async def conversation() -> None:
        await first.dial()
        await first.until_mark("notice")
        grant = StreamGrant(hall.view(first).id, "260105000001", first.call_sid)
        other.token = hall.token(grant)
        for intruder in (second, other):
            await intruder.dial()
            await intruder.closed.wait()
        first.press("0")
        await first.closed.wait()

    call(conversation)
    assert second.audio == other.audio == b""
    assert hall.outcome(first).reason == "human_asked"


def test_noise_between_the_messages_changes_nothing(hall: Hall) -> None:
    phone = hall.ring(SAMPLE)
    noise = [
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
    ]

    async def conversation() -> None:
        await phone.dial()
        await phone.until_mark("notice")
        for message in noise:
            phone.send_raw(message)
        await Resident(phone).go_on()

    call(conversation)
    assert hall.outcome(phone).ending is Ending.GOODBYE
    assert len(hall.heard(phone)) == 3


def test_noise_without_end_hands_the_caller_to_a_human(hall: Hall) -> None:
    phone = hall.ring()

    async def conversation() -> None:
        await phone.dial()
        for _ in range(60):
            phone.send_raw(b"{")
        await phone.closed.wait()

    call(conversation)
    assert hall.outcome(phone).ending is Ending.FAILED


@pytest.mark.parametrize("is_one_frame", [True, False])
def test_a_huge_message_closes_the_stream_and_the_caller_goes_to_a_human(hall: Hall, is_one_frame: bool) -> None:
    phone = hall.ring()
    huge = json.dumps({"event": "media", "media": {"payload": "A" * 70_000}}).encode()

    async def conversation() -> None:
        await phone.dial()
        await phone.until_mark("notice")
        if is_one_frame:
            phone.send_raw(huge)
        else:
            phone.send_raw_parts([huge[at : at + 9000] for at in range(0, len(huge), 9000)])
        await phone.closed.wait()
        await hall.until(lambda: hall.view(phone).outcome)

    call(conversation)
    assert phone.close_code == picows.WSCloseCode.MESSAGE_TOO_BIG.value
    assert hall.outcome(phone).ending is Ending.FAILED


def test_a_message_in_parts_is_put_together(hall: Hall) -> None:
    phone = hall.ring()

    async def conversation() -> None:
        await phone.dial()
        await phone.until_mark("notice")
        key = b'{"event":"dtmf","dtmf":{"digit":"0"}}'
        phone.send_raw_parts([key[:5], key[5:20], key[20:]])
        await phone.closed.wait()

    call(conversation)
    assert hall.outcome(phone).reason == "human_asked"


def test_another_codec_leads_to_a_human(hall: Hall) -> None:
    phone = hall.ring(encoding="audio/l16")

    async def conversation() -> None:
        await phone.dial()
        await phone.closed.wait()

    call(conversation)
    assert hall.outcome(phone).ending is Ending.FAILED
    assert hall.outcome(phone).reason == "encoding"


def test_whoever_cannot_be_heard_goes_to_a_human(hall: Hall) -> None:
    """No frame at all, only empty ones, and audio that stops in the middle."""
    never, empty, stops = hall.ring(), hall.ring(), hall.ring()

    async def send_nothing(phone: StreamPhone) -> None:
        await phone.dial(sends_audio=False)
        await phone.closed.wait()

    async def send_empty(phone: StreamPhone) -> None:
        await phone.dial(sends_audio=False)
        for number in range(200):
            phone.frame(b"", number * 20)
            await asyncio.sleep(0.01)
        await phone.closed.wait()

    async def fall_silent(phone: StreamPhone) -> None:
        await phone.dial()
        await phone.until_mark("notice")
        phone.is_mute = True
        await phone.closed.wait()

    call(lambda: all_of([send_nothing(never), send_empty(empty), fall_silent(stops)]))
    for phone in (never, empty, stops):
        assert (hall.outcome(phone).ending, hall.outcome(phone).reason) == (Ending.TRANSFER, "no_audio")
        assert phone.audio


def test_a_carrier_that_gives_no_marks_back_holds_nobody_up(hall: Hall) -> None:
    phone = hall.ring(answers_marks=False, speed=1.0)

    async def conversation() -> None:
        await phone.dial()
        phone.press("0")
        await phone.closed.wait()

    call(conversation)
    assert hall.outcome(phone).reason == "human_asked"


def test_frames_in_any_order_and_of_any_length_are_lived_with(hall: Hall) -> None:
    phone = hall.ring(speed=1.0)

    async def conversation() -> None:
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

    call(conversation)
    assert hall.outcome(phone).ending is Ending.HUNG_UP
