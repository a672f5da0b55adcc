"""The operators' line and seats, as rows: who is given to whom, and what becomes of the case."""

from dataclasses import replace
from datetime import timedelta

import pytest

from intake.accounts import add_account
from intake.actors import Actor
from intake.calls import IncomingCall, call_ended, conversation_ended, open_call
from intake.line_places import places_in_line
from intake.next_step import Dial, HangUp, NextStep, RingSeat, TakeMessage, Wait
from intake.outcome import OPERATOR, DialResult, Ending, Outcome
from intake.seat_calls import LET_GO, MOST_OFFERS, seat_answered, tend_line
from intake.seats import (
    NoTelephone,
    NotSeated,
    Pause,
    SeatBusy,
    SeatTaken,
    UnknownSeat,
    pause,
    ready,
    seat_of,
    seats,
    sit_down,
    stand_up,
    telephones_seen,
    wrap_up,
)
from intake.transfers import divert_call, take_next_step
from models.account import Role
from models.case import CaseState
from models.event import Event
from models.seat import Seat, SeatChange, SeatState
from models.waiting import Waiting, WaitState
from tests.integration.records.bureau import Bureau

ASKED = Outcome(Ending.TRANSFER, "human_asked", heard_anything=True)
FREE_SEAT = Outcome(Ending.TRANSFER, OPERATOR, heard_anything=True)
ONE, TWO = "seat1001", "seat1002"
RING_ONE, RING_TWO = RingSeat(ONE, 15), RingSeat(TWO, 15)


def operator(bureau: Bureau, name: str, seat: str, *, is_ready: bool = True) -> Actor:
    actor = add_account(bureau.office, name, "a long password", Role.OPERATOR).actor
    sit_down(bureau.office, seat, actor)
    if is_ready:
        ready(bureau.office, actor)
    return actor


def ring(bureau: Bureau, call: str) -> str:
    bureau.clock.advance(timedelta(seconds=1))
    return open_call(bureau.office, IncomingCall("sip", call, "13800138000", may_be_seated=True)).call_id


def go_on(bureau: Bureau, call: str, dial: DialResult | None = None, seat: str | None = None) -> NextStep:
    return take_next_step(bureau.office, "sip", call, media_is_up=True, dial=dial, seat=seat)


def place(bureau: Bureau, call_id: str) -> Waiting:
    return bureau.one(Waiting, Waiting.call_id == call_id)


def seat(bureau: Bureau, name: str) -> Seat:
    return bureau.one(Seat, Seat.name == name)


def test_a_caller_stands_in_the_line_from_the_first_second_and_a_free_seat_takes_him(bureau: Bureau) -> None:
    first, second = ring(bureau, "1"), ring(bureau, "2")
    assert places_in_line(bureau.office, [second])[second].ahead == 1

    operator(bureau, "wang", ONE)

    assert places_in_line(bureau.office, [first])[first].is_offered
    assert (seat(bureau, ONE).state, seat(bureau, ONE).call_id) == (SeatState.RINGING, first)
    assert places_in_line(bureau.office, [second])[second].ahead == 0


def test_a_ready_seat_takes_a_new_caller_at_once(bureau: Bureau) -> None:
    operator(bureau, "wang", ONE)
    assert places_in_line(bureau.office, [call := ring(bureau, "1")])[call].is_offered


def test_calls_of_another_carrier_stand_in_no_line(bureau: Bureau) -> None:
    operator(bureau, "wang", ONE)
    bureau.ring()
    assert bureau.all(Waiting) == []


def test_the_operator_who_picks_up_has_the_case_and_writes_up_afterwards(bureau: Bureau) -> None:
    wang = operator(bureau, "wang", ONE)
    call = ring(bureau, "1")
    conversation_ended(bureau.office, call, FREE_SEAT)
    assert go_on(bureau, "1") == go_on(bureau, "1") == RING_ONE

    seat_answered(bureau.office, "sip", "1", ONE)
    seat_answered(bureau.office, "sip", "1", ONE)
    case = bureau.case("260105000001")
    assert (case.state, case.owner_id, seat(bureau, ONE).state) == (CaseState.PROPOSED, wang.id, SeatState.TALKING)

    assert isinstance(go_on(bureau, "1", DialResult.ANSWERED, ONE), HangUp)
    assert (seat(bureau, ONE).state, seat(bureau, ONE).call_id) == (SeatState.WRAP_UP, call)
    assert (place(bureau, call).state, place(bureau, call).left_reason) == (WaitState.LEFT, "served")
    ready(bureau.office, wang)
    assert seat(bureau, ONE).state is SeatState.READY


def test_who_talked_without_the_exchange_telling_of_it_was_served_all_the_same(bureau: Bureau) -> None:
    operator(bureau, "wang", ONE)
    conversation_ended(bureau.office, ring(bureau, "1"), FREE_SEAT)
    go_on(bureau, "1")
    assert isinstance(go_on(bureau, "1", DialResult.ANSWERED, ONE), HangUp)
    assert bureau.case("260105000001").state is CaseState.PROPOSED
    assert seat(bureau, ONE).state is SeatState.WRAP_UP


