"""Calling residents back, as rows: whoever may be called, how far it came, and what becomes of case and seat."""

from datetime import timedelta

import pytest

from intake.accounts import add_account
from intake.actors import Actor
from intake.call_back_rules import CallBackOutcome
from intake.call_backs import (
    OPERATOR_RINGS,
    PREFIX,
    RESIDENT_RINGS,
    CallBackRefused,
    call_back_ended,
    operator_picked_up,
    resident_answered,
    start_call_back,
    tend_call_backs,
)
from intake.calls import call_ended
from intake.confirmation import take_case
from intake.errors import MoveForbidden
from intake.outcome import DialResult
from intake.queries_call_backs import call_back_of
from intake.seats import NotSeated, SeatBusy, ready, seat_of, sit_down
from intake.settling import cancel_case
from models.account import AuditEntry, Role
from models.call_back import CallBack, CallBackState
from models.case import CaseState
from models.errors import DatabaseUnavailable
from models.event import Event
from models.seat import SeatState
from tests.integration.records.bureau import NUMBER, Bureau
from tests.town import Telephone


@pytest.fixture
def telephone() -> Telephone:
    return Telephone()


@pytest.fixture
def wang(bureau: Bureau) -> Actor:
    return operator(bureau, "wang", "seat1001")


def operator(bureau: Bureau, name: str, seat: str) -> Actor:
    actor = add_account(bureau.office, name, "a long password", Role.OPERATOR).actor
    sit_down(bureau.office, seat, actor)
    return actor


def silent_case(bureau: Bureau, number: str | None = NUMBER) -> str:
    """Somebody called, said nothing and hung up; it is 10:00 in the city."""
    bureau.clock.advance(timedelta(hours=1))
    call = bureau.ring(number=number)
    call_ended(bureau.office, "twilio", "CA1", "completed")
    return call.case_no


def state_of(bureau: Bureau) -> tuple[CallBackState, str | None]:
    (attempt,) = bureau.all(CallBack)
    return attempt.state, attempt.outcome


def test_a_resident_who_is_reached_makes_the_case_the_operators_own(bureau: Bureau, telephone: Telephone, wang: Actor) -> None:
    case_no = silent_case(bureau)
    call = PREFIX + start_call_back(bureau.office, telephone, case_no, wang)

    assert telephone.rung == [(call, "seat1001")]
    assert [operator_picked_up(bureau.office, call) for _ in range(2)] == ["+86" + NUMBER] * 2
    for _ in range(2):
        resident_answered(bureau.office, call)
    for _ in range(2):
        call_back_ended(bureau.office, call, DialResult.ANSWERED)

    case, seat = bureau.case(case_no), seat_of(bureau.office, wang)
    assert state_of(bureau) == (CallBackState.ENDED, CallBackOutcome.REACHED)
    assert (case.state, case.owner_id, case.callback_reason) == (CaseState.PROPOSED, wang.id, None)
    assert bureau.moves(case_no)[-1] == (CaseState.CALLBACK, CaseState.PROPOSED, "called_back")
    assert seat is not None and seat.state is SeatState.WRAP_UP


@pytest.mark.parametrize(
    ("dial", "outcome"),
    [
        (DialResult.NO_ANSWER, CallBackOutcome.NO_ANSWER),
        (DialResult.BUSY, CallBackOutcome.BUSY),
        (DialResult.FAILED, CallBackOutcome.UNREACHABLE),
    ],
)
def test_who_is_not_reached_stays_on_the_list_and_is_due_later(
    bureau: Bureau, telephone: Telephone, wang: Actor, dial: DialResult, outcome: CallBackOutcome
) -> None:
    case_no = silent_case(bureau)
    call = PREFIX + start_call_back(bureau.office, telephone, case_no, wang)
    operator_picked_up(bureau.office, call)
    call_back_ended(bureau.office, call, dial)

    seen = call_back_of(bureau.office, case_no)
    assert bureau.case(case_no).state is CaseState.CALLBACK
    assert seen is not None and [attempt.outcome for attempt in seen.attempts] == [outcome]
    assert (seen.tried, seen.is_calling) == (1, False)
    assert seen.due_at == bureau.clock.now() + timedelta(minutes=15)


def test_a_second_operator_does_not_ring_the_resident_too(bureau: Bureau, telephone: Telephone, wang: Actor) -> None:
    case_no, li = silent_case(bureau), operator(bureau, "li", "seat1002")
    start_call_back(bureau.office, telephone, case_no, wang)

    with pytest.raises(CallBackRefused, match="already_calling"):
        start_call_back(bureau.office, telephone, case_no, li)
    assert len(telephone.rung) == 1


