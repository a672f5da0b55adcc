"""The whole line, as residents, operators and organisations use it: a real call, a confirmed case, an order in the queue."""

from typing import Any

import pytest

from commands.trial_system import wait_for
from tests.running_system import RunningSystem

NUMBER = "+8613912345678"


def confirm(system: RunningSystem, case_no: str) -> dict[str, Any]:
    case = system.get(f"/api/v1/cases/{case_no}")
    answer = system.post(f"/api/v1/cases/{case_no}/confirm", {"version": case["version"]})
    assert answer.status_code == 200, answer.text
    confirmed: dict[str, Any] = answer.json()
    return confirmed


Case = dict[str, Any]


@pytest.fixture(scope="module")
def cases(system: RunningSystem) -> dict[str, Case]:
    """Four residents who call at the same time."""
    called = system.call_samples(
        ("no-heating", "--from", NUMBER),
        ("gas-smell",),
        ("no-heating", "--keys", "1.0:0"),
        ("no-heating", "--hang-up-at", "0.8"),
    )
    return dict(zip(("heating", "gas", "key 0", "hung up"), called, strict=True))


@pytest.fixture(scope="module")
def heating(cases: dict[str, Case]) -> Case:
    return cases["heating"]


def test_a_sample_call_becomes_a_prefilled_case(heating: Case) -> None:
    assert heating["state"] == "proposed"
    assert heating["category"]["code"]
    assert heating["location"]["subdistrict_code"]
    assert heating["summary"]


def test_a_confirmed_case_reaches_its_organisations_queue_once(system: RunningSystem, heating: Case) -> None:
    confirmed = confirm(system, heating["case_no"])
    area = heating["location"]["subdistrict_code"]

    def claimed() -> list[dict[str, Any]]:
        answer = system.post("/api/v1/dispatch/claim", {"limit": 10, "lease_s": 60}, "receiver", "--area", area)
        assert answer.status_code == 200, answer.text
        orders: list[dict[str, Any]] = answer.json()["orders"]
        return orders

    orders = wait_for("the order in the queue", claimed)

    assert [order["order_id"] for order in orders] == [confirmed["order_id"]]
    assert orders[0]["schema"] == "hotline.order.v1"
    assert orders[0]["case_no"] == heating["case_no"]
    assert orders[0]["caller"]["phone"]
    assert claimed() == []
    accepted = system.post(f"/api/v1/dispatch/orders/{confirmed['order_id']}/accept", {}, "receiver", "--area", area)
    again = system.post(f"/api/v1/dispatch/orders/{confirmed['order_id']}/accept", {}, "receiver", "--area", area)
    assert (accepted.status_code, again.status_code) == (200, 200)
    assert system.get(f"/api/v1/cases/{heating['case_no']}")["state"] == "accepted"


def test_a_second_confirmation_with_the_old_version_is_a_conflict(system: RunningSystem, heating: Case) -> None:
    answer = system.post(f"/api/v1/cases/{heating['case_no']}/confirm", {"version": heating["version"]})

    assert answer.status_code == 409


def test_a_smell_of_gas_goes_to_a_human_at_once_and_comes_first(cases: dict[str, Case]) -> None:
    assert cases["gas"]["urgent"] is True
    assert cases["gas"]["state"] == "callback"  # no human number is set on this system: the caller left a message


def test_key_0_leads_to_a_human_or_a_message_at_any_moment(cases: dict[str, Case]) -> None:
    assert cases["key 0"]["state"] == "callback"


def test_a_caller_who_hangs_up_at_once_is_called_back(cases: dict[str, Case]) -> None:
    assert cases["hung up"]["state"] == "callback"


def test_the_callers_number_lies_open_nowhere(system: RunningSystem, heating: Case) -> None:
    number = NUMBER.removeprefix("+86").encode()

    holding = [path for path in system.trial.var.rglob("*") if path.is_file() and number in path.read_bytes()]

    assert heating["caller"]["phone"]
    assert holding == []
    assert number not in system.trial.log.read_bytes()
