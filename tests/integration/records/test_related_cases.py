"""What an operator is shown beside a case: earlier open ones that tell the same, and the same resident's."""

from dataclasses import replace
from datetime import timedelta

import pytest

from classifier.likeness import Place
from classifier.proposal import LocationCandidate
from intake.calls import call_ended
from intake.errors import MoveForbidden, UnknownCase
from intake.listening import add_utterance
from intake.queries_case import case_page
from intake.queries_related import related_cases
from intake.settling import cancel_case, merge_case
from intake.triage import propose_case
from models.case import Case
from tests.integration.records.bureau import OPERATOR, TIANTONGYUAN_NORTH, Bureau, heard, proposal


def told(bureau: Bureau, name: str, place: LocationCandidate | None = TIANTONGYUAN_NORTH, category: str = "010101") -> Case:
    """A case of a resident of his own."""
    bureau.clock.advance(timedelta(minutes=1))
    call = bureau.ring(name, f"139{int(name):08d}")
    add_utterance(bureau.office, call.call_id, heard())
    propose_case(bureau.office, call.call_id, proposal(category, place), "我家暖气不热")
    call_ended(bureau.office, "twilio", name, "completed")
    return bureau.case(call.case_no)


def test_earlier_cases_of_the_place_and_matter_are_offered_and_others_are_not(bureau: Bureau) -> None:
    same = told(bureau, "1")
    told(bureau, "2", category="050101")
    told(bureau, "3", replace(TIANTONGYUAN_NORTH, subdistrict_code="110114009"))
    elsewhere = told(bureau, "4", replace(TIANTONGYUAN_NORTH, address="太平家园3号楼"))
    case = told(bureau, "5")
    (found,) = related_cases(bureau.office, case.case_no)
    assert (found.case_no, found.is_same_caller, found.reports) == (same.case_no, False, 1)
    assert (found.likeness.place, found.distance_m) == (Place.BUILDING, None)
    assert related_cases(bureau.office, same.case_no) == ()
    assert related_cases(bureau.office, elsewhere.case_no) == ()


def test_the_same_residents_case_comes_first_whatever_it_is_about(bureau: Bureau) -> None:
    mine = bureau.proposed("CA1", proposal("050101", None))
    other = told(bureau, "2")
    bureau.clock.advance(timedelta(minutes=1))
    case = bureau.proposed("CA3")
    found = related_cases(bureau.office, case.case_no)
    assert [(near.case_no, near.is_same_caller) for near in found] == [(mine.case_no, True), (other.case_no, False)]


def test_withheld_numbers_are_not_one_resident(bureau: Bureau) -> None:
    for name in ("CA1", "CA2"):
        call = bureau.ring(name, None)
        add_utterance(bureau.office, call.call_id, heard(text="你好"))
        propose_case(bureau.office, call.call_id, proposal(None, None), "你好")
        call_ended(bureau.office, "twilio", name, "completed")
    assert related_cases(bureau.office, call.case_no) == ()


def test_joined_cases_are_counted_at_the_one_that_they_follow_and_not_offered_themselves(bureau: Bureau) -> None:
    first, second = told(bureau, "1"), told(bureau, "2")
    merge_case(bureau.office, second.case_no, second.version, first.case_no, OPERATOR)
    third = told(bureau, "3")
    assert [(near.case_no, near.reports) for near in related_cases(bureau.office, third.case_no)] == [(first.case_no, 2)]
    assert case_page(bureau.office, first.case_no).followers == (second.case_no,)
    assert case_page(bureau.office, second.case_no).merged_state == first.state


def test_nothing_old_or_cancelled_is_offered_and_a_cancelled_case_leads_nobody(bureau: Bureau) -> None:
    told(bureau, "1")
    bureau.clock.advance(timedelta(days=16))
    gone = told(bureau, "2")
    cancel_case(bureau.office, gone.case_no, gone.version, OPERATOR, "no_request")
    case = told(bureau, "3")
    assert related_cases(bureau.office, case.case_no) == ()
    with pytest.raises(MoveForbidden):
        merge_case(bureau.office, case.case_no, case.version, gone.case_no, OPERATOR)


def test_an_unknown_case_has_no_relations(bureau: Bureau) -> None:
    with pytest.raises(UnknownCase):
        related_cases(bureau.office, "260105999999")
