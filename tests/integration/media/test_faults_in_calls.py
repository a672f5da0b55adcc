"""What breaks while people talk: they hear nothing of it, or a human."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from commands.stream_phone import StreamPhone
from config.stream_token import StreamGrant
from intake.next_step import Reconnect
from intake.office import Office
from intake.outcome import DialResult, Ending, Outcome
from intake.spool import take_in_spool
from intake.transfers import take_next_step
from media import wav
from models.case import CaseState
from tests.integration.media.conftest import settings_in
from tests.integration.media.hall import Hall, all_of, call, open_hall
from tests.integration.media.resident import SAMPLE, Resident, kinds, turns_of


@contextmanager
def locked(office: Office) -> Iterator[None]:
    connection = sqlite3.connect(str(office.database.url.database), isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def texts(hall: Hall, phone: StreamPhone) -> list[str]:
    return [utterance.text for utterance in hall.heard(phone)]


def test_a_killed_decoder_worker_costs_no_word(own_hall: Hall) -> None:
    hall, phones = own_hall, [own_hall.ring(SAMPLE, speed=4.0) for _ in range(3)]

    async def kill() -> None:
        await phones[0].until_mark("matter")
        await asyncio.sleep(1.0)
        for pid in hall.switchboard.parts.pool.worker_pids:
            os.kill(pid, signal.SIGKILL)

    call(lambda: all_of([kill(), *(Resident(phone).talk() for phone in phones)]))
    for phone in phones:
        assert texts(hall, phone) == [turn.text for turn in turns_of(SAMPLE)]
        assert hall.outcome(phone).ending is Ending.GOODBYE


def test_a_database_locked_for_three_seconds_is_not_heard(own_hall: Hall) -> None:
    """Prompts keep flowing while it is locked, and nothing is lost."""
    hall, phone = own_hall, own_hall.ring(SAMPLE)
    during: list[str] = []

    async def lock() -> None:
        await phone.until_mark("matter")
        before = len(phone.marks)
        with locked(hall.office):
            await asyncio.sleep(3.0)
            during.extend(phone.marks[before:])

    call(lambda: all_of([lock(), Resident(phone).talk()]))
    assert [mark.rpartition("-")[0] for mark in during][:1] == ["place"]
    assert texts(hall, phone) == [turn.text for turn in turns_of(SAMPLE)]
    assert hall.outcome(phone).ending is Ending.GOODBYE
    assert not list((hall.office.var / "spool").glob("*.json"))


def test_a_database_that_is_locked_at_the_beginning_delays_no_greeting(own_hall: Hall) -> None:
    hall, phone = own_hall, own_hall.ring()

    async def conversation() -> None:
        with locked(hall.office):
            await phone.dial()
            await phone.until_mark("notice")
            assert hall.view(phone).media_started_at is None
        phone.press("0")
        await phone.closed.wait()

    call(conversation)
    assert hall.view(phone).media_started_at is not None
    assert hall.outcome(phone).reason == "human_asked"


def test_a_database_that_stays_locked_leads_to_a_human_and_the_spool_keeps_the_case(own_hall: Hall) -> None:
    hall, phone = own_hall, own_hall.ring(SAMPLE)

    async def conversation() -> None:
        await phone.dial()
        await phone.until_mark("notice")
        with locked(hall.office):
            await Resident(phone).go_on()
            # What the web process would be told now: no outcome yet, so the caller is not just cut off.
            assert hall.view(phone).outcome is None
            await hall.until(lambda: len(list((hall.office.var / "spool").glob("*.json"))) >= 5)

    call(conversation)
    take_in_spool(hall.office)
    assert hall.outcome(phone).ending is Ending.GOODBYE
    assert texts(hall, phone) == [turn.text for turn in turns_of(SAMPLE)]
    assert hall.case(phone).state is CaseState.PROPOSED


def reconnected(hall: Hall, phone: StreamPhone) -> StreamPhone:
    """The carrier asks what is next, is told to connect anew, and does."""
    step = take_next_step(hall.office, "twilio", phone.call_sid, media_is_up=True)
    assert step == Reconnect()
    view = hall.view(phone)
    grant = StreamGrant(view.id, view.case_no, phone.call_sid, SAMPLE, view.streams + 1)
    return StreamPhone(hall.url, phone.call_sid, hall.token(grant), phone.speed)


def test_a_lost_line_that_comes_back_goes_on_where_it_was(own_hall: Hall) -> None:
    hall, first = own_hall, own_hall.ring(SAMPLE)
    again: list[StreamPhone] = []

    async def conversation() -> None:
        resident = Resident(first)
        await first.dial()
        await resident.until("confirm")
        first.drop()
        await hall.until(lambda: hall.switchboard.calls == 0)
        assert hall.view(first).outcome is None
        second = reconnected(hall, first)
        again.append(second)
        await second.dial()
        await Resident(second, turns_of(SAMPLE)[2:]).go_on()
        await hall.until(lambda: len(hall.recordings(first)) == 2)

    call(conversation)
    assert kinds(again[0])[0] == "confirm"
    assert hall.outcome(first).ending is Ending.GOODBYE
    assert hall.outcome(first).confirmed_by_caller
    assert [utterance.sequence for utterance in hall.heard(first)] == [1, 2, 3]


def test_a_carrier_that_comes_back_before_we_noticed_is_taken_back(own_hall: Hall) -> None:
    hall, first = own_hall, own_hall.ring(SAMPLE)
    again: list[StreamPhone] = []

    async def conversation() -> None:
        await first.dial()
        await Resident(first).until("matter")
        second = reconnected(hall, first)
        again.append(second)
        await second.dial()
        await first.closed.wait()
        await second.until_mark("matter")
        second.hang_up()
        await hall.until_left_open(first)

    call(conversation)
    assert hall.outcome(first).ending is Ending.HUNG_UP


def test_when_the_process_ends_its_conversations_are_left_for_another(office: Office) -> None:
    with open_hall(office) as hall:
        phone = hall.ring(SAMPLE)

        async def conversation() -> None:
            await phone.dial()
            await Resident(phone).until("confirm")

        async def wait_for_end() -> None:
            await phone.closed.wait()

        loop_of_test = asyncio.new_event_loop()
        loop_of_test.run_until_complete(conversation())
        hall.stop()
        loop_of_test.run_until_complete(wait_for_end())
        loop_of_test.close()
    view = hall.view(phone)
    assert view.outcome is None
    assert view.conversation is not None
    assert view.conversation["phase"] == "confirm"
    assert hall.recordings(phone)
    step = take_next_step(office, "twilio", phone.call_sid, media_is_up=False, dial=DialResult.NO_ANSWER)
    assert step is not None


def test_a_full_house_sends_the_next_caller_to_a_human(tmp_path: Path, office: Office) -> None:
    settings = settings_in(tmp_path, asr={"engine": "scripted", "streams": 1})
    with open_hall(replace(office, settings=settings)) as hall:
        first, second = hall.ring(), hall.ring()

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