@pytest.mark.parametrize(
    ("result", "why"),
    [(DialResult.NO_ANSWER, Pause.NO_ANSWER), (DialResult.BUSY, Pause.NO_ANSWER), (DialResult.FAILED, Pause.NO_TELEPHONE)],
)
def test_a_seat_that_does_not_come_is_paused_and_the_caller_goes_to_the_next_one_before_all_others(
    bureau: Bureau, result: DialResult, why: Pause
) -> None:
    operator(bureau, "wang", ONE)
    call = ring(bureau, "1")
    conversation_ended(bureau.office, call, FREE_SEAT)
    go_on(bureau, "1")
    operator(bureau, "li", TWO)

    assert go_on(bureau, "1", result, ONE) == RING_TWO
    assert go_on(bureau, "1", result, ONE) == RING_TWO
    assert (seat(bureau, ONE).state, seat(bureau, ONE).reason) == (SeatState.PAUSED, why)


def test_without_another_seat_he_waits_at_the_front_while_somebody_is_on_duty(bureau: Bureau) -> None:
    operator(bureau, "wang", ONE)
    call = ring(bureau, "1")
    conversation_ended(bureau.office, call, FREE_SEAT)
    go_on(bureau, "1")
    ring(bureau, "2")
    wrap_up(bureau.office, li := operator(bureau, "li", TWO, is_ready=False))

    assert isinstance(go_on(bureau, "1", DialResult.NO_ANSWER, ONE), Wait)
    assert places_in_line(bureau.office, [call])[call].ahead == 0
    ready(bureau.office, li)
    assert places_in_line(bureau.office, [call])[call].is_offered


def test_key_zero_goes_before_those_who_came_earlier(bureau: Bureau) -> None:
    patient, hasty = ring(bureau, "1"), ring(bureau, "2")
    conversation_ended(bureau.office, hasty, ASKED)
    operator(bureau, "wang", ONE)
    assert places_in_line(bureau.office, [patient, hasty])[hasty].is_offered


def test_danger_goes_before_key_zero(bureau: Bureau) -> None:
    asks, danger = ring(bureau, "1"), ring(bureau, "2")
    conversation_ended(bureau.office, asks, ASKED)
    conversation_ended(bureau.office, danger, replace(ASKED, reason="danger", urgent=True))
    assert places_in_line(bureau.office, [asks, danger])[danger].ahead == 0


def test_where_nobody_is_on_duty_everything_is_as_it_always_was(bureau: Bureau) -> None:
    wang = operator(bureau, "wang", ONE)
    pause(bureau.office, wang, Pause.MEAL)
    call = ring(bureau, "1")
    conversation_ended(bureau.office, call, ASKED)
    assert go_on(bureau, "1") == Dial("12345")
    assert place(bureau, call).state is WaitState.LEFT
    assert isinstance(go_on(bureau, "1", DialResult.NO_ANSWER), TakeMessage)


def test_a_wait_has_an_end(bureau: Bureau) -> None:
    wrap_up(bureau.office, operator(bureau, "wang", ONE, is_ready=False))
    call = ring(bureau, "1")
    conversation_ended(bureau.office, call, ASKED)
    assert isinstance(go_on(bureau, "1"), Wait)
    assert not places_in_line(bureau.office, [call])[call].gives_up

    bureau.clock.advance(timedelta(seconds=bureau.office.settings.sip.wait_limit_s + 1))

    assert places_in_line(bureau.office, [call])[call].gives_up
    assert go_on(bureau, "1") == Dial("12345")


def test_who_waits_is_told_when_the_last_operator_leaves(bureau: Bureau) -> None:
    wrap_up(bureau.office, wang := operator(bureau, "wang", ONE, is_ready=False))
    call = ring(bureau, "1")
    conversation_ended(bureau.office, call, ASKED)
    go_on(bureau, "1")
    stand_up(bureau.office, wang)
    assert places_in_line(bureau.office, [call])[call].gives_up


def test_a_caller_whom_the_machine_cannot_take_rings_at_a_free_seat(bureau: Bureau) -> None:
    operator(bureau, "wang", ONE)
    call = ring(bureau, "1")
    divert_call(bureau.office, call, Outcome(Ending.FAILED, "media_down"))
    assert take_next_step(bureau.office, "sip", "1", media_is_up=False) == RING_ONE


def test_goodbye_leaves_the_line_and_the_kept_seat_takes_the_next(bureau: Bureau) -> None:
    operator(bureau, "wang", ONE)
    done, next_one = ring(bureau, "1"), ring(bureau, "2")
    conversation_ended(bureau.office, done, Outcome(Ending.GOODBYE, "confirmed", heard_anything=True))
    assert seat(bureau, ONE).call_id == next_one
    assert bureau.case("260105000001").state is CaseState.PROPOSED


