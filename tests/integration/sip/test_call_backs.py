"""An operator calls a resident back over a real Asterisk: first the telephone at the seat rings, then the resident's."""

import asyncio
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import select

from asr.g711 import pcm_to_mulaw
from config.settings import ROOT
from intake.accounts import Role, add_account
from intake.call_back_rules import CallBackOutcome
from intake.call_backs import start_call_back
from intake.calls import IncomingCall, call_ended, open_call
from intake.fetching import fetch_due_recordings
from intake.queries_call_backs import CallBackSeen, call_back_of
from intake.seats import sit_down
from models.case import Case, CaseState
from models.recording import Recording
from tests.integration.sip.hotline import Hotline, likeness, open_hotline, pcm
from tests.integration.sip.human import busy_human, talking_human
from tests.integration.sip.operators import telephone
from webhooks.fetchers import make_fetchers
from webhooks.sip.ari import Ari, ExchangeUnavailable
from webhooks.sip.dialler import SipDialler

SEAT = "seat1001"
REACHED, BUSY, AWAY = "13800000201", "13800000202", "13800000203"


class Day:
    def __init__(self, hotline: Hotline) -> None:
        self.hotline = hotline
        self.wang = add_account(hotline.office, "wang", "a long password", Role.OPERATOR).actor
        sit_down(hotline.office, SEAT, self.wang)
        self.cases = {number: self._silent_case(number) for number in (REACHED, BUSY, AWAY)}
        self.resident, self.operator = _speech("no-heating"), _speech("water-leak")
        self.heard_by_operator = hotline.settings.var / SEAT
        self.refusal = ""

    def _silent_case(self, number: str) -> str:
        opened = open_call(self.hotline.office, IncomingCall("sip", f"early-{number}", number))
        call_ended(self.hotline.office, "sip", f"early-{number}", "hangup")
        return opened.case_no

    async def play(self) -> None:
        says = _track(self.hotline.settings.var / "operator.wav", bytes(16 * 6000), self.operator, bytes(16 * 9_000))
        async with telephone(self.hotline, SEAT, says):
            with talking_human(self.hotline.settings, pcm_to_mulaw(self.resident)):
                self._call(REACHED)
                await self._until(REACHED, lambda seen: not seen.is_calling)
            with busy_human(self.hotline.settings):
                self._call(BUSY)
                await self._until(BUSY, lambda seen: not seen.is_calling)
        self.hotline.asterisk.stop()
        with pytest.raises(ExchangeUnavailable):
            self._call(AWAY)

    def _call(self, number: str) -> None:
        dialler = SipDialler(Ari.of(self.hotline.settings))
        start_call_back(self.hotline.office, dialler, self.cases[number], self.wang)

    async def _until(self, number: str, is_so) -> None:  # type: ignore[no-untyped-def]
        await self.hotline.until(f"the end of the call to {number}", lambda: is_so(self.seen(number)))

    def seen(self, number: str) -> CallBackSeen:
        seen = call_back_of(self.hotline.office, self.cases[number])
        assert seen is not None
        return seen

    def case(self, number: str) -> Case:
        with self.hotline.office.database.reading() as session:
            return session.scalars(select(Case).where(Case.case_no == self.cases[number])).one()

    def recordings(self, number: str) -> dict[str, Path]:
        fetch_due_recordings(self.hotline.office, make_fetchers(self.hotline.settings), 50)
        with self.hotline.office.database.reading() as session:
            rows = session.scalars(select(Recording).where(Recording.case_id == self.case(number).id)).all()
        return {row.tracks: self.hotline.settings.var / row.path for row in rows if row.path}


@pytest.fixture(scope="module")
def day() -> Iterator[Day]:
    with open_hotline(CALL_BACK_HOURS="00:00-23:59") as hotline:
        today = Day(hotline)
        asyncio.run(today.play())
        yield today


def test_operator_and_resident_hear_each_other_and_both_are_recorded(day: Day) -> None:
    recordings = day.recordings(REACHED)

    assert likeness(sound(recordings["caller"]), pcm(day.resident)) > 0.9
    assert likeness(sound(recordings["human"]), pcm(day.operator)) > 0.9
    heard = np.concatenate([sound(path) for path in sorted(day.heard_by_operator.glob("*-dec.wav"))])
    assert likeness(heard, pcm(day.resident)) > 0.9


def test_the_case_of_who_was_reached_is_the_operators_and_proposed(day: Day) -> None:
    case, (attempt,) = day.case(REACHED), day.seen(REACHED).attempts

    assert attempt.outcome is CallBackOutcome.REACHED
    assert (case.state, case.owner_id) == (CaseState.PROPOSED, day.wang.id)


def test_a_resident_whose_line_is_busy_stays_on_the_list(day: Day) -> None:
    (attempt,) = day.seen(BUSY).attempts

    assert attempt.outcome is CallBackOutcome.BUSY
    assert day.case(BUSY).state is CaseState.CALLBACK


def test_an_exchange_that_is_away_is_an_attempt_that_failed(day: Day) -> None:
    (attempt,) = day.seen(AWAY).attempts

    assert attempt.outcome is CallBackOutcome.FAILED
    assert day.case(AWAY).state is CaseState.CALLBACK


def _speech(sample: str) -> bytes:
    with wave.open(str(ROOT / "samples" / sample / "1.wav")) as file:
        return bytes(file.readframes(3 * 8000))


def _track(path: Path, *parts: bytes) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"".join(parts))
    return path


def sound(path: Path) -> NDArray[np.float64]:
    with wave.open(str(path)) as file:
        return pcm(file.readframes(file.getnframes()))
