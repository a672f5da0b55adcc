from datetime import timedelta

import pytest

from dispatch.order import Order
from dispatch.sinks.local import LocalSink
from dispatch.sinks.memory import MemorySink
from models.account import Role
from models.case import CaseState
from models.order import OutboxState
from tests.integration.api.client import Api, problem
from tests.integration.api.shape import answer_schema, faults
from tests.integration.dispatch.desk import ORGANISATION, PHONE

CLAIM = "/api/v1/dispatch/claim"


@pytest.fixture
def order_id(api: Api) -> str:
    order_id = api.desk.confirm()
    api.desk.relay(LocalSink(api.desk.database, api.desk.clock)).run_once()
    return order_id


@pytest.fixture
def receiver(api: Api) -> str:
    return api.token(Role.RECEIVER, ORGANISATION)


def accept(order_id: str) -> str:
    return f"/api/v1/dispatch/orders/{order_id}/accept"


def refuse(order_id: str) -> str:
    return f"/api/v1/dispatch/orders/{order_id}/refuse"


def test_an_organisation_claims_its_orders_with_everything_it_needs(api: Api, receiver: str, order_id: str) -> None:
    answer = api.post(CLAIM, receiver, {"limit": 5, "lease_s": 60})

    assert answer.status_code == 200
    assert faults(answer.json, answer_schema("/dispatch/claim", "post", 200)) == []
    assert [order["order_id"] for order in answer.json["orders"]] == [order_id]
    assert answer.json["orders"][0]["caller"]["phone"] == PHONE
    assert api.post(CLAIM, receiver, {}).json["orders"] == []


def test_an_accepted_order_is_accepted_however_often_it_is_said(api: Api, receiver: str, order_id: str) -> None:
    api.post(CLAIM, receiver, {})

    answers = [
        api.post(accept(order_id), receiver, {}),
        api.post_raw(accept(order_id), receiver, b"", None),
        api.post(accept(order_id), receiver, {"text": "已派人处理"}),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[0].json == answers[1].json == answers[2].json
    assert faults(answers[0].json, answer_schema("/dispatch/orders/{order_id}/accept", "post", 200)) == []


def test_a_refused_order_sends_its_case_back_with_the_reason(api: Api, receiver: str, order_id: str) -> None:
    api.post(CLAIM, receiver, {})
    body = {"reason_code": "not_ours", "text": "由区住建委办理"}

    first, again = (api.post(refuse(order_id), receiver, body) for _ in range(2))

    assert (first.status_code, again.status_code) == (200, 200)
    case = api.get(f"/api/v1/cases/{first.json['case_no']}", api.token(Role.OPERATOR)).json
    assert (case["state"], case["refusal"]) == ("refused", "由区住建委办理")
    assert [order["reason_code"] for order in case["orders"]] == ["not_ours"]
    problem(api.post(accept(order_id), receiver, {}), 409, "already_answered")


def test_a_lease_that_ran_out_is_a_conflict(api: Api, receiver: str, order_id: str) -> None:
    api.post(CLAIM, receiver, {"lease_s": 10})
    api.desk.clock.advance(timedelta(seconds=10))

    problem(api.post(accept(order_id), receiver, {}), 409, "lease_lost")


def test_another_organisations_order_is_not_there(api: Api, order_id: str) -> None:
    stranger = api.token(Role.RECEIVER, "110105002")

    assert api.post(CLAIM, stranger, {}).json["orders"] == []
    problem(api.post(accept(order_id), stranger, {}), 404, "unknown_order")
    problem(api.post(refuse(order_id), stranger, {"reason_code": "x"}), 404, "unknown_order")
    problem(api.post(accept("0" * 32), stranger, {}), 404, "unknown_order")
    problem(api.post(accept("%00"), stranger, {}), 404, "unknown_order")


def test_a_receiver_sees_no_case_and_confirms_none(api: Api, receiver: str, order_id: str) -> None:
    case_no = api.desk.case(order_id).case_no

    for path in ("/api/v1/cases", f"/api/v1/cases/{case_no}"):
        problem(api.get(path, receiver), 403, "role_forbidden")
    problem(api.post(f"/api/v1/cases/{case_no}/confirm", receiver, {"version": 1}), 403, "role_forbidden")


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN, Role.SERVICE])
def test_nobody_but_a_receiver_works_off_orders(api: Api, order_id: str, role: Role) -> None:
    token = api.token(role, ORGANISATION)

    problem(api.post(CLAIM, token, {}), 403, "role_forbidden")
    problem(api.post(accept(order_id), token, {}), 403, "role_forbidden")


