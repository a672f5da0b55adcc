"""The whole line, as residents, operators and organisations use it: a real call, a confirmed case, an order in the queue."""

from typing import Any

import pytest

from commands.trial_system import wait_for
from tests.running_system import RunningSystem


def confirm(system: RunningSystem, case_no: str) -> dict[str, Any]:
    case = system.get(f"/api/v1/cases/{case_no}")
    answer = system.post(f"/api/v1/cases/{case_no}/confirm", {"version": case["version"]})
    assert answer.status_code == 200, answer.text
    confirmed: dict[str, Any] = answer.json()
    return confirmed


@pytest.fixture(scope="module")
def heating(system: RunningSystem) -> dict[str, Any]:
    called = system.call_sample("no-heating")
    found: dict[str, Any] = system.get(f"/api/v1/cases/{called['case_no']}")
    return found


def test_a_sample_call_becomes_a_prefilled_case(heating: dict[str, Any]) -> None:
    assert heating["state"] == "proposed"
    assert heating["category"]["code"]
    assert heating["location"]["subdistrict_code"]
    assert heating["summary"]


def test_a_confirmed_case_reaches_its_organisations_queue_once(system: RunningSystem, heating: dict[str, Any]) -> None:
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


def test_a_second_confirmation_with_the_old_version_is_a_conflict(system: RunningSystem, heating: dict[str, Any]) -> None:
    answer = system.post(f"/api/v1/cases/{heating['case_no']}/confirm", {"version": heating["version"]})

    assert answer.status_code == 409


def test_a_smell_of_gas_goes_to_a_human_at_once_and_comes_first(system: RunningSystem) -> None:
    case = system.call_sample("gas-smell")

    found = system.get(f"/api/v1/cases/{case['case_no']}")
    assert found["urgent"] is True
    assert found["state"] == "callback"  # no human number is set on this system: the caller left a message


def test_key_0_leads_to_a_human_or_a_message_at_any_moment(system: RunningSystem) -> None:
    case = system.call_sample("no-heating", "--keys", "1.0:0")

    assert system.get(f"/api/v1/cases/{case['case_no']}")["state"] == "callback"


def test_a_caller_who_hangs_up_at_once_is_called_back(system: RunningSystem) -> None:
    case = system.call_sample("no-heating", "--hang-up-at", "0.8")

    assert system.get(f"/api/v1/cases/{case['case_no']}")["state"] == "callback"


def test_the_callers_number_lies_open_nowhere(system: RunningSystem) -> None:
    system.call_sample("no-heating", "--from", "+8613912345678")

    number = b"13912345678"
    holding = [path for path in system.trial.var.rglob("*") if path.is_file() and number in path.read_bytes()]
    assert holding == []
    assert number not in system.trial.log.read_bytes()
