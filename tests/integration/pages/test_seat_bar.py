"""The operator's seat on the pages: what it shows, what its buttons do, who has one."""

from collections.abc import Callable

import pytest

from intake.calls import IncomingCall, OpenedCall, open_call
from intake.seat_calls import seat_answered
from intake.seats import SeatView, ready, seat_of, sit_down
from models.seat import SeatState
from tests.integration.pages.conftest import Visitor
from tests.town import Town

Visit = Callable[[str], Visitor]


def seat(town: Town, name: str) -> SeatView:
    found = seat_of(town.office, town.people[name].actor)
    assert found is not None
    return found


def ring(town: Town) -> OpenedCall:
    return open_call(town.office, IncomingCall("sip", "1", "13800138000", may_be_seated=True))


def test_an_operator_sits_down_is_ready_pauses_writes_up_and_leaves(town: Town, visit: Visit) -> None:
    li = visit("li")
    assert "未就座" in li.get("/console").text

    assert li.post("/console/seat/sit", {"seat": "seat1001", "back": "/console/queue"}).headers["Location"] == "/console/queue"
    assert "示忙 · 刚就座" in li.get("/console").text
    for path, fields, state in (
        ("ready", {}, SeatState.READY),
        ("pause", {"reason": "meal"}, SeatState.PAUSED),
        ("wrap_up", {}, SeatState.WRAP_UP),
    ):
        li.post(f"/console/seat/{path}", fields)
        assert seat(town, "li").state is state
    li.post("/console/seat/leave")
    assert seat_of(town.office, town.people["li"].actor) is None


def test_the_caller_and_the_way_to_the_case_stand_in_the_bar(town: Town, visit: Visit) -> None:
    sit_down(town.office, "seat1001", town.people["li"].actor)
    ready(town.office, town.people["li"].actor)
    call = ring(town)
    li = visit("li")
    assert "来电接入中" in li.get("/console/seat/bar").text

    seat_answered(town.office, "sip", "1", "seat1001")
    bar = li.get("/console/seat/bar").text
    assert "通话中" in bar
    assert f"/console/cases/{call.case_no}" in bar
    assert li.post("/console/seat/leave", {"back": "/console"}).status_code == 302
    assert "请先结束通话" in li.get("/console").text


def test_two_do_not_sit_at_one_seat(town: Town, visit: Visit) -> None:
    sit_down(town.office, "seat1001", town.people["wang"].actor)
    li = visit("li")
    li.get("/console")
    li.post("/console/seat/sit", {"seat": "seat1001"})
    assert "这个座席已有人就座" in li.get("/console").text


def test_a_reason_that_is_none_and_a_form_without_its_token_change_nothing(town: Town, visit: Visit) -> None:
    sit_down(town.office, "seat1001", town.people["li"].actor)
    li = visit("li")
    li.get("/console")
    assert li.post("/console/seat/pause", {"reason": "no_answer"}).status_code == 400
    assert li.client.post("/console/seat/ready").status_code == 400
    assert seat(town, "li").state is SeatState.PAUSED


@pytest.mark.parametrize("name", ["chen", "admin"])
def test_who_takes_no_calls_has_no_seat(visit: Visit, name: str) -> None:
    other = visit(name)
    assert 'id="seat-bar"' not in other.get("/wallboard").text
    assert other.post("/console/seat/sit", {"seat": "seat1001"}).status_code == 403


def test_who_logs_out_leaves_the_seat_to_others(town: Town, visit: Visit) -> None:
    sit_down(town.office, "seat1001", town.people["li"].actor)
    li = visit("li")
    li.get("/console")
    li.post("/logout")
    assert seat_of(town.office, town.people["li"].actor) is None


def test_nobody_is_sent_away_by_a_button(town: Town, visit: Visit) -> None:
    sit_down(town.office, "seat1001", town.people["li"].actor)
    li = visit("li")
    li.get("/console")
    assert li.post("/console/seat/ready", {"back": "https://elsewhere.example/"}).headers["Location"] == "/console"


def test_the_wallboard_shows_the_line_and_the_seats(town: Town, visit: Visit) -> None:
    sit_down(town.office, "seat1001", town.people["li"].actor)
    ring(town)
    board = visit("chen").get("/wallboard").text
    assert '<dd class="digits" data-queue="waiting">1</dd>' in board
    assert '<strong class="digits" data-seats="paused">1</strong>' in board

    ready(town.office, town.people["li"].actor)
    seat_answered(town.office, "sip", "1", "seat1001")
    board = visit("chen").get("/wallboard").text
    assert '<dd class="digits" data-queue="share">100%</dd>' in board
