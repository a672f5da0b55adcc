from dataclasses import replace
from datetime import timedelta

import pytest

from classifier.coordinates import Point
from classifier.local_places import LocalPlace, local_file, take_places
from intake.accounts import Role, add_account
from intake.calls import call_ended
from intake.confirmation import change_case, confirm_case, release_case, take_case
from intake.errors import MissingForDispatch, MoveForbidden, StaleCase, UnknownCase
from intake.filing import CaseChange, PlaceChange
from intake.listening import add_utterance
from intake.office import CITY_DATA
from intake.places import LivingPlaces
from intake.triage import propose_case, retriage
from models.account import AuditEntry
from models.call import Call
from models.case import CaseMove, CaseState
from models.order import Order, OutboxMessage, OutboxState
from models.proposal import Proposal
from tests.integration.records.bureau import HEATING, NUMBER, OPERATOR, TIANTONGYUAN_NORTH, Bureau, heard, proposal


def test_confirming_writes_case_history_order_and_outbox(bureau: Bureau) -> None:
    case = bureau.proposed()
    bureau.clock.advance(timedelta(seconds=20))
    done = confirm_case(bureau.office, case.case_no, CaseChange(case.version), OPERATOR)
    confirmed, order, message = bureau.case(case.case_no), bureau.one(Order), bureau.one(OutboxMessage)
    assert (confirmed.state, confirmed.confirmed_at) == (CaseState.CONFIRMED, bureau.clock.now())
    assert confirmed.deadline == bureau.clock.now() + timedelta(hours=24)
    assert bureau.moves(case.case_no)[-1] == (CaseState.PROPOSED, CaseState.CONFIRMED, "confirmed")
    assert (order.id, message.order_id, message.state) == (done.order_id, done.order_id, OutboxState.WAITING)
    assert order.dedupe_key == message.dedupe_key


def test_an_order_names_its_organisation_and_no_caller(bureau: Bureau) -> None:
    case = bureau.proposed()
    confirm_case(bureau.office, case.case_no, CaseChange(case.version, caller_name="张大爷"), OPERATOR)
    body = bureau.one(Order).body
    assert body["organisation"]["name"].endswith("街道办事处")
    assert body["organisation"]["code"] == body["location"]["subdistrict_code"] == TIANTONGYUAN_NORTH.subdistrict_code
    assert body["caller"] == {"name": None, "phone": None}
    assert "张大爷" not in str(body)
    assert NUMBER not in str(body)


def test_an_order_carries_the_point_of_an_imported_place_in_its_address(bureau: Bureau) -> None:
    case = bureau.proposed()
    compound = LocalPlace("晨光嘉苑", "compound", ("110114",), (), Point(116.41, 40.07))
    take_places(local_file(bureau.var), [compound], frozenset({"110114"}))
    office = replace(bureau.office, places=LivingPlaces(CITY_DATA / "gazetteer", bureau.var))
    there = PlaceChange("110114", address="晨光嘉苑3号楼")
    confirm_case(office, case.case_no, CaseChange(case.version, location=there), OPERATOR)
    location = bureau.one(Order).body["location"]
    assert (location["longitude"], location["latitude"]) == (116.41, 40.07)


def test_without_a_sub_district_the_district_is_responsible(bureau: Bureau) -> None:
    case = bureau.proposed()
    confirm_case(bureau.office, case.case_no, CaseChange(case.version, location=PlaceChange("110114")), OPERATOR)
    assert bureau.one(Order).body["organisation"] == {"code": "110114", "name": "昌平区人民政府"}


def test_a_case_without_a_place_is_not_dispatched_and_says_why(bureau: Bureau) -> None:
    case = bureau.proposed(made=proposal(place=None))
    with pytest.raises(MissingForDispatch) as refused:
        confirm_case(bureau.office, case.case_no, CaseChange(case.version), OPERATOR)
    assert refused.value.fields == ("location",)
    assert "district" in str(refused.value)
    assert bureau.case(case.case_no).state is CaseState.PROPOSED
    assert (len(bureau.all(Order)), len(bureau.all(OutboxMessage))) == (0, 0)


