"""Operators with real telephones at a real Asterisk: who is put through to whom, what callers hear, what is kept of it."""

import asyncio
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from commands.call.sip.sipp import Clip, SippCall
from config.settings import ROOT
from intake.accounts import Role, add_account
from intake.actors import Actor
from intake.outcome import OPERATOR, Ending
from intake.seat_calls import tend_line
from intake.seats import Pause, SeatView, ready, seats, sit_down, wrap_up
from models.call import CallState
from models.case import CaseState
from models.seat import SeatState
from models.waiting import Waiting, WaitState
from tests.integration.sip.hotline import Hotline, likeness, open_hotline, pcm
from tests.integration.sip.human import busy_human
from tests.integration.sip.operators import Resident, Telephone, telephone
from webhooks.sip.ari import Ari

DEAF, GOOD = "seat1001", "seat1002"
PATIENT, HASTY, CALM, RINGING, NOBODY = (f"1370000000{number}" for number in range(5))
PROMPTS = ROOT / "config" / "prompts"
SAID = ROOT / "samples" / "no-heating" / "1.wav"
ANSWERS = ROOT / "samples" / "water-leak" / "1.wav"


@pytest.fixture(scope="module")
def day() -> Iterator["Day"]:
    with open_hotline(SIP__RING_S="2", SIP__WRAP_UP_S="0", SIP__WAIT_LIMIT_S="100") as hotline, busy_human(hotline.settings):
        today = Day(hotline)
        asyncio.run(today.play())
        yield today


class Day:
    def __init__(self, hotline: Hotline) -> None:
        self.hotline = hotline
        self.wang, self.li = self._operator("wang", DEAF), self._operator("li", GOOD)
        self.order: list[str] = []
        self.registered: frozenset[str] = frozenset()
        self.after_no_answer: SeatView | None = None
        self.after_ringing: SeatView | None = None
        self.said = _track(hotline.settings.var / "said.wav", bytes(2 * 8000 * 28), _speech(SAID) * 10)
        self.answers = _track(hotline.settings.var / "answers.wav", _speech(ANSWERS), bytes(2 * 8000))
        self.heard_by_resident = hotline.settings.var / PATIENT
        self.heard_by_operator = hotline.settings.var / GOOD

    def _operator(self, name: str, seat: str) -> Actor:
        actor = add_account(self.hotline.office, name, "a long password", Role.OPERATOR).actor
        sit_down(self.hotline.office, seat, actor)
        return actor

    def seat(self, name: str) -> SeatView:
        return next(seat for seat in seats(self.hotline.office) if seat.name == name)

    async def play(self) -> None:
        self._lose_silent_telephones_soon()
        async with telephone(self.hotline, DEAF, self.answers, picks_up=False) as deaf:
            async with telephone(self.hotline, GOOD, self.answers) as good:
                self.registered = Ari.of(self.hotline.settings).registered()
                await self._in_line(good)
            await self._hang_up_while_it_rings()
            await deaf.stop()
            await self._no_telephone()

    def _lose_silent_telephones_soon(self) -> None:
        path = self.hotline.asterisk.folder / "etc" / "pjsip.conf"
        before, seat, after = path.read_text().partition("[seat](!)")
        path.write_text(before + seat + after.replace("rtp_timeout = 20", "rtp_timeout = 2", 1))
        self.hotline.asterisk.ask("module reload res_pjsip.so")

    async def _in_line(self, good: Telephone) -> None:
        """The first seat does not answer; then three wait, and the second seat takes two of them: it hangs up (where its
        file ends), and in the second call it dies."""
        wrap_up(self.hotline.office, self.li)
        ready(self.hotline.office, self.wang)
        resident = Resident(self.hotline, PATIENT, self.said, picks_up=False)
        await resident.call()
        await self._until_waiting(PATIENT, held=True)
        self.after_no_answer = self.seat(DEAF)
        async with self._ring(CALM), self._ring(HASTY, Clip(keys="0")) as hasty:
            await self.hotline.until_talking(HASTY)
            hasty.play(0)
            await self._until_waiting(HASTY, held=True)
            await asyncio.sleep(7)
            ready(self.hotline.office, self.li)
            await self._talk(PATIENT)
            await self._written_up()
            ready(self.hotline.office, self.li)
            await self._talk(HASTY)
            await resident.stop()
            await asyncio.sleep(1)
            await good.die()
            await self.hotline.until_recorded(HASTY)

    def _ring(self, number: str, *clips: Clip) -> SippCall:
        return self.hotline.ring(number, *clips, longest_s=80.0)

    async def _talk(self, number: str) -> None:
        await self.hotline.until(f"an operator who talks with {number}", lambda: self._place(number).state is WaitState.TALKING)
        self.order.append(number)

    async def _written_up(self) -> None:
        await self.hotline.until("a seat that writes up", lambda: self.seat(GOOD).state is SeatState.WRAP_UP)

    async def _hang_up_while_it_rings(self) -> None:
        ready(self.hotline.office, self.wang)
        async with self.hotline.ring(RINGING, Clip(keys="0")) as call:
            await self.hotline.until_talking(RINGING)
            call.play(0)
            await self.hotline.until("a ringing seat", lambda: self._place(RINGING).rung_at is not None)
            await asyncio.sleep(0.5)
        await self.hotline.until_step(RINGING, CallState.ENDED)
        self.after_ringing = self.seat(DEAF)

    async def _no_telephone(self) -> None:
        """A seat that lost its telephone, before anybody has noticed."""
        await self.hotline.until(
            "a telephone that is gone", lambda: f"{DEAF}/sip" not in self.hotline.asterisk.ask("pjsip show contacts")
        )
        async with self.hotline.ring(NOBODY, Clip(keys="0")) as call:
            await self.hotline.until_talking(NOBODY)
            call.play(0)
            await self.hotline.until_recorded(NOBODY)

    async def _until_waiting(self, number: str, *, held: bool) -> None:
        def is_held() -> bool:
            place = self._place_or_none(number)
            return place is not None and (place.held_since is not None) is held

        await self.hotline.until(f"{number} in the line", is_held)

    def _place(self, number: str) -> Waiting:
        place = self._place_or_none(number)
        assert place is not None
        return place

    def _place_or_none(self, number: str) -> Waiting | None:
        view = self.hotline.view(number)
        with self.hotline.office.database.reading() as session:
            return session.get(Waiting, view.id) if view else None