def test_who_hangs_up_while_it_rings_frees_the_seat_and_is_called_back(bureau: Bureau) -> None:
    operator(bureau, "wang", ONE)
    call = ring(bureau, "1")
    conversation_ended(bureau.office, call, FREE_SEAT)
    go_on(bureau, "1")
    go_on(bureau, "1", DialResult.CANCELLED, ONE)
    call_ended(bureau.office, "sip", "1", "hangup")
    assert (seat(bureau, ONE).state, seat(bureau, ONE).call_id) == (SeatState.READY, None)
    assert bureau.case("260105000001").state is CaseState.CALLBACK


def test_who_hangs_up_while_he_waits_is_out_of_the_line_and_called_back(bureau: Bureau) -> None:
    wrap_up(bureau.office, operator(bureau, "wang", ONE, is_ready=False))
    call = ring(bureau, "1")
    conversation_ended(bureau.office, call, ASKED)
    go_on(bureau, "1")
    call_ended(bureau.office, "sip", "1", "hangup")
    assert places_in_line(bureau.office, [call]) == {}
    assert (bureau.case("260105000001").state, bureau.case("260105000001").urgent) == (CaseState.CALLBACK, True)


def test_a_call_whose_end_nobody_told_frees_the_operator_once_it_is_over(bureau: Bureau) -> None:
    operator(bureau, "wang", ONE)
    conversation_ended(bureau.office, ring(bureau, "1"), FREE_SEAT)
    go_on(bureau, "1")
    seat_answered(bureau.office, "sip", "1", ONE)
    call_ended(bureau.office, "sip", "1", "no_sign_of_life")
    assert seat(bureau, ONE).state is SeatState.WRAP_UP


def test_writing_up_ends_by_itself(bureau: Bureau) -> None:
    wrap_up(bureau.office, operator(bureau, "wang", ONE, is_ready=False))
    tend_line(bureau.office)
    assert seat(bureau, ONE).state is SeatState.WRAP_UP
    bureau.clock.advance(timedelta(seconds=bureau.office.settings.sip.wrap_up_s + 1))
    tend_line(bureau.office)
    assert seat(bureau, ONE).state is SeatState.READY


def test_a_caller_of_whom_the_machine_does_not_let_go_keeps_no_seat_for_ever(bureau: Bureau) -> None:
    operator(bureau, "wang", ONE)
    call = ring(bureau, "1")
    for _ in range(MOST_OFFERS):
        bureau.clock.advance(LET_GO + timedelta(seconds=1))
        tend_line(bureau.office)
    assert place(bureau, call).state is WaitState.LEFT
    assert seat(bureau, ONE).state is SeatState.READY


def test_a_seat_is_one_persons_and_a_person_sits_at_one(bureau: Bureau) -> None:
    wang = operator(bureau, "wang", ONE)
    li = add_account(bureau.office, "li", "a long password", Role.OPERATOR).actor
    with pytest.raises(SeatTaken):
        sit_down(bureau.office, ONE, li)
    with pytest.raises(UnknownSeat):
        sit_down(bureau.office, "seat9999", li)
    with pytest.raises(NotSeated):
        ready(bureau.office, li)
    sit_down(bureau.office, TWO, wang)
    assert [(each.name, each.state) for each in seats(bureau.office)] == [(ONE, SeatState.FREE), (TWO, SeatState.PAUSED)]


def test_a_seat_with_a_caller_neither_pauses_nor_leaves(bureau: Bureau) -> None:
    wang = operator(bureau, "wang", ONE)
    ring(bureau, "1")
    for change in (lambda: pause(bureau.office, wang, Pause.REST), lambda: stand_up(bureau.office, wang)):
        with pytest.raises(SeatBusy):
            change()


def test_a_seat_that_lost_its_telephone_gets_no_calls_until_it_is_back_and_ready(bureau: Bureau) -> None:
    wang = operator(bureau, "wang", ONE)
    telephones_seen(bureau.office, frozenset())
    call = ring(bureau, "1")
    assert not places_in_line(bureau.office, [call])[call].is_offered
    with pytest.raises(NoTelephone):
        ready(bureau.office, wang)
    telephones_seen(bureau.office, frozenset({ONE}))
    ready(bureau.office, wang)
    assert places_in_line(bureau.office, [call])[call].is_offered


def test_states_times_and_reasons_are_rows_and_events_without_a_word_of_the_caller(bureau: Bureau) -> None:
    wang = operator(bureau, "wang", ONE)
    bureau.clock.advance(timedelta(minutes=2))
    pause(bureau.office, wang, Pause.MEAL)
    changes = [(row.from_state, row.to_state, row.reason) for row in bureau.all(SeatChange)]
    assert changes == [
        (SeatState.FREE, SeatState.PAUSED, "arrived"),
        (SeatState.PAUSED, SeatState.READY, None),
        (SeatState.READY, SeatState.PAUSED, "meal"),
    ]
    told = [event.data for event in bureau.all(Event, Event.kind == "seat.changed")]
    assert (told[-1]["state"], told[-1]["before_s"], told[-1]["account"]) == ("paused", 120, wang.id)
    assert (mine := seat_of(bureau.office, wang)) is not None and mine.reason == "meal"
