"""A seat that becomes free during a conversation, and a caller who does nothing but wait for one."""

import pytest

from ivr.actions import DeclineSeat, Ending
from ivr.events import (
    Answered,
    InLine,
    KeyPressed,
    NobodyComes,
    SeatKept,
    Silence,
    SpeechHeard,
    SpeechStarted,
    TimeUp,
    Understood,
)
from ivr.patience import WAITING_MS
from ivr.state import Phase, Reason
from tests.unit.ivr_caller import HEATING, Line, at_closing, at_confirm, at_leaving, at_place, at_question, at_waiting


@pytest.mark.parametrize("line", [at_question, at_place, at_confirm])
def test_a_free_seat_ends_the_conversation_in_one_short_sentence(line: type[Line]) -> None:
    there = line().tell(SeatKept())
    assert there.plays_now == ["to_operator"]
    outcome = there.prompt_ends().outcome
    assert outcome and (outcome.ending, outcome.reason) == (Ending.TRANSFER, Reason.OPERATOR)


def test_the_notice_that_the_call_is_recorded_is_heard_first() -> None:
    line = Line().tell(Answered(), SeatKept())
    assert line.plays_now == []
    outcome = line.prompt_ends().outcome
    assert line.plays_now == []
    assert outcome and (outcome.ending, outcome.reason) == (Ending.TRANSFER, Reason.OPERATOR)


def test_nobody_is_cut_off_in_the_middle_of_a_sentence() -> None:
    line = at_question().tell(SpeechStarted(), SeatKept())
    assert line.plays_now == []
    assert line.tell(SpeechHeard("我家暖气不热")).plays_now == ["to_operator"]


def test_danger_in_that_sentence_is_answered_as_danger() -> None:
    line = at_question().tell(SpeechStarted(), SeatKept(), SpeechHeard("我家着火了"))
    assert (line.state.leaving, line.state.urgent) == (Reason.DANGER, True)


def test_who_hears_goodbye_leaves_the_seat_to_others() -> None:
    line = at_closing().tell(SeatKept())
    assert line.last == (DeclineSeat(),)
    assert line.prompt_ends().outcome.ending is Ending.GOODBYE  # type: ignore[union-attr]


def test_on_the_way_to_a_human_a_free_seat_changes_nothing() -> None:
    assert at_leaving().tell(SeatKept()).last == ()


def test_who_waits_is_told_where_he_stands_and_again_every_half_minute() -> None:
    line = at_waiting()
    assert line.playing == ["wait"]
    line.tell(InLine(2)).prompt_ends()
    assert line.plays_now == ["wait_before", "count_2", "wait_after"]
    assert line.listens_now and line.listens_now.patience_ms == WAITING_MS
    assert line.prompt_ends().tell(InLine(0), Silence()).plays_now == ["wait_next"]


@pytest.mark.parametrize(
    ("ahead", "said"), [(1, "count_1"), (4, "digit_4"), (9, "digit_9"), (10, "count_many"), (300, "count_many")]
)
def test_how_many_are_ahead_is_counted_as_one_counts(ahead: int, said: str) -> None:
    assert at_waiting().tell(InLine(ahead)).prompt_ends().plays_now == ["wait_before", said, "wait_after"]


def test_who_talks_on_while_he_waits_is_taken_down() -> None:
    line = at_waiting().prompt_ends().prompt_ends().says("是三号楼")
    assert line.reads_now == "是三号楼"
    assert line.phase is Phase.WAITING


def test_whoever_asks_for_a_human_again_only_hears_where_he_stands() -> None:
    line = at_waiting().prompt_ends().prompt_ends()
    assert line.tell(KeyPressed("0")).plays_now == ["wait_next"]
    assert line.prompt_ends().says("转人工").phase is Phase.WAITING


def test_danger_that_only_the_classifier_hears_counts_for_who_waits_too() -> None:
    line = at_waiting().prompt_ends().says("娃在塘里头扑腾")
    line.tell(Understood(HEATING, line.state.turn, is_danger=True))
    assert line.state.urgent
    assert line.plays_now == ["danger", "transfer"]


def test_danger_told_while_waiting_is_answered_once_and_goes_to_the_front() -> None:
    line = at_waiting().says("我家着火了")
    assert (line.phase, line.state.urgent) == (Phase.LEAVING, True)
    outcome = line.prompt_ends().outcome
    assert outcome and (outcome.ending, outcome.urgent) == (Ending.TRANSFER, True)


def test_a_seat_that_becomes_free_ends_the_wait() -> None:
    outcome = at_waiting().tell(SeatKept()).prompt_ends().outcome
    assert outcome and outcome.reason == Reason.OPERATOR


@pytest.mark.parametrize("end", [NobodyComes(), TimeUp()])
def test_a_wait_without_hope_ends_on_the_usual_way_to_a_human(end: NobodyComes | TimeUp) -> None:
    outcome = at_waiting().tell(end).outcome
    assert outcome and (outcome.ending, outcome.reason) == (Ending.TRANSFER, Reason.NOBODY_CAME)