def test_who_calls_back_is_given_no_other_caller(bureau: Bureau, telephone: Telephone, wang: Actor) -> None:
    start_call_back(bureau.office, telephone, silent_case(bureau), wang)

    with pytest.raises(SeatBusy):
        ready(bureau.office, wang)


def test_nobody_is_called_at_night_unless_it_is_urgent(bureau: Bureau, telephone: Telephone, wang: Actor) -> None:
    case_no = silent_case(bureau)
    bureau.clock.advance(timedelta(hours=14))

    with pytest.raises(CallBackRefused) as refused:
        start_call_back(bureau.office, telephone, case_no, wang)
    assert refused.value.until is not None and refused.value.until.isoformat() == "2026-01-06T00:00:00+00:00"
    with bureau.office.database.transaction() as session:
        session.merge(bureau.case(case_no)).urgent = True
    start_call_back(bureau.office, telephone, case_no, wang)
    assert len(telephone.rung) == 1


def test_without_a_number_or_a_seat_nobody_can_be_called(bureau: Bureau, telephone: Telephone, wang: Actor) -> None:
    hidden = silent_case(bureau, number=None)
    zhao = add_account(bureau.office, "zhao", "a long password", Role.OPERATOR).actor

    with pytest.raises(CallBackRefused, match="no_number"):
        start_call_back(bureau.office, telephone, hidden, wang)
    call = bureau.ring("CA2")
    call_ended(bureau.office, "twilio", "CA2", "completed")
    with pytest.raises(NotSeated):
        start_call_back(bureau.office, telephone, call.case_no, zhao)
    assert telephone.rung == []


def test_a_case_that_needs_no_call_any_more_is_not_called(bureau: Bureau, telephone: Telephone, wang: Actor) -> None:
    case_no = silent_case(bureau)
    call = PREFIX + start_call_back(bureau.office, telephone, case_no, wang)
    cancel_case(bureau.office, case_no, bureau.case(case_no).version, wang, "withdrawn")

    assert operator_picked_up(bureau.office, call) is None
    call_back_ended(bureau.office, call, None)
    with pytest.raises(MoveForbidden):
        start_call_back(bureau.office, telephone, case_no, wang)


def test_an_exchange_that_is_away_leaves_seat_and_case_as_they_were(bureau: Bureau, telephone: Telephone, wang: Actor) -> None:
    case_no, telephone.is_away = silent_case(bureau), True

    with pytest.raises(DatabaseUnavailable):
        start_call_back(bureau.office, telephone, case_no, wang)

    seat = seat_of(bureau.office, wang)
    assert state_of(bureau) == (CallBackState.ENDED, CallBackOutcome.FAILED)
    assert seat is not None and seat.state is SeatState.WRAP_UP
    assert bureau.case(case_no).state is CaseState.CALLBACK


@pytest.mark.parametrize("is_picked_up", [False, True])
def test_what_nobody_tells_the_end_of_ends_by_itself(
    bureau: Bureau, telephone: Telephone, wang: Actor, is_picked_up: bool
) -> None:
    call = PREFIX + start_call_back(bureau.office, telephone, silent_case(bureau), wang)
    if is_picked_up:
        operator_picked_up(bureau.office, call)
    assert tend_call_backs(bureau.office) == 0

    bureau.clock.advance((RESIDENT_RINGS if is_picked_up else OPERATOR_RINGS) + timedelta(seconds=1))

    assert [tend_call_backs(bureau.office) for _ in range(2)] == [1, 0]
    wanted = CallBackOutcome.UNREACHABLE if is_picked_up else CallBackOutcome.OPERATOR_ABSENT
    assert state_of(bureau) == (CallBackState.ENDED, wanted)


def test_words_about_unknown_calls_change_nothing(bureau: Bureau) -> None:
    assert operator_picked_up(bureau.office, PREFIX + "0" * 32) is None
    resident_answered(bureau.office, PREFIX + "0" * 32)
    call_back_ended(bureau.office, PREFIX + "0" * 32, DialResult.ANSWERED)
    assert bureau.all(CallBack) == []


def test_a_call_back_is_on_record_without_the_number(bureau: Bureau, telephone: Telephone, wang: Actor) -> None:
    case_no = silent_case(bureau)
    take_case(bureau.office, case_no, wang)
    operator_picked_up(bureau.office, PREFIX + start_call_back(bureau.office, telephone, case_no, wang))

    assert "call_back.started" in [entry.action for entry in bureau.all(AuditEntry)]
    assert not any(NUMBER in str(event.data) for event in bureau.all(Event))
