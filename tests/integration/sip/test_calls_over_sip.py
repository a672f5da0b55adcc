"""Real callers (sipp, baresip) through a real Asterisk to a real media process: what is heard is what was said."""

import asyncio
import wave
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from asr.g711 import alaw_to_pcm, mulaw_to_alaw, mulaw_to_pcm, pcm_to_mulaw
from commands.call.sip.packets import Law
from commands.call.sip.sipp import Clip
from config.settings import ROOT
from intake.outcome import Ending
from intake.spool import take_in_spool
from ivr.state import Phase
from media.wav import HEADER_BYTES
from models.call import CallState
from models.case import CaseState
from tests.integration.sip.crowd import crowd
from tests.integration.sip.hotline import Hotline, likeness, open_hotline, pcm
from tests.integration.sip.human import busy_human
from webhooks.sip.leftovers import take_in_leftovers

ALAW, ULAW, KEY, READ_BACK, EARLY = (f"1380000000{number}" for number in range(1, 6))

CROWD = 200
CROWD_S = 100.0
"""So long a busy machine may take over the ends of two hundred calls."""
pytestmark = pytest.mark.timeout(300)


def speech() -> bytes:
    with wave.open(str(ROOT / "samples" / "no-heating" / "1.wav")) as file:
        return pcm_to_mulaw(file.readframes(5 * 8000))


@pytest.fixture(scope="module")
def day() -> Iterator[Hotline]:
    """Several callers at once; the tests look at what became of each."""
    with open_hotline() as hotline, busy_human(hotline.settings):
        asyncio.run(_play(hotline))
        yield hotline


async def _play(hotline: Hotline) -> None:
    await asyncio.gather(
        _speak(hotline, ALAW, Law.ALAW),
        _speak(hotline, ULAW, Law.ULAW),
        _press_zero(hotline),
        _leave_in_the_read_back(hotline),
        _leave_at_once(hotline),
    )
    for number in (ALAW, ULAW, KEY, READ_BACK, EARLY):
        await hotline.until_step(number, CallState.ENDED)
    await hotline.until("recordings that are put away", lambda: not list(hotline.settings.var.rglob("*.part")))
    before = hotline.calls_recorded_by_exchange()
    await crowd(hotline.settings, CROWD, stays_ms=4000)

    def all_are_known() -> bool:
        # What the dispatcher does every few seconds: a database that two hundred ask at once may have sent some to the spool.
        take_in_spool(hotline.office)
        take_in_leftovers(hotline.office, over_after_s=0)
        return hotline.calls_recorded_by_exchange() >= before + CROWD

    await hotline.until("recordings of all who called at once", all_are_known, CROWD_S)


async def _speak(hotline: Hotline, number: str, law: Law) -> None:
    async with hotline.ring(number, Clip(speech()), law=law) as call:
        await hotline.until_talking(number)
        await asyncio.sleep(1)
        call.play(0)
        await asyncio.sleep(6)


async def _press_zero(hotline: Hotline) -> None:
    async with hotline.ring(KEY, Clip(keys="0")) as call:
        await hotline.until_talking(KEY)
        await asyncio.sleep(1)
        call.play(0)
        await hotline.until_recorded(KEY)


async def _leave_in_the_read_back(hotline: Hotline) -> None:
    with wave.open(str(ROOT / "samples" / "rubbish" / "1.wav")) as file:
        said = pcm_to_mulaw(file.readframes(file.getnframes()))

    def is_read_back() -> bool:
        view = hotline.view(READ_BACK)
        return bool(view and view.conversation and view.conversation["phase"] == Phase.CONFIRM)

    async with hotline.ring(READ_BACK, Clip(said), sample="rubbish", longest_s=60) as call:
        await hotline.until_talking(READ_BACK)
        await asyncio.sleep(1)
        call.play(0)
        await hotline.until("the read-back", is_read_back, 60)


async def _leave_at_once(hotline: Hotline) -> None:
    async with hotline.ring(EARLY):
        await hotline.until_talking(EARLY)


def caller_track(hotline: Hotline, number: str) -> NDArray[np.float64]:
    """What reached recognition, as the media process put it down: both are fed the same frames."""
    both = hotline.recordings(number)["media caller,system"].read_bytes()[HEADER_BYTES:]
    return pcm(mulaw_to_pcm(both[0 : len(both) // 2 * 2 : 2]))


@pytest.mark.parametrize(("number", "law"), [(ALAW, Law.ALAW), (ULAW, Law.ULAW)])
def test_what_is_said_on_the_line_reaches_recognition_whole(day: Hotline, number: str, law: Law) -> None:
    sent = mulaw_to_pcm(speech()) if law is Law.ULAW else alaw_to_pcm(mulaw_to_alaw(speech()))

    assert likeness(caller_track(day, number), pcm(sent)) >= 0.999


@pytest.mark.parametrize("number", [ALAW, ULAW])
def test_the_exchange_keeps_the_same_speech_beside_us(day: Hotline, number: str) -> None:
    with wave.open(str(day.recordings(number)["exchange caller"])) as file:
        assert likeness(pcm(file.readframes(file.getnframes())), pcm(mulaw_to_pcm(speech()))) >= 0.999


def test_who_speaks_and_hangs_up_leaves_a_case_for_the_operators(day: Hotline) -> None:
    view = day.view(ALAW)

    assert view is not None and view.outcome is not None
    assert view.outcome.ending is Ending.HUNG_UP
    assert view.outcome.heard_anything
    assert day.case(ALAW).state is CaseState.PROPOSED


def test_key_zero_leads_to_a_human_and_then_to_the_recorder(day: Hotline) -> None:
    view = day.view(KEY)

    assert view is not None and view.outcome is not None
    assert (view.outcome.ending, view.outcome.reason) == (Ending.TRANSFER, "human_asked")
    assert (day.case(KEY).state, day.case(KEY).urgent) == (CaseState.CALLBACK, True)
    assert "carrier caller" in day.recordings(KEY)


def test_who_hangs_up_during_the_read_back_leaves_a_filled_case_and_a_recording(day: Hotline) -> None:
    view, case = day.view(READ_BACK), day.case(READ_BACK)

    assert view is not None and view.outcome is not None
    assert view.outcome.ending is Ending.HUNG_UP
    assert case.state is CaseState.PROPOSED
    assert case.category_code and case.subdistrict_code and case.summary
    assert {"media caller,system", "exchange caller"} <= set(day.recordings(READ_BACK))


def test_who_hangs_up_during_the_greeting_is_called_back(day: Hotline) -> None:
    assert day.case(EARLY).state is CaseState.CALLBACK
    assert {"media caller,system", "exchange caller"} <= set(day.recordings(EARLY))


def test_two_hundred_callers_in_one_second_all_have_a_case_and_a_recording(day: Hotline) -> None:
    callers = [f"1390000{number}" for number in range(1, CROWD + 1)]

    cases = [day.case(number) for number in callers]

    assert {case.state for case in cases} == {CaseState.CALLBACK}
    assert all("exchange caller" in day.announced(number) for number in callers)
