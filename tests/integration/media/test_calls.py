"""Whole calls over the carrier's own protocol: real sockets, real decoder workers, real SQLite; only the engine is scripted."""

from pathlib import Path

from commands.stream_phone import StreamPhone
from intake.outcome import Ending, Outcome
from models.case import CaseState
from models.recording import RecordingState
from tests.integration.media.hall import Hall, all_of, call
from tests.integration.media.resident import SAMPLE, Resident, kinds, turns_of


def test_a_call_from_greeting_to_goodbye(hall: Hall) -> None:
    phone = hall.ring(SAMPLE)

    async def conversation() -> None:
        await Resident(phone).talk()
        assert hall.outcome(phone).ending is Ending.GOODBYE
        await hall.until(lambda: hall.recordings(phone))

    call(conversation)
    assert kinds(phone)[:2] == ["notice", "matter"]
    assert kinds(phone)[-2:] == ["confirm", "closing"]
    case, heard, (recording,) = hall.case(phone), hall.heard(phone), hall.recordings(phone)
    assert case.state is CaseState.PROPOSED
    assert case.category_code
    assert case.district_code
    assert [utterance.sequence for utterance in heard] == [1, 2, 3]
    assert [utterance.spoken for utterance in heard] == [turn.text for turn in turns_of(SAMPLE)]
    assert all(utterance.engine == "scripted" for utterance in heard)
    assert recording.state is RecordingState.READY
    assert recording.tracks == "caller,system"
    assert recording.duration_ms is not None
    assert abs(recording.duration_ms - phone.now_ms) < 3000


def test_the_recording_holds_both_voices_where_they_spoke(hall: Hall) -> None:
    phone = hall.ring(SAMPLE)

    async def conversation() -> None:
        await Resident(phone).talk()
        await hall.until(lambda: hall.recordings(phone))

    call(conversation)
    raw = (hall.office.var / Path(str(hall.recordings(phone)[0].path))).read_bytes()[58:]
    caller, system = raw[0::2], raw[1::2]
    assert turns_of(SAMPLE)[0].mulaw in caller
    assert bytes(phone.audio[:40_000]) in system
    for utterance in hall.heard(phone):
        assert set(caller[utterance.start_ms * 8 : utterance.end_ms * 8]) != {0xFF}


def test_what_the_machine_says_in_a_sample_comes_from_the_samples_words(hall: Hall) -> None:
    """A recording that is no sample brings no invented word: its caller is voiced and not understood."""
    phone = hall.ring()

    async def conversation() -> None:
        await Resident(phone).talk()

    call(conversation)
    assert hall.heard(phone) == []
    assert hall.outcome(phone).heard_anything


def test_a_caller_who_says_nothing_goes_to_a_human(hall: Hall) -> None:
    phone = hall.ring()

    async def conversation() -> None:
        await phone.dial()
        await phone.closed.wait()
        assert hall.outcome(phone) == Outcome(Ending.TRANSFER, "silence")

    call(conversation)
    assert hall.heard(phone) == []


def test_key_0_leads_to_a_human_at_any_moment(hall: Hall) -> None:
    phones = {moment: hall.ring() for moment in ("notice", "matter", "confirm")}

    async def press(moment: str, phone: StreamPhone) -> None:
        await phone.dial()
        if moment == "matter":
            await phone.until_mark("notice")
        if moment == "confirm":
            await Resident(phone).until("matter")
        phone.press("0")
        await phone.closed.wait()

    call(lambda: all_of(press(moment, phone) for moment, phone in phones.items()))
    for phone in phones.values():
        assert hall.outcome(phone).reason == "human_asked"
        assert kinds(phone)[-1] == "leaving"
    assert phones["notice"].cleared


def test_speech_into_a_question_stops_it(hall: Hall) -> None:
    phone = hall.ring(SAMPLE)

    async def conversation() -> None:
        await phone.dial()
        await phone.until_mark("notice")
        resident = Resident(phone)
        resident.say()
        await resident.go_on(after="matter")

    call(conversation)
    assert phone.cleared
    assert len(hall.heard(phone)) == 3
    assert hall.outcome(phone).ending is Ending.GOODBYE


def test_whoever_hangs_up_at_any_moment_leaves_a_case(hall: Hall) -> None:
    moments = ("at_once", "notice", "matter", "speaking", "confirm", "closing")
    phones = {moment: hall.ring(SAMPLE) for moment in moments}
    spoke = {"speaking", "confirm", "closing"}

    async def hang_up(moment: str, phone: StreamPhone) -> None:
        await phone.dial()
        if moment == "speaking":
            await phone.until_mark("matter")
            Resident(phone).say()
            await phone.until_said()
        elif moment != "at_once":
            await Resident(phone).until(moment)
        phone.hang_up()
        await hall.until_left_open(phone)

    call(lambda: all_of(hang_up(moment, phone) for moment, phone in phones.items()))
    for moment, phone in phones.items():
        case = hall.case(phone)
        assert case.state is (CaseState.PROPOSED if moment in spoke else CaseState.CALLBACK)
        assert bool(case.narrative) is (moment in spoke)
        assert bool(case.category_code) is (moment in spoke)
        assert hall.outcome(phone).ending in {Ending.HUNG_UP, Ending.GOODBYE}


def test_twenty_callers_at_once_are_each_heard_out(hall: Hall) -> None:
    phones = [hall.ring(SAMPLE, speed=3.0) for _ in range(20)]

    async def conversation() -> None:
        await all_of(Resident(phone).talk() for phone in phones)
        await hall.until(lambda: all(hall.recordings(phone) for phone in phones))

    call(conversation)
    for phone in phones:
        assert hall.case(phone).state is CaseState.PROPOSED
        assert [utterance.sequence for utterance in hall.heard(phone)] == [1, 2, 3]
        assert kinds(phone) == kinds(phones[0])
