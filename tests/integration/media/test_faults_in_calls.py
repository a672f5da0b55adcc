"""What breaks while people talk: they hear nothing of it, or a human."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from commands.stream_phone import StreamPhone
from config.stream_token import StreamGrant
from intake.next_step import Dial, Reconnect
from intake.office import Office
from intake.outcome import Ending, Outcome
from intake.spool import take_in_spool
from intake.transfers import take_next_step
from media import wav
from models.case import CaseState
from tests.integration.media.conftest import settings_in
from tests.integration.media.day import Day, Scene
from tests.integration.media.hall import Hall, call, open_hall
from tests.integration.media.resident import Resident, kinds, turns_of

SHORT = "rubbish"
CALLERS = ("first", "second", "third")


@contextmanager
def locked(office: Office) -> Iterator[None]:
    """Another process holds the database for writing."""
    connection = sqlite3.connect(str(office.database.url.database), isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def texts(hall: Hall, phone: StreamPhone) -> list[str]:
    return [utterance.text for utterance in hall.heard(phone)]


def spooled(hall: Hall) -> int:
    return len(list((hall.office.var / "spool").glob("*.json")))


def returning(hall: Hall, phone: StreamPhone) -> StreamPhone:
    """The carrier asks what is next and is told to connect anew: the phone of the second stream."""
    step = take_next_step(hall.office, "twilio", phone.call_sid, media_is_up=True)
    if step != Reconnect():
        raise AssertionError(step)
    view = hall.view(phone)
    grant = StreamGrant(view.id, view.case_no, phone.call_sid, SHORT, view.streams + 1)
    return StreamPhone(hall.url, phone.call_sid, hall.token(grant), phone.speed)


async def talk(_hall: Hall, phone: StreamPhone) -> None:
    await Resident(phone, turns_of(SHORT)).talk()


async def make_trouble(hall: Hall, phone: StreamPhone) -> None:
    """While all others speak: kills the decoder workers, then locks the database for 3 s and calls in that time."""
    await asyncio.sleep(7.0)
    for pid in hall.switchboard.parts.pool.worker_pids:
        os.kill(pid, signal.SIGKILL)
    await asyncio.sleep(2.0)
    with locked(hall.office):
        await phone.dial()
        await asyncio.sleep(3.0)
        if not phone.audio or hall.view(phone).media_started_at is not None:
            raise AssertionError("the greeting waited for the database, or the database was not locked")
    phone.press("0")
    await phone.closed.wait()


async def lose_the_line_and_return(hall: Hall, phone: StreamPhone) -> None:
    Resident(phone, turns_of(SHORT), silent_at="confirm")
    await phone.dial()
    await phone.until_mark("confirm")
    phone.drop()
    await hall.until(lambda: hall.view(phone).conversation and hall.switchboard.session_of(hall.view(phone).id) is None)
    second = returning(hall, phone)
    await Resident(second, turns_of(SHORT)[1:]).talk()
    phone.marks += ["returned-0", *second.marks]
    await hall.until(lambda: len(hall.recordings(phone)) == 2)


async def return_unnoticed(hall: Hall, phone: StreamPhone) -> None:
    """The first stream is still open when the second one comes."""
    await phone.dial()
    await phone.until_mark("notice")
    second = returning(hall, phone)
    await second.dial()
    await phone.closed.wait()
    await second.until_mark("matter")
    second.hang_up()
    await hall.until_left_open(phone)


SCENES = {
    **{name: Scene(talk, SHORT) for name in CALLERS},
    "trouble": Scene(make_trouble),
    "returns": Scene(lose_the_line_and_return, SHORT),
    "returns unnoticed": Scene(return_unnoticed, SHORT),
}


@pytest.fixture(scope="module")
def bad_day(hall: Hall) -> Day:
    day = Day(hall, SCENES)
    day.play()
    return day


@pytest.mark.parametrize("name", CALLERS)
def test_killed_workers_and_a_locked_database_cost_no_word(bad_day: Day, name: str) -> None:
    phone, hall = bad_day[name], bad_day.hall
    assert texts(hall, phone) == [turn.text for turn in turns_of(SHORT)]
    assert hall.outcome(phone).ending is Ending.GOODBYE
    assert hall.case(phone).state is CaseState.PROPOSED


def test_a_lock_of_three_seconds_delays_no_greeting_and_needs_no_spool(bad_day: Day) -> None:
    phone, hall = bad_day["trouble"], bad_day.hall
    assert hall.view(phone).media_started_at is not None
    assert hall.outcome(phone).reason == "human_asked"
    assert spooled(hall) == 0


def test_a_lost_line_that_comes_back_goes_on_where_it_was(bad_day: Day) -> None:
    phone, hall = bad_day["returns"], bad_day.hall
    heard = kinds(phone)
    assert heard[heard.index("returned") :] == ["returned", "confirm", "closing"]
    assert hall.outcome(phone) == Outcome(Ending.GOODBYE, "confirmed", False, True, True)
    assert [utterance.sequence for utterance in hall.heard(phone)] == [1, 2]
    assert len({recording.path for recording in hall.recordings(phone)}) == 2


def test_a_carrier_that_comes_back_before_we_noticed_is_taken_back(bad_day: Day) -> None:
    assert bad_day.hall.outcome(bad_day["returns unnoticed"]).ending is Ending.HUNG_UP


def test_a_database_that_stays_locked_holds_nobody_up_and_the_spool_keeps_the_case(office: Office) -> None:
    with open_hall(office) as hall:
        phone = hall.ring(SHORT, speed=8.0)

        async def conversation() -> None:
            Resident(phone, turns_of(SHORT))
            await phone.dial()
            await phone.until_mark("notice")
            with locked(office):
                await phone.closed.wait()
                # What the web process finds when it is asked now: no outcome, so the caller is not just cut off.
                assert hall.view(phone).outcome is None
                await hall.until(lambda: spooled(hall) >= 4)

        call(conversation)
        take_in_spool(office)
        assert hall.outcome(phone).ending is Ending.GOODBYE
        assert texts(hall, phone) == [turn.text for turn in turns_of(SHORT)]
        assert hall.case(phone).state is CaseState.PROPOSED


def test_when_the_process_ends_its_conversations_are_left_for_another(office: Office) -> None:
    with open_hall(office) as hall:
        phone = hall.ring(speed=8.0)

        async def conversation() -> None:
            await phone.dial()
            await phone.until_mark("notice")
            ending = asyncio.create_task(asyncio.to_thread(hall.stop))
            await phone.closed.wait()
            await ending

        call(conversation)
        view = hall.view(phone)
        assert view.outcome is None
        assert view.conversation is not None
        assert view.conversation["phase"] == "matter"
        assert hall.recordings(phone)
        with_human = replace(office, settings=office.settings.model_copy(update={"human_number": "+861012345678"}))
        assert isinstance(take_next_step(with_human, "twilio", phone.call_sid, media_is_up=False), Dial)


def test_a_full_house_sends_the_next_caller_to_a_human(tmp_path: Path, office: Office) -> None:
    settings = settings_in(tmp_path, asr={"engine": "scripted", "streams": 1})
    with open_hall(replace(office, settings=settings)) as hall:
        first, second = hall.ring(speed=8.0), hall.ring(speed=8.0)

        async def conversation() -> None:
            await first.dial()
            await first.until_mark("notice")
            assert hall.switchboard.health().why == "pool_full"
            await second.dial()
            await second.closed.wait()
            first.press("0")
            await first.closed.wait()

        call(conversation)
        assert hall.outcome(second) == Outcome(Ending.OVERFLOW, "pool_full")
        assert hall.outcome(first).reason == "human_asked"


def test_a_disk_nearly_full_takes_no_new_call(tmp_path: Path, office: Office) -> None:
    settings = settings_in(tmp_path, disk_reserve_mb=10**9)
    with open_hall(replace(office, settings=settings)) as hall:
        phone = hall.ring()

        async def conversation() -> None:
            await hall.until(lambda: hall.switchboard.health().why == "disk_low")
            await phone.dial()
            await phone.closed.wait()

        call(conversation)
        assert hall.outcome(phone) == Outcome(Ending.OVERFLOW, "disk_low")
        assert not hall.switchboard.health().accepting


def test_recordings_of_a_killed_process_are_announced_by_the_next(office: Office) -> None:
    with open_hall(office) as hall:
        phone = hall.ring()
    part = office.var / "recordings" / "2026" / "01" / "05" / f"{hall.view(phone).id}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(wav.header(2, 0) + b"\xff" * 32_000)
    with open_hall(office) as hall:
        call(lambda: _until_recorded(hall, phone))
    (recording,) = hall.recordings(phone)
    assert recording.duration_ms == 2000
    assert not list(part.parent.glob("*.new"))


async def _until_recorded(hall: Hall, phone: StreamPhone) -> None:
    await hall.until(lambda: hall.recordings(phone))
