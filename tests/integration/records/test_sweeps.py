from datetime import timedelta
from pathlib import Path

import pytest

from intake.calls import conversation_ended, sign_of_life
from intake.disk import Disk
from intake.listening import add_utterance
from intake.outcome import DialResult, Ending, Outcome
from intake.sweeps import SWEEPS, forget_login_attempts, sweep_silent_calls, watch_disk
from intake.transfers import take_next_step
from models.account import LoginAttempt
from models.call import Call, CallState
from models.case import CaseState
from models.event import Event
from tests.integration.records.bureau import Bureau, heard

MB = 1024 * 1024


def test_a_call_without_a_sign_of_life_is_swept(bureau: Bureau) -> None:
    silent, spoke = bureau.ring("CA1"), bureau.ring("CA2")
    add_utterance(bureau.office, spoke.call_id, heard())
    bureau.clock.advance(timedelta(seconds=61))
    assert sweep_silent_calls(bureau.office) == 2
    assert bureau.case(silent.case_no).state is CaseState.CALLBACK
    assert bureau.case(spoke.case_no).state is CaseState.PROPOSED
    assert bureau.moves(spoke.case_no)[-1] == (CaseState.OPEN, CaseState.PROPOSED, "no_sign_of_life")
    assert {call.state for call in bureau.all(Call)} == {CallState.ENDED}
    assert sweep_silent_calls(bureau.office) == 0


def test_a_call_that_gives_signs_of_life_goes_on(bureau: Bureau) -> None:
    call = bureau.ring()
    bureau.clock.advance(timedelta(seconds=50))
    sign_of_life(bureau.office, [call.call_id])
    bureau.clock.advance(timedelta(seconds=50))
    assert sweep_silent_calls(bureau.office) == 0
    assert bureau.case(call.case_no).state is CaseState.OPEN


def test_a_caller_with_a_human_gives_no_sign_and_goes_on(bureau: Bureau) -> None:
    call = bureau.ring()
    conversation_ended(bureau.office, call.call_id, Outcome(Ending.TRANSFER, "asked", heard_anything=True))
    take_next_step(bureau.office, "twilio", "CA1", media_is_up=True)
    bureau.clock.advance(timedelta(minutes=10))
    assert sweep_silent_calls(bureau.office) == 1
    assert bureau.case(call.case_no).state is CaseState.PROPOSED
    assert bureau.one(Call).state is CallState.TRANSFERRING
    assert sweep_silent_calls(bureau.office) == 0
    take_next_step(bureau.office, "twilio", "CA1", media_is_up=True, dial=DialResult.ANSWERED)
    assert bureau.case(call.case_no).state is CaseState.PROPOSED


def test_a_transfer_that_the_carrier_never_asked_about_is_called_back_first(bureau: Bureau) -> None:
    call = bureau.ring()
    conversation_ended(bureau.office, call.call_id, Outcome(Ending.TRANSFER, "asked", heard_anything=True))
    bureau.clock.advance(timedelta(seconds=61))
    sweep_silent_calls(bureau.office)
    case = bureau.case(call.case_no)
    assert (case.state, case.urgent, bureau.one(Call).state) == (CaseState.CALLBACK, True, CallState.ENDED)


def test_a_transfer_whose_end_nobody_told_is_over_after_four_hours(bureau: Bureau) -> None:
    call = bureau.ring()
    conversation_ended(bureau.office, call.call_id, Outcome(Ending.TRANSFER, "asked"))
    bureau.clock.advance(timedelta(hours=5))
    sweep_silent_calls(bureau.office)
    assert bureau.one(Call).state is CallState.ENDED


def test_a_finished_call_is_not_swept(bureau: Bureau) -> None:
    case = bureau.proposed()
    bureau.clock.advance(timedelta(hours=5))
    assert sweep_silent_calls(bureau.office) == 0
    assert bureau.case(case.case_no).version == case.version


def test_old_login_attempts_are_forgotten(bureau: Bureau) -> None:
    with bureau.database.transaction() as session:
        for days in (31, 29):
            at = bureau.clock.now() - timedelta(days=days)
            session.add(LoginAttempt(at=at, name="wang", address="192.0.2.1", succeeded=False))
    forget_login_attempts(bureau.office)
    assert len(bureau.all(LoginAttempt)) == 1


def test_a_disk_that_fills_and_empties_alarms_once_each(bureau: Bureau) -> None:
    full = bureau.with_settings(disk_reserve_mb=10**9)
    roomy = bureau.with_settings(disk_reserve_mb=1)
    for office in (roomy, full, full, roomy, roomy):
        watch_disk(office)
    assert [event.data["name"] for event in bureau.all(Event)] == ["disk_nearly_full", "disk_has_room"]


def test_every_sweep_runs_on_an_empty_system(bureau: Bureau) -> None:
    for sweep in SWEEPS:
        sweep.run(bureau.office)
    assert bureau.all(Event) == []


@pytest.mark.parametrize(("free_mb", "has_room"), [(2047, False), (2048, True)])
def test_below_the_reserve_there_is_no_room_for_new_calls(tmp_path: Path, free_mb: int, has_room: bool) -> None:
    assert Disk(tmp_path, 2048, lambda _path: free_mb * MB).has_room() is has_room


def test_the_reserve_is_made_released_and_made_again(tmp_path: Path) -> None:
    free = {"mb": 100}
    disk = Disk(tmp_path, 16, lambda _path: free["mb"] * MB)
    disk.keep_reserve()
    assert (tmp_path / "spool" / "reserve").stat().st_size == 2 * MB
    free["mb"] = 10
    disk.keep_reserve()
    assert disk.has_reserve
    free["mb"] = 1
    disk.keep_reserve()
    assert not disk.has_reserve
    assert not disk.release_reserve()
    free["mb"] = 10
    disk.keep_reserve()
    assert not disk.has_reserve
    free["mb"] = 100
    disk.keep_reserve()
    assert disk.has_reserve


def test_a_setting_of_zero_switches_the_watch_off(tmp_path: Path) -> None:
    disk = Disk(tmp_path, 0, lambda _path: 0)
    disk.keep_reserve()
    assert disk.has_room()
    assert not disk.has_reserve


def test_the_real_disk_is_measured_also_before_its_folder_is_there(tmp_path: Path) -> None:
    assert Disk(tmp_path / "not" / "yet", 1).free_mb() > 0
