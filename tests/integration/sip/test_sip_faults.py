"""Whatever fails beside a real Asterisk: the caller hears something and is recorded, and a case exists."""

import asyncio
import signal
import wave
from collections.abc import Iterator

import pytest

from commands.call.sip.sipp import Clip
from models.call import CallState
from models.case import CaseState
from tests.integration.sip.hotline import Hotline, open_hotline
from tests.integration.sip.human import busy_human
from webhooks.sip.leftovers import take_in_leftovers

ONE_WAY, RINGING, STUCK, HUNG, KILLED, DOWN, NO_WEB, RESTART, NO_LOGIN, NO_TOKEN = (
    f"1380000001{number}" for number in range(10)
)


@pytest.fixture(scope="module")
def day() -> Iterator[Hotline]:
    with open_hotline() as hotline, busy_human(hotline.settings):
        asyncio.run(_play(hotline))
        yield hotline


async def _play(hotline: Hotline) -> None:
    await asyncio.gather(_one_way(hotline), _leave_while_it_rings(hotline))
    await _asterisk_restarts(hotline)
    await _media_lets_nobody_in(hotline)
    await _media_hangs(hotline)
    await asyncio.to_thread(hotline.start_media)
    await _media_dies(hotline)
    await _web_is_away(hotline)
    await _web_lets_nobody_in(hotline)


async def _record(hotline: Hotline, number: str) -> None:
    async with hotline.ring(number):
        await hotline.until_recorded(number)


async def _one_way(hotline: Hotline) -> None:
    call = hotline.ring(ONE_WAY)
    call.sends = False
    async with call:
        await hotline.until_step(ONE_WAY, CallState.RECORDING)


async def _leave_while_it_rings(hotline: Hotline) -> None:
    async with hotline.ring(RINGING, Clip(keys="0")) as call:
        await hotline.until_talking(RINGING)
        await asyncio.sleep(0.5)
        call.play(0)
        await hotline.until_step(RINGING, CallState.TRANSFERRING)
        await hotline.until(
            "a ringing human", lambda: "PJSIP/trunk" in hotline.asterisk.ask("core show channels concise").split("Ring")[0]
        )


async def _media_hangs(hotline: Hotline) -> None:
    """In the middle of one call; another one comes before anybody has noticed."""
    async with hotline.ring(STUCK):
        await hotline.until_talking(STUCK)
        hotline.kill_media(signal.SIGSTOP)
        late = asyncio.create_task(_record(hotline, HUNG))
        await hotline.until("an end of what hangs", hotline.watchdog.look)
        await hotline.until_recorded(STUCK)
        await late
    hotline.kill_media()
    await _record(hotline, DOWN)


async def _media_dies(hotline: Hotline) -> None:
    async with hotline.ring(KILLED):
        await hotline.until_talking(KILLED)
        hotline.kill_media()
        await hotline.until_recorded(KILLED)


async def _web_is_away(hotline: Hotline) -> None:
    hotline.stop_web()
    await _leave_message_unnoticed(hotline, NO_WEB)
    hotline.start_web()
    take_in_leftovers(hotline.office, over_after_s=0)


async def _asterisk_restarts(hotline: Hotline) -> None:
    async with hotline.ring(RESTART):
        await hotline.until_talking(RESTART)
        await asyncio.to_thread(hotline.asterisk.stop)
        await asyncio.to_thread(hotline.start_asterisk)
    take_in_leftovers(hotline.office, over_after_s=0)


async def _media_lets_nobody_in(hotline: Hotline) -> None:
    """The exchange has a wrong password for the media process."""
    hotline.change("websocket_client.conf", "media-password", "wrong")
    async with hotline.ring(NO_LOGIN):
        await hotline.until_step(NO_LOGIN, CallState.RECORDING)
    hotline.change("websocket_client.conf", "wrong", "media-password")


async def _web_lets_nobody_in(hotline: Hotline) -> None:
    """The exchange has a wrong token for the web process."""
    hotline.change("extensions.conf", "pbx-token", "wrong")
    await _leave_message_unnoticed(hotline, NO_TOKEN)
    take_in_leftovers(hotline.office, over_after_s=0)


async def _leave_message_unnoticed(hotline: Hotline, number: str) -> None:
    before = set(hotline.calls.glob("message-*.wav"))
    async with hotline.ring(number):
        await hotline.until("a message being recorded", lambda: set(hotline.calls.glob("message-*.wav")) - before)
        await asyncio.sleep(1)
    await hotline.until("a note", lambda: list(hotline.calls.glob("*.note")))


@pytest.mark.parametrize("number", [STUCK, HUNG, KILLED, DOWN, NO_WEB, NO_TOKEN])
def test_who_cannot_be_spoken_with_is_recorded_and_called_back(day: Hotline, number: str) -> None:
    with wave.open(str(day.recordings(number)["carrier caller"])) as message:
        assert message.getnframes() > 0
    assert day.case(number).state is CaseState.CALLBACK


@pytest.mark.parametrize("number", [ONE_WAY, RINGING, STUCK, KILLED, RESTART, NO_LOGIN])
def test_the_exchange_has_recorded_the_whole_call(day: Hotline, number: str) -> None:
    assert "exchange caller" in day.recordings(number)


@pytest.mark.parametrize("number", [ONE_WAY, RINGING, NO_LOGIN])
def test_who_did_not_reach_the_human_is_called_back_urgently(day: Hotline, number: str) -> None:
    assert (day.case(number).state, day.case(number).urgent) == (CaseState.CALLBACK, True)


def test_a_call_that_the_exchange_lost_in_its_restart_has_left_open(day: Hotline) -> None:
    assert day.case(RESTART).state is CaseState.CALLBACK
    view = day.view(RESTART)
    assert view is not None and view.state is CallState.ENDED
