"""The same, from four processes at once."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from config.settings import ROOT
from intake.accounts import add_account
from intake.seats import ready, sit_down
from models.account import Role
from models.call import Call
from models.case import Case, CaseMove, CaseState
from models.order import Order, OutboxMessage
from models.seat import Seat
from models.waiting import Waiting, WaitState
from tests.integration.records.bureau import Bureau
from tests.integration.records.racer import PROCESSES

Race = Callable[[str, str], list[str]]


@pytest.fixture
def race(bureau: Bureau, database_url: str, tmp_path: Path) -> Race:
    """`race(what, argument)`: what each of the four answered."""

    def run(what: str, argument: str) -> list[str]:
        command = [sys.executable, "-m", "tests.integration.records.racer", database_url, str(tmp_path), what, argument]
        answers = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True).stdout.splitlines()
        assert len(answers) == PROCESSES
        return answers

    return run


def test_one_webhook_at_once_opens_one_case_and_numbers_have_no_gap_and_no_twin(bureau: Bureau, race: Race) -> None:
    answers = [answer.split() for answer in race("open", "CA1")]
    shared = {numbers[0] for numbers in answers}
    own = [number for numbers in answers for number in numbers[1:]]
    assert len(shared) == 1
    assert sorted([*shared, *own]) == [f"260105{sequence:06d}" for sequence in range(1, 5 * PROCESSES + 2)]
    assert len(bureau.all(Case)) == len(bureau.all(Call)) == len(bureau.all(CaseMove)) == 5 * PROCESSES + 1


def test_one_confirmation_at_once_makes_one_order(bureau: Bureau, race: Race) -> None:
    case = bureau.proposed()
    answers = race("confirm", f"{case.case_no}:{case.version}")
    assert sorted(answers).count("stale_case") == PROCESSES - 1
    assert [bureau.one(Order).id] == [answer for answer in answers if answer != "stale_case"]
    assert len(bureau.all(OutboxMessage)) == 1
    assert [to for _, to, _ in bureau.moves(case.case_no)].count(CaseState.CONFIRMED) == 1


def test_many_callers_at_once_get_each_free_seat_once(bureau: Bureau, race: Race) -> None:
    for name, seat in (("wang", "seat1001"), ("li", "seat1002")):
        actor = add_account(bureau.office, name, "a long password", Role.OPERATOR).actor
        sit_down(bureau.office, seat, actor)
        ready(bureau.office, actor)

    race("line", "CA1")

    assert len(bureau.all(Waiting)) == 3 * PROCESSES
    kept = {place.seat: place.call_id for place in bureau.all(Waiting, Waiting.state == WaitState.OFFERED)}
    assert kept == {seat.name: seat.call_id for seat in bureau.all(Seat)}
    assert set(kept) == {"seat1001", "seat1002"}
