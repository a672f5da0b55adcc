"""Whole calls over the carrier's own protocol: real sockets, real decoder workers, real SQLite; only the engine is scripted.

All of them happen at once.
"""

from pathlib import Path

import pytest

from commands.stream_phone import StreamPhone
from intake.outcome import Ending, Outcome
from models.case import CaseState
from models.recording import RecordingState
from tests.integration.media.day import Day, Scene
from tests.integration.media.hall import Hall
from tests.integration.media.resident import SAMPLE, Resident, kinds, turns_of

SHORT = "rubbish"
MOMENTS = ("at_once", "notice", "matter", "speaking", "confirm", "closing")
FILLING = 4
"""More whole calls, so that some twenty are there at once."""


async def talk(_hall: Hall, phone: StreamPhone) -> None:
    await Resident(phone).talk()


async def talk_shortly(_hall: Hall, phone: StreamPhone) -> None:
    await Resident(phone, turns_of(SHORT)).talk()


async def say_nothing(_hall: Hall, phone: StreamPhone) -> None:
    await phone.dial()
    await phone.closed.wait()


async def press_in_the_notice(_hall: Hall, phone: StreamPhone) -> None:
    await phone.dial()
    phone.press("0")
    await phone.closed.wait()


async def press_at_the_question(_hall: Hall, phone: StreamPhone) -> None:
    await phone.dial()
    await phone.until_mark("notice")
    phone.press("0")
    await phone.closed.wait()


async def interrupt(_hall: Hall, phone: StreamPhone) -> None:
    """Speaks as soon as the question begins."""
    resident = Resident(phone, turns_of(SHORT), silent_at="matter")
    await phone.dial()
    await phone.until_mark("notice")
    resident.say()
    await phone.closed.wait()


def hang_up_at(moment: str) -> Scene:
    async def story(hall: Hall, phone: StreamPhone) -> None:
        resident = Resident(phone, turns_of(SHORT), silent_at="matter" if moment == "speaking" else moment)
        await phone.dial()
        if moment == "speaking":
            await phone.until_mark("matter")
            resident.say()
            await phone.until_said()
        elif moment != "at_once":
            await phone.until_mark(moment)
        phone.hang_up()
        await hall.until_left_open(phone)

    return Scene(story, SHORT)


SCENES = {
    "whole": Scene(talk, SAMPLE),
    "no sample": Scene(talk),
    "silent": Scene(say_nothing),
    "key in the notice": Scene(press_in_the_notice),
    "key at the question": Scene(press_at_the_question),
    "interrupts": Scene(interrupt, SHORT),
    **{f"hangs up: {moment}": hang_up_at(moment) for moment in MOMENTS},
    **{f"filling {number}": Scene(talk_shortly, SHORT) for number in range(FILLING)},
}


@pytest.fixture(scope="module")
def day(hall: Hall) -> Day:
    day = Day(hall, SCENES)
    day.play()
    return day


def test_a_call_goes_from_greeting_to_goodbye(day: Day) -> None:
    phone, hall = day["whole"], day.hall
    assert kinds(phone)[:2] == ["notice", "matter"]
    assert kinds(phone)[-2:] == ["confirm", "closing"]
    case, heard = hall.case(phone), hall.heard(phone)
    assert hall.outcome(phone) == Outcome(Ending.GOODBYE, "confirmed", False, True, True)
    assert case.state is CaseState.PROPOSED
    assert case.category_code
    assert case.district_code
    assert [utterance.sequence for utterance in heard] == [1, 2, 3]
    assert [utterance.spoken for utterance in heard] == [turn.text for turn in turns_of(SAMPLE)]
    assert all(utterance.engine == "scripted" for utterance in heard)


def test_the_recording_holds_both_voices_where_they_spoke(day: Day) -> None:
    phone, hall = day["whole"], day.hall
    (recording,) = hall.recordings(phone)
    assert (recording.state, recording.tracks) == (RecordingState.READY, "caller,system")
    assert recording.duration_ms is not None
    assert abs(recording.duration_ms - phone.now_ms) < 5000
    raw = (hall.office.var / Path(str(recording.path))).read_bytes()[58:]
    caller, system = raw[0::2], raw[1::2]
    assert turns_of(SAMPLE)[0].mulaw in caller
    assert bytes(phone.audio[:40_000]) in system
    for utterance in hall.heard(phone):
        assert set(caller[utterance.start_ms * 8 : utterance.end_ms * 8]) != {0xFF}


def test_a_recording_that_is_no_sample_brings_no_invented_word(day: Day) -> None:
    """With the scripted engine its caller is voiced and not understood."""
    phone = day["no sample"]
    assert day.hall.heard(phone) == []
    assert day.hall.outcome(phone).heard_anything


def test_a_caller_who_says_nothing_goes_to_a_human(day: Day) -> None:
    assert day.hall.outcome(day["silent"]) == Outcome(Ending.TRANSFER, "silence")
    assert day.hall.heard(day["silent"]) == []


@pytest.mark.parametrize("name", ["key in the notice", "key at the question"])
def test_key_0_leads_to_a_human_and_stops_the_prompt(day: Day, name: str) -> None:
    phone = day[name]
    assert day.hall.outcome(phone).reason == "human_asked"
    assert kinds(phone)[-1] == "leaving"
    assert phone.cleared


def test_speech_into_a_question_stops_it_and_is_heard(day: Day) -> None:
    phone = day["interrupts"]
    assert phone.cleared
    assert [utterance.text for utterance in day.hall.heard(phone)] == [turn.text for turn in turns_of(SHORT)]
    assert day.hall.outcome(phone).ending is Ending.GOODBYE


@pytest.mark.parametrize("moment", MOMENTS)
def test_whoever_hangs_up_leaves_a_case(day: Day, moment: str) -> None:
    phone, hall = day[f"hangs up: {moment}"], day.hall
    spoke = moment in {"speaking", "confirm", "closing"}
    case = hall.case(phone)
    assert case.state is (CaseState.PROPOSED if spoke else CaseState.CALLBACK)
    assert bool(case.narrative) is spoke
    assert bool(case.category_code) is spoke
    assert hall.outcome(phone).ending in {Ending.HUNG_UP, Ending.GOODBYE}


@pytest.mark.parametrize("number", range(FILLING))
def test_each_of_many_callers_is_heard_out(day: Day, number: int) -> None:
    phone, hall = day[f"filling {number}"], day.hall
    assert hall.case(phone).state is CaseState.PROPOSED
    assert [utterance.text for utterance in hall.heard(phone)] == [turn.text for turn in turns_of(SHORT)]
    assert kinds(phone) == ["notice", "matter", "confirm", "closing"]
    assert hall.recordings(phone)