def test_everything_that_is_missing_is_named_at_once(bureau: Bureau) -> None:
    call = bureau.ring()
    add_utterance(bureau.office, call.call_id, heard())
    call_ended(bureau.office, "twilio", "CA1", "completed")
    case = bureau.case(call.case_no)
    with pytest.raises(MissingForDispatch) as refused:
        confirm_case(bureau.office, case.case_no, CaseChange(case.version), OPERATOR)
    assert refused.value.fields == ("kind", "urgency", "category_code", "location", "summary")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"category_code": "999999"}, "category_unknown"),
        ({"kind": "poem"}, "kind_unknown"),
        ({"urgency": "very"}, "urgency_unknown"),
        ({"location": PlaceChange("999999")}, "place_unknown"),
        ({"location": PlaceChange("110105", "110114008")}, "place_unknown"),
        ({"location": PlaceChange("110114", "110114008", "110101001001")}, "place_unknown"),
        ({"location": PlaceChange(None, "110114008")}, "place_missing"),
        ({"summary": ""}, "summary_missing"),
    ],
)
def test_what_does_not_exist_or_fit_is_refused_by_name(bureau: Bureau, change: dict[str, object], code: str) -> None:
    case = bureau.proposed()
    with pytest.raises(MissingForDispatch) as refused:
        confirm_case(bureau.office, case.case_no, CaseChange(case.version, **change), OPERATOR)  # type: ignore[arg-type]
    assert [problem.code for problem in refused.value.problems] == [code]


@pytest.mark.parametrize(
    "change",
    [{"category_code": "x" * 40}, {"kind": "y" * 40}, {"location": PlaceChange("z" * 40, "z" * 40, "z" * 40)}],
)
def test_codes_that_do_not_exist_are_not_saved_either(bureau: Bureau, change: dict[str, object]) -> None:
    case = bureau.proposed()
    with pytest.raises(MissingForDispatch):
        change_case(bureau.office, case.case_no, CaseChange(case.version, **change), OPERATOR)  # type: ignore[arg-type]
    with pytest.raises(MissingForDispatch):
        confirm_case(bureau.office, case.case_no, CaseChange(case.version, **change), OPERATOR)  # type: ignore[arg-type]
    assert bureau.case(case.case_no).version == case.version


def test_half_a_form_is_saved(bureau: Bureau) -> None:
    case = bureau.proposed(made=proposal(place=None))
    change_case(bureau.office, case.case_no, CaseChange(case.version, summary="", note="再打一次"), OPERATOR)
    saved = bureau.case(case.case_no)
    assert (saved.summary, saved.note, saved.state) == (None, "再打一次", CaseState.PROPOSED)


def test_a_stale_version_is_refused_and_changes_nothing(bureau: Bureau) -> None:
    case = bureau.proposed()
    change_case(bureau.office, case.case_no, CaseChange(case.version, summary="第一位坐席"), OPERATOR)
    with pytest.raises(StaleCase) as refused:
        confirm_case(bureau.office, case.case_no, CaseChange(case.version, summary="第二位坐席"), OPERATOR)
    assert (refused.value.given, refused.value.current) == (case.version, case.version + 1)
    assert bureau.case(case.case_no).summary == "第一位坐席"


def test_a_confirmed_case_is_not_confirmed_again(bureau: Bureau) -> None:
    case = bureau.proposed()
    confirm_case(bureau.office, case.case_no, CaseChange(case.version), OPERATOR)
    now = bureau.case(case.case_no).version
    with pytest.raises(MoveForbidden):
        confirm_case(bureau.office, case.case_no, CaseChange(now), OPERATOR)
    assert len(bureau.all(Order)) == 1


def test_a_case_whose_call_goes_on_is_not_confirmed(bureau: Bureau) -> None:
    call = bureau.ring()
    propose_case(bureau.office, call.call_id, proposal(), "我家暖气不热")
    with pytest.raises(MoveForbidden):
        confirm_case(bureau.office, call.case_no, CaseChange(bureau.case(call.case_no).version), OPERATOR)


def test_an_unknown_case_is_not_confirmed(bureau: Bureau) -> None:
    with pytest.raises(UnknownCase):
        confirm_case(bureau.office, "260105999999", CaseChange(1), OPERATOR)


def test_another_category_brings_its_own_deadline(bureau: Bureau) -> None:
    case = bureau.proposed()
    week = next(leaf for leaf in bureau.office.taxonomy().leaves if leaf.deadline_h == 168)
    confirm_case(bureau.office, case.case_no, CaseChange(case.version, category_code=week.code), OPERATOR)
    confirmed = bureau.case(case.case_no)
    assert confirmed.deadline == bureau.clock.now() + timedelta(days=7)
    assert bureau.one(Order).body["category"] == {"code": week.code, "path": list(week.path)}


