"""The caller's number is nowhere in the clear: not in the database file, its journal, nor anything else in var."""

from pathlib import Path

from intake.calls import IncomingCall, conversation_ended
from intake.confirmation import confirm_case
from intake.filing import CaseChange
from intake.outcome import Ending, Outcome
from intake.spool import SpooledCall, spool
from models.session import Database, upgrade
from tests.integration.records.bureau import NUMBER, OPERATOR, Bureau


def test_no_file_of_var_holds_the_callers_number(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/hotline.db")
    upgrade(database)
    bureau = Bureau(database, tmp_path)
    case = bureau.proposed()
    call = bureau.ring("CA2", f"+86{NUMBER}")
    conversation_ended(bureau.office, call.call_id, Outcome(Ending.TRANSFER, "asked"))
    confirm_case(bureau.office, case.case_no, CaseChange(case.version), OPERATOR)
    spool(bureau.office, SpooledCall(IncomingCall("twilio", "CA3", f"0086{NUMBER}"), bureau.clock.now()))
    found = [path.name for path in tmp_path.rglob("*") if path.is_file() and NUMBER.encode() in path.read_bytes()]
    assert found == []
    assert (tmp_path / "hotline.db-wal").exists()
    database.close()
    assert NUMBER.encode() not in (tmp_path / "hotline.db").read_bytes()
