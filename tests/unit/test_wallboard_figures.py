"""The wallboard's fold: the same case twice counts once, a settled case of another day is forgotten."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from console.board import Board
from intake.queries_cases import CaseCount
from models.case import CaseState

NOON = datetime(2026, 1, 5, 4, 0, tzinfo=UTC)
DAY = date(2026, 1, 5)
CASE = CaseCount("260105000001", CaseState.OPEN, False, NOON, None, None, None)


def case(number: int, **changed: Any) -> CaseCount:
    return replace(CASE, case_no=f"260105{number:06d}", **changed)


def test_a_case_counts_once_however_often_it_is_told() -> None:
    board = Board(DAY, [CASE], dead_letters=0)
    board.apply(CASE)
    board.apply(CASE)
    figures = board.figures()
    assert (figures.calls_now, figures.calls_today) == (1, 1)


def test_a_case_moves_from_one_count_to_the_next() -> None:
    board = Board(DAY, [CASE], dead_letters=0)
    board.apply(replace(CASE, state=CaseState.CALLBACK, urgent=True, hung_up_at=NOON))
    figures = board.figures()
    assert figures.states["callback"] == 1
    assert (figures.calls_now, figures.urgent_waiting, figures.oldest_waiting_at) == (0, 1, NOON)


def test_yesterdays_case_counts_only_while_it_waits() -> None:
    yesterday = replace(CASE, created_at=NOON - timedelta(days=1), state=CaseState.PROPOSED)
    board = Board(DAY, [yesterday], dead_letters=0)
    assert board.figures().states["proposed"] == 1
    assert board.figures().calls_today == 0
    board.apply(replace(yesterday, state=CaseState.DISPATCHED))
    assert board.figures().states["dispatched"] == 0


def test_the_day_is_that_of_the_city() -> None:
    after_midnight = datetime(2026, 1, 4, 16, 30, tzinfo=UTC)
    assert Board(DAY, [replace(CASE, created_at=after_midnight)], 0).figures().calls_today == 1


def test_spans_are_nearest_rank() -> None:
    settled = [case(n, hung_up_at=NOON, confirmed_at=NOON + timedelta(seconds=n)) for n in range(1, 101)]
    measured = Board(DAY, [*settled, case(200, hung_up_at=NOON)], 0).figures().to_confirmed
    assert (measured.median_s, measured.p95_s, measured.count) == (51.0, 96.0, 100)


def test_a_case_that_is_told_again_replaces_its_own_span() -> None:
    board = Board(DAY, [case(1, confirmed_at=NOON, queued_at=NOON + timedelta(seconds=9))], 0)
    board.apply(case(1, confirmed_at=NOON, queued_at=NOON + timedelta(seconds=1)))
    assert (board.figures().to_queued.median_s, board.figures().to_queued.count) == (1.0, 1)


def test_a_confirmation_before_the_hang_up_took_no_time() -> None:
    board = Board(DAY, [case(1, hung_up_at=NOON, confirmed_at=NOON - timedelta(seconds=5))], 0)
    assert board.figures().to_confirmed.median_s == 0.0


def test_without_a_case_there_is_no_span() -> None:
    assert Board(DAY, [], 0).figures().to_confirmed.median_s is None
