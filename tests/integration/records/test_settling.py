from collections.abc import Callable

import pytest

from intake.actors import machine
from intake.audit import list_audit
from intake.calls import call_ended
from intake.errors import MoveForbidden, StaleCase, UnknownCase
from intake.settling import answer_case, called_back, cancel_case, close_case, merge_case, part_case, resolve_case
from intake.workflow import move
from models.case import Case, CaseState
from tests.integration.records.bureau import OPERATOR, Bureau


def test_a_case_settled_on_the_phone_is_answered_then_closed(bureau: Bureau) -> None:
    case = bureau.proposed()
    answer_case(bureau.office, case.case_no, case.version, OPERATOR, "已告知供暖时间")
    answered = bureau.case(case.case_no)
    assert (answered.state, answered.note) == (CaseState.ANSWERED, "已告知供暖时间")
    close_case(bureau.office, case.case_no, answered.version, OPERATOR, "done")
    assert [to for _, to, _ in bureau.moves(case.case_no)][-2:] == [CaseState.ANSWERED, CaseState.CLOSED]


def test_a_call_back_that_was_made_is_proposed(bureau: Bureau) -> None:
    call = bureau.ring()
    call_ended(bureau.office, "twilio", "CA1", "completed")
    case = bureau.case(call.case_no)
    called_back(bureau.office, case.case_no, case.version, OPERATOR)
    now = bureau.case(case.case_no)
    assert (now.state, now.callback_reason) == (CaseState.PROPOSED, None)


def test_a_cancelled_case_keeps_the_reason_and_who_it_was(bureau: Bureau) -> None:
    case = bureau.proposed()
    cancel_case(bureau.office, case.case_no, case.version, OPERATOR, "wrong_number")
    assert bureau.moves(case.case_no)[-1] == (CaseState.PROPOSED, CaseState.CANCELLED, "wrong_number")
    assert list_audit(bureau.office, case.case_no)[0].action == "case.cancelled"


def test_nothing_is_settled_from_a_stale_copy(bureau: Bureau) -> None:
    case = bureau.proposed()
    attempts: tuple[Callable[[], None], ...] = (
        lambda: answer_case(bureau.office, case.case_no, case.version - 1, OPERATOR, ""),
        lambda: cancel_case(bureau.office, case.case_no, case.version - 1, OPERATOR, "x"),
        lambda: merge_case(bureau.office, case.case_no, case.version - 1, bureau.proposed("CA2").case_no, OPERATOR),
    )
    for attempt in attempts:
        with pytest.raises(StaleCase):
            attempt()
    assert bureau.case(case.case_no).state is CaseState.PROPOSED


def test_a_forbidden_way_changes_nothing(bureau: Bureau) -> None:
    case = bureau.proposed()
    for settle in (resolve_case, close_case):
        with pytest.raises(MoveForbidden):
            settle(bureau.office, case.case_no, case.version, OPERATOR, "x")
    with pytest.raises(MoveForbidden):
        called_back(bureau.office, case.case_no, case.version, OPERATOR)
    assert bureau.case(case.case_no).version == case.version


def test_a_merged_case_follows_another_until_it_is_parted(bureau: Bureau) -> None:
    first, second = bureau.proposed("CA1"), bureau.proposed("CA2")
    merge_case(bureau.office, second.case_no, second.version, first.case_no, OPERATOR)
    merged = bureau.case(second.case_no)
    assert (merged.state, merged.merged_into) == (CaseState.MERGED, first.id)
    part_case(bureau.office, second.case_no, merged.version, OPERATOR)
    parted = bureau.case(second.case_no)
    assert (parted.state, parted.merged_into) == (CaseState.PROPOSED, None)


def test_merged_cases_make_no_chain_and_no_ring(bureau: Bureau) -> None:
    first, second, third = (bureau.proposed(f"CA{number}") for number in (1, 2, 3))
    merge_case(bureau.office, second.case_no, second.version, first.case_no, OPERATOR)
    with pytest.raises(MoveForbidden):
        merge_case(bureau.office, third.case_no, third.version, second.case_no, OPERATOR)
    with pytest.raises(MoveForbidden):
        merge_case(bureau.office, first.case_no, first.version, third.case_no, OPERATOR)
    with pytest.raises(UnknownCase):
        merge_case(bureau.office, third.case_no, third.version, third.case_no, OPERATOR)
    with pytest.raises(UnknownCase):
        merge_case(bureau.office, third.case_no, third.version, "260105999999", OPERATOR)


def test_every_move_raises_the_version_and_is_one_row_and_one_event(bureau: Bureau) -> None:
    case = bureau.proposed()
    events = bureau.event_kinds().count("case.moved")
    with bureau.database.transaction() as session:
        row = session.get_one(Case, case.id)
        move(session, row, CaseState.CONFIRMED, machine("test"), reason="one", at=bureau.clock.now())
        move(session, row, CaseState.DISPATCHED, machine("test"), reason="two", at=bureau.clock.now())
    assert bureau.case(case.case_no).version == case.version + 2
    assert [reason for _, _, reason in bureau.moves(case.case_no)][-2:] == ["one", "two"]
    assert bureau.event_kinds().count("case.moved") == events + 2