def _speech(path: Path) -> bytes:
    """Four seconds, and one of silence. (baresip hangs up where its file ends.)"""
    with wave.open(str(path)) as file:
        return bytes(file.readframes(4 * 8000)) + bytes(2 * 8000)


def _track(path: Path, *parts: bytes) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"".join(parts))
    return path


def heard(folder: Path) -> NDArray[np.float64]:
    """What the telephone of this folder heard in its first call."""
    return sound(min(folder.glob("*-dec.wav")))


def sound(path: Path) -> NDArray[np.float64]:
    with wave.open(str(path)) as file:
        return pcm(file.readframes(file.getnframes()))


def test_a_seat_that_does_not_answer_is_paused_and_the_caller_goes_to_another_one(day: Day) -> None:
    assert day.after_no_answer is not None
    assert (day.after_no_answer.state, day.after_no_answer.reason) == (SeatState.PAUSED, Pause.NO_ANSWER)
    assert day.order[0] == PATIENT


def test_who_was_promised_an_operator_then_key_zero_go_before_who_came_earlier_in_the_line(day: Day) -> None:
    assert day.order == [PATIENT, HASTY]


@pytest.mark.parametrize("prompt", ["notice", "to_operator", "wait", "wait_next"])
def test_the_caller_hears_what_happens_and_where_he_stands(day: Day, prompt: str) -> None:
    assert likeness(heard(day.heard_by_resident), sound(PROMPTS / f"{prompt}.wav")) > 0.9


def test_operator_and_resident_hear_each_other(day: Day) -> None:
    assert likeness(heard(day.heard_by_resident), sound(ANSWERS)[: 2 * 8000]) > 0.9
    assert likeness(heard(day.heard_by_operator), sound(SAID)[8000 : 2 * 8000]) > 0.9


def test_the_operator_has_the_case_of_the_call(day: Day) -> None:
    view, case = day.hotline.view(PATIENT), day.hotline.case(PATIENT)
    assert view is not None and view.outcome is not None
    assert (view.outcome.ending, view.outcome.reason) == (Ending.TRANSFER, OPERATOR)
    assert (case.state, case.owner_id) == (CaseState.PROPOSED, day.li.id)


@pytest.mark.parametrize("number", [PATIENT, HASTY, CALM, RINGING, NOBODY])
def test_the_whole_call_is_recorded(day: Day, number: str) -> None:
    assert "exchange caller" in day.hotline.recordings(number)


def test_a_seat_that_hangs_up_has_served_its_caller(day: Day) -> None:
    assert day._place(PATIENT).left_reason == "served"


def test_whose_operators_telephone_is_lost_goes_on_to_the_recorder_and_keeps_the_case(day: Day) -> None:
    case = day.hotline.case(HASTY)
    assert (case.state, case.owner_id) == (CaseState.PROPOSED, day.li.id)
    assert "carrier caller" in day.hotline.recordings(HASTY)
    assert (day.seat(GOOD).state, day.seat(GOOD).reason) == (SeatState.PAUSED, Pause.NO_TELEPHONE)


def test_the_exchange_tells_which_telephones_are_there(day: Day) -> None:
    assert day.registered - {"trunk"} == {DEAF, GOOD}


@pytest.mark.parametrize("number", [PATIENT, HASTY])
def test_the_operators_own_words_are_recorded(day: Day, number: str) -> None:
    assert "exchange human" in day.hotline.recordings(number)


def test_who_hangs_up_while_the_seat_rings_is_called_back_and_the_seat_is_free(day: Day) -> None:
    assert day.after_ringing is not None and day.after_ringing.state is SeatState.READY
    assert (day.hotline.case(RINGING).state, day.hotline.case(RINGING).urgent) == (CaseState.CALLBACK, True)


def test_a_seat_without_a_telephone_is_paused_and_its_caller_goes_the_usual_way(day: Day) -> None:
    assert (day.seat(DEAF).state, day.seat(DEAF).reason) == (SeatState.PAUSED, Pause.NO_TELEPHONE)
    assert day.hotline.case(NOBODY).state is CaseState.CALLBACK
    assert "carrier caller" in day.hotline.recordings(NOBODY)


def test_who_hangs_up_in_the_line_has_a_case(day: Day) -> None:
    tend_line(day.hotline.office)
    assert day.hotline.case(CALM).state is CaseState.CALLBACK
    assert day._place(CALM).state is WaitState.LEFT