def test_a_receiver_without_an_organisation_is_told_how_to_get_one(api: Api, order_id: str) -> None:
    body = problem(api.post(CLAIM, api.token(Role.RECEIVER), {}), 403, "no_organisation")

    assert "--area" in body["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"limit": "10"}, "limit"),
        ({"limit": True}, "limit"),
        ({"limit": 1.0}, "limit"),
        ({"limit": None}, "limit"),
        ({"limit": 10**400}, "limit"),
        ({"lease_s": 0}, "lease_s"),
        ({"lease_s": -5}, "lease_s"),
        ({"lease_s": 86_401}, "lease_s"),
        ({"organisation_code": "110105002"}, "organisation_code"),
        ([], "(body)"),
        ("claim", "(body)"),
        (None, "(body)"),
        (7, "(body)"),
    ],
)
def test_a_claim_that_cannot_be_used_names_the_field(api: Api, receiver: str, body: object, field: str) -> None:
    answer = problem(api.post(CLAIM, receiver, body), 422, "invalid_fields")

    assert [each["field"] for each in answer["fields"]] == [field]
    assert faults(answer, answer_schema("/dispatch/claim", "post", 422)) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "reason_code"),
        ({"reason_code": ""}, "reason_code"),
        ({"reason_code": "不归我们管"}, "reason_code"),
        ({"reason_code": "x" * 33}, "reason_code"),
        ({"reason_code": "a\n"}, "reason_code"),
        ({"reason_code": "a", "text": "x" * 2001}, "text"),
        ({"reason_code": "a", "text": "a\x00b"}, "text"),
        ({"reason_code": "a", "text": "\ud800"}, "text"),
        ({"reason_code": "a", "text": None}, "text"),
        ({"reason_code": "a", "text": ["b"]}, "text"),
        ({"reason_code": {"a": 1}}, "reason_code"),
    ],
)
def test_a_refusal_that_cannot_be_used_names_the_field(
    api: Api, receiver: str, order_id: str, body: object, field: str
) -> None:
    answer = problem(api.post(refuse(order_id), receiver, body), 422, "invalid_fields")

    assert [each["field"] for each in answer["fields"]] == [field]


def confirm_again(api: Api, order_id: str) -> str:
    """An operator sends the refused case out once more; the new order's id."""
    case = api.desk.case(order_id)
    answer = api.post(f"/api/v1/cases/{case.case_no}/confirm", api.token(Role.OPERATOR), {"version": case.version})
    assert answer.status_code == 200, answer.text
    new_id: str = answer.json["order_id"]
    return new_id


def test_a_refused_case_that_is_confirmed_again_is_a_new_order(api: Api, receiver: str, order_id: str) -> None:
    api.post(CLAIM, receiver, {})
    api.post(refuse(order_id), receiver, {"reason_code": "unclear"})

    second = confirm_again(api, order_id)
    api.desk.relay(LocalSink(api.desk.database, api.desk.clock)).run_once()
    claimed = api.post(CLAIM, receiver, {}).json["orders"]

    assert [order["order_id"] for order in claimed] == [second]
    assert second != order_id
    assert claimed[0]["dedupe_key"] != api.desk.message(order_id).dedupe_key
    assert api.post(accept(second), receiver, {}).status_code == 200
    assert api.desk.moves(order_id) == [
        CaseState.DISPATCHED,
        CaseState.REFUSED,
        CaseState.CONFIRMED,
        CaseState.DISPATCHED,
        CaseState.ACCEPTED,
    ]


class DyingSink(LocalSink):
    """The queue has the order, and the process ends before it can say so."""

    def send(self, order: Order, dedupe_key: str) -> None:
        LocalSink.send(self, order, dedupe_key)
        raise KeyboardInterrupt


def test_the_late_settlement_of_an_old_order_does_not_dispatch_the_new_one(api: Api, receiver: str) -> None:
    desk = api.desk
    old = desk.confirm()
    with pytest.raises(KeyboardInterrupt):
        desk.relay(DyingSink(desk.database, desk.clock)).run_once()
    api.post(CLAIM, receiver, {})
    api.post(refuse(old), receiver, {"reason_code": "unclear"})
    desk.clock.advance(timedelta(seconds=30))
    new = confirm_again(api, old)

    sink = MemorySink(refuses=lambda order: order.order_id == new)
    desk.relay(sink).run_once()

    assert desk.states([old, new]) == [OutboxState.SENT, OutboxState.DEAD]
    assert desk.case(old).state is CaseState.CONFIRMED
