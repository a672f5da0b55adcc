import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from intake.calls import IncomingCall
from intake.outcome import Ending, Outcome
from intake.recordings import AnnouncedRecording
from intake.spool import (
    SpooledAnnouncement,
    SpooledCall,
    SpooledEnd,
    SpooledOutcome,
    SpooledRecording,
    SpooledUtterance,
    SpoolEntry,
    SpoolFull,
    spool,
    take_in_spool,
)
from models.call import Call, CallState
from models.case import Case, CaseState
from models.event import Event
from models.recording import Recording, RecordingState
from models.session import Database
from tests.integration.records.bureau import NUMBER, Bureau, build_test_office, heard, proposal

AT = '"at": "2026-01-05T01:00:00Z"'


def test_a_call_taken_while_the_database_was_away_becomes_a_case_with_its_recording(bureau: Bureau) -> None:
    at = bureau.clock.now()
    _spool(
        bureau,
        SpooledCall(IncomingCall("twilio", "CA1", NUMBER, "12345", "no-heating"), at),
        SpooledAnnouncement(AnnouncedRecording("twilio", "CA1", "RE1", "http://127.0.0.1:9/RE1", 4000)),
        SpooledEnd("twilio", "CA1", "completed", at + timedelta(seconds=30)),
    )
    bureau.clock.advance(timedelta(hours=1))
    assert take_in_spool(bureau.office) == 3
    call, case = bureau.one(Call), bureau.one(Case)
    assert (case.state, case.callback_reason, case.answered_at) == (CaseState.CALLBACK, "message", at)
    assert (call.state, call.ended_at, call.sample) == (CallState.ENDED, at + timedelta(seconds=30), "no-heating")
    assert bureau.office.sealer.unseal(call.caller_sealed or b"") == f"+86{NUMBER}"
    assert bureau.one(Recording).state is RecordingState.EXPECTED
    assert _files(bureau) == []


def test_what_a_running_call_left_is_taken_in_and_understood(bureau: Bureau) -> None:
    call = bureau.ring()
    _spool(
        bureau,
        SpooledUtterance(call.call_id, heard(0, "我家暖气不热")),
        SpooledOutcome(call.call_id, Outcome(Ending.GOODBYE, "confirmed", confirmed_by_caller=True, heard_anything=True)),
        SpooledRecording(call.call_id, "recordings/a.wav", 4000),
    )
    assert take_in_spool(bureau.office) == 3
    case = bureau.case(call.case_no)
    assert (case.state, case.narrative, case.summary) == (CaseState.PROPOSED, "我家暖气不热", "家中暖气不热")
    assert bureau.one(Recording).path == "recordings/a.wav"


def test_a_file_taken_in_by_a_process_that_died_then_is_taken_in_again_without_effect(bureau: Bureau) -> None:
    entry = SpooledCall(IncomingCall("twilio", "CA1", NUMBER), bureau.clock.now())
    _spool(bureau, entry, entry)
    assert take_in_spool(bureau.office) == 2
    assert len(bureau.all(Case)) == 1


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        "\x00\xff",
        '{"kind": "poem", "entry": {}}',
        '{"kind": "end", "entry": {"carrier": 1}}',
        f'{{"kind": "call", "entry": {{"incoming": {{"carrier": "twilio", "carrier_call_id": "CA7", "caller": "@@"}}, {AT}}}}}',
        f'{{"kind": "end", "entry": {{"carrier": "twilio", "carrier_call_id": "CA-nobody", "reason": "x", {AT}}}}}',
    ],
)
def test_a_broken_file_is_set_aside_with_an_alarm_and_the_rest_goes_on(bureau: Bureau, content: str) -> None:
    folder = bureau.var / "spool"
    folder.mkdir()
    (folder / "00000000000000000001-broken.json").write_text(content, "latin-1")
    _spool(bureau, SpooledCall(IncomingCall("twilio", "CA1"), bureau.clock.now()))
    take_in_spool(bureau.office)
    assert len(bureau.all(Case)) == 1
    assert _files(bureau) == []
    assert [path.name for path in (folder / "broken").iterdir()] == ["00000000000000000001-broken.json"]
    assert bureau.one(Event, Event.kind == "alarm").data["name"] == "spool_broken"
    assert take_in_spool(bureau.office) == 0


def test_what_cannot_be_read_or_kept_does_not_stop_the_rest(bureau: Bureau) -> None:
    folder = bureau.var / "spool"
    (folder / "00000000000000000001-folder.json").mkdir(parents=True)
    _spool(bureau, SpooledCall(IncomingCall("twilio", "CA1"), bureau.clock.now()))
    take_in_spool(bureau.office)
    assert len(bureau.all(Case)) == 1
    assert _files(bureau) == []


def test_spooled_files_show_no_number_and_nobody_else_reads_them(bureau: Bureau) -> None:
    _spool(bureau, SpooledCall(IncomingCall("twilio", "CA1", f"+86{NUMBER}"), bureau.clock.now()))
    (path,) = _files(bureau)
    assert NUMBER not in path.read_text("utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text("utf-8"))["kind"] == "call"


def test_files_stay_in_order_while_the_database_is_away(bureau: Bureau, tmp_path: Path) -> None:
    _spool(
        bureau,
        SpooledCall(IncomingCall("twilio", "CA1"), bureau.clock.now()),
        SpooledEnd("twilio", "CA1", "completed", bureau.clock.now()),
    )
    away = build_test_office(
        Database(f"sqlite:///{tmp_path}/no/such/folder.db"), bureau.var, bureau.clock, lambda _: proposal()
    )
    assert take_in_spool(away) == 0
    assert len(_files(bureau)) == 2
    assert take_in_spool(bureau.office) == 2


def test_a_spool_that_cannot_be_written_says_so(bureau: Bureau) -> None:
    (bureau.var / "spool").write_text("a file where the folder should be")
    with pytest.raises(SpoolFull):
        spool(bureau.office, SpooledEnd("twilio", "CA1", "completed", bureau.clock.now()))


def _spool(bureau: Bureau, *entries: SpoolEntry) -> None:
    for entry in entries:
        spool(bureau.office, entry)


def _files(bureau: Bureau) -> list[Path]:
    return sorted((bureau.var / "spool").glob("*.json"))