def test_provenance_tells_machine_edited_and_typed(bureau: Bureau) -> None:
    case = bureau.proposed(made=proposal(place=None))
    change = CaseChange(case.version, summary="暖气片不热", location=PlaceChange("110114"), note="老人独居")
    change_case(bureau.office, case.case_no, change, OPERATOR)
    provenance = bureau.case(case.case_no).provenance
    assert (provenance["category_code"], provenance["kind"]) == ("machine", "machine")
    assert (provenance["summary"], provenance["location"], provenance["note"]) == ("edited", "typed", "typed")


def test_writing_the_same_again_is_no_change(bureau: Bureau) -> None:
    case = bureau.proposed()
    assert change_case(bureau.office, case.case_no, CaseChange(case.version, summary=case.summary), OPERATOR) == case.version
    assert bureau.case(case.case_no).provenance["summary"] == "machine"


def test_the_machine_leaves_alone_what_a_person_touched(bureau: Bureau) -> None:
    case = bureau.proposed()
    change_case(
        bureau.office, case.case_no, CaseChange(case.version, summary="我写的", location=PlaceChange("110105")), OPERATOR
    )
    add_utterance(bureau.office, _call_id(bureau), heard(1, "还有电梯坏了"))
    propose_case(bureau.office, _call_id(bureau), proposal(category="010102", summary="电梯坏了"), "电梯坏了")
    now = bureau.case(case.case_no)
    assert (now.summary, now.district_code, now.category_code) == ("我写的", "110105", "010102")


def test_an_unsure_proposal_stands_beside_the_form_and_fills_it_only_at_confirmation(bureau: Bureau) -> None:
    case = bureau.proposed(made=proposal(score=0.1))
    assert case.category_code is None
    confirm_case(bureau.office, case.case_no, CaseChange(case.version), OPERATOR)
    assert bureau.case(case.case_no).category_code == HEATING


def test_what_a_person_emptied_is_not_filled_again(bureau: Bureau) -> None:
    case = bureau.proposed()
    with pytest.raises(MissingForDispatch) as refused:
        confirm_case(bureau.office, case.case_no, CaseChange(case.version, category_code=""), OPERATOR)
    assert refused.value.fields == ("category_code",)


def test_the_same_thought_twice_is_one_proposal(bureau: Bureau) -> None:
    call = bureau.ring()
    propose_case(bureau.office, call.call_id, proposal(), "我家暖气不热")
    propose_case(bureau.office, call.call_id, proposal(), "我家暖气不热")
    propose_case(bureau.office, call.call_id, proposal(score=0.5), "我家暖气不热")
    assert [row.sequence for row in sorted(bureau.all(Proposal), key=lambda row: row.sequence)] == [1, 2]


def test_thinking_again_changes_no_settled_case(bureau: Bureau) -> None:
    case = bureau.proposed(made=proposal(summary="旧的"))
    confirm_case(bureau.office, case.case_no, CaseChange(case.version), OPERATOR)
    before = bureau.case(case.case_no)
    retriage(bureau.office, case.case_no)
    after = bureau.case(case.case_no)
    assert (after.summary, after.version) == ("旧的", before.version)


def test_taking_a_case_is_seen_stamped_and_on_record(bureau: Bureau) -> None:
    first = add_account(bureau.office, "wang", "a long password", Role.OPERATOR).actor
    second = add_account(bureau.office, "li", "a long password", Role.OPERATOR).actor
    case = bureau.proposed()
    assert take_case(bureau.office, case.case_no, first) is None
    opened_at = bureau.case(case.case_no).opened_at
    bureau.clock.advance(timedelta(seconds=5))
    assert take_case(bureau.office, case.case_no, second) == first.id
    release_case(bureau.office, case.case_no, first)
    taken = bureau.case(case.case_no)
    assert (taken.owner_id, taken.opened_at, taken.version) == (second.id, opened_at, case.version)
    assert [entry.actor_name for entry in bureau.all(AuditEntry, AuditEntry.action == "case.opened")] == ["wang", "li"]


def test_the_operators_name_stands_in_history_and_audit(bureau: Bureau) -> None:
    case = bureau.proposed()
    confirm_case(bureau.office, case.case_no, CaseChange(case.version), OPERATOR)
    assert bureau.all(CaseMove)[-1].actor == "wang"
    entry = bureau.one(AuditEntry, AuditEntry.action == "case.confirmed")
    assert (entry.actor_name, entry.subject, entry.at) == ("wang", case.case_no, bureau.clock.now())


def _call_id(bureau: Bureau) -> str:
    return bureau.one(Call).id
