import json
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select

from models.account import AuditEntry, Role
from models.case import Case, CaseState
from tests.integration.api.client import Api, problem
from tests.integration.api.shape import answer_schema, faults
from tests.integration.dispatch.desk import PHONE, Desk

READER_ROLES = (Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN, Role.SERVICE)


def audited(desk: Desk) -> list[tuple[str, str]]:
    with desk.database.reading() as session:
        return [(entry.action, entry.subject) for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


@pytest.mark.parametrize("role", READER_ROLES)
def test_a_case_is_read_whole_and_the_reading_is_on_record(api: Api, role: Role) -> None:
    case_no = api.desk.propose()

    answer = api.get(f"/api/v1/cases/{case_no}", api.token(role))

    assert answer.status_code == 200
    assert faults(answer.json, answer_schema("/cases/{case_no}", "get", 200)) == []
    assert answer.json["category"] == {"code": "0101", "path": ["环境保护", "噪声", "夜间施工"]}
    assert audited(api.desk) == [("case.read", case_no)]


def test_the_callers_number_is_masked(api: Api) -> None:
    case_no = api.desk.propose()

    answer = api.get(f"/api/v1/cases/{case_no}", api.token(Role.ADMIN))

    assert answer.json["caller"] == {"name": "王女士", "phone": "*****00"}
    assert PHONE[3:] not in answer.text


def test_a_confidential_case_shows_no_caller(api: Api) -> None:
    case_no = api.desk.propose(confidential=True)

    answer = api.get(f"/api/v1/cases/{case_no}", api.token(Role.OPERATOR))

    assert answer.json["caller"] == {"name": None, "phone": None}


def test_cases_are_followed_page_by_page_in_order_of_number(api: Api) -> None:
    numbers = [api.desk.propose() for _ in range(5)]
    token = api.token(Role.SERVICE)

    first = api.get("/api/v1/cases", token, limit="2")
    second = api.get("/api/v1/cases", token, limit="2", after=first.json["next_after"])
    third = api.get("/api/v1/cases", token, limit="2", after=second.json["next_after"])

    pages = [[case["case_no"] for case in page.json["cases"]] for page in (first, second, third)]
    assert pages == [numbers[0:2], numbers[2:4], numbers[4:]]
    assert third.json["next_after"] is None
    assert faults(first.json, answer_schema("/cases", "get", 200)) == []


def test_cases_are_listed_by_state(api: Api) -> None:
    waiting = api.desk.propose()
    api.desk.confirm()

    listed = api.get("/api/v1/cases", api.token(Role.OPERATOR), state="proposed")

    assert [case["case_no"] for case in listed.json["cases"]] == [waiting]


def test_a_token_of_one_area_sees_that_area_only(api: Api) -> None:
    here, there = api.desk.propose(), api.desk.propose(subdistrict="110105002")
    sub_district, district = api.token(Role.OPERATOR, "110105001"), api.token(Role.OPERATOR, "110106")

    listed = api.get("/api/v1/cases", sub_district)

    assert [case["case_no"] for case in listed.json["cases"]] == [here]
    assert api.get("/api/v1/cases", district).json["cases"] == []
    problem(api.get(f"/api/v1/cases/{there}", sub_district), 404, "unknown_case")
    problem(api.post(f"/api/v1/cases/{there}/confirm", sub_district, {"version": 1}), 404, "unknown_case")


@pytest.mark.parametrize("role", READER_ROLES)
def test_a_confirmed_case_has_an_order_on_its_way(api: Api, role: Role) -> None:
    case_no = api.desk.propose()

    answer = api.post(f"/api/v1/cases/{case_no}/confirm", api.token(role), {"version": 1})

    assert answer.status_code == 200, answer.text
    assert faults(answer.json, answer_schema("/cases/{case_no}/confirm", "post", 200)) == []
    assert (answer.json["case"]["state"], answer.json["case"]["organisation"]["code"]) == ("confirmed", "110105001")
    assert [order["order_id"] for order in answer.json["case"]["orders"]] == [answer.json["order_id"]]
    assert ("case.confirmed", case_no) in audited(api.desk)


def test_what_the_request_names_replaces_what_the_machine_wrote(api: Api) -> None:
    case_no = api.desk.propose()
    change = {
        "version": 1,
        "kind": "help",
        "urgency": "urgent",
        "category_code": "0101",
        "location": {
            "district_code": "110106",
            "subdistrict_code": "110106001",
            "community_code": None,
            "address": "右安门大街1号",
        },
        "summary": "夜里一点还在施工",
        "note": "已回电",
    }

    case = api.post(f"/api/v1/cases/{case_no}/confirm", api.token(Role.OPERATOR), change).json["case"]

    assert (case["kind"], case["urgency"], case["summary"], case["note"]) == ("help", "urgent", "夜里一点还在施工", "已回电")
    assert case["location"] == change["location"]
    assert case["organisation"]["code"] == "110106001"


def test_a_stale_version_is_a_conflict_that_shows_the_case_as_it_is(api: Api) -> None:
    case_no = api.desk.propose()
    token = api.token(Role.OPERATOR)
    api.post(f"/api/v1/cases/{case_no}/confirm", token, {"version": 1})

    stale = problem(api.post(f"/api/v1/cases/{case_no}/confirm", token, {"version": 1}), 409, "stale_case")
    forbidden = problem(api.post(f"/api/v1/cases/{case_no}/confirm", token, {"version": 2}), 409, "move_forbidden")

    for body in (stale, forbidden):
        assert (body["case"]["state"], body["case"]["version"]) == ("confirmed", 2)
        assert faults(body, answer_schema("/cases/{case_no}/confirm", "post", 409)) == []


def test_what_the_receiver_needs_is_named(api: Api) -> None:
    case_no = api.desk.propose(district=None, subdistrict=None, category=None)

    body = problem(
        api.post(f"/api/v1/cases/{case_no}/confirm", api.token(Role.OPERATOR), {"version": 1}), 422, "missing_for_dispatch"
    )

    assert {each["field"] for each in body["fields"]} == {"category_code", "location"}
    assert faults(body, answer_schema("/cases/{case_no}/confirm", "post", 422)) == []
    with api.desk.database.reading() as session:
        assert session.scalars(select(Case.state)).one() is CaseState.PROPOSED


@pytest.mark.parametrize("case_no", ["999999999999", "1", "%00", "١٢٣٤٥٦٧٨٩٠١٢", "a" * 3000, "..%2f..", "2601050000011"])
def test_a_number_that_no_case_has_is_not_found(api: Api, case_no: str) -> None:
    token = api.token(Role.OPERATOR)
    api.desk.propose()

    assert api.get(f"/api/v1/cases/{case_no}", token).status_code == 404
    assert api.get(f"/api/v1/cases/{case_no}", token).json["code"] in {"unknown_case", "unknown_address"}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"state": "sleeping"}, "state"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"limit": "9" * 5000}, "limit"),
        ({"after": "x"}, "after"),
        ({"after": "' OR 1=1 --"}, "after"),
        ({"offset": "3"}, "offset"),
        ({"after": ""}, "after"),
    ],
)
def test_a_query_that_cannot_be_used_names_the_parameter(api: Api, query: dict[str, str], field: str) -> None:
    body = problem(api.get("/api/v1/cases", api.token(Role.OPERATOR), **query), 422, "invalid_fields")

    assert [each["field"] for each in body["fields"]] == [field]


def test_what_an_answer_holds_is_json_without_surprises(api: Api) -> None:
    case_no = api.desk.propose(summary="\u2028</script>\U0001f6a8\u202e")

    body: Any = json.loads(api.get(f"/api/v1/cases/{case_no}", api.token(Role.OPERATOR)).data)

    assert body["summary"] == "\u2028</script>\U0001f6a8\u202e"


def test_two_operators_confirm_at_once_and_one_order_leaves(api: Api) -> None:
    case_no = api.desk.propose()
    tokens = [api.token(Role.OPERATOR) for _ in range(6)]
    statuses: list[int] = []

    def confirm(token: str) -> None:
        answer = Api(api.app, api.desk, api.office).post(f"/api/v1/cases/{case_no}/confirm", token, {"version": 1})
        statuses.append(answer.status_code)

    threads = [Thread(target=confirm, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(statuses) == [200, 409, 409, 409, 409, 409]
