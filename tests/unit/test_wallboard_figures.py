"""The wallboard's fold: the same case twice counts once, a settled case of another day is forgotten."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from console.board import Board, span
from intake.queries_cases import CaseRow
from models.case import CaseState

NOON = datetime(2026, 1, 5, 4, 0, tzinfo=UTC)
DAY = date(2026, 1, 5)
CASE = CaseRow(
    case_no="260105000001",
    state=CaseState.OPEN,
    urgent=False,
    kind=None,
    urgency=None,
    category=None,
    place=None,
    summary=None,
    sample=False,
    owner=None,
    version=1,
    created_at=NOON,
    hung_up_at=None,
    confirmed_at=None,
    queued_at=None,
)


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
    stamps = [(NOON, NOON + timedelta(seconds=number)) for number in range(1, 101)]
    measured = span([*stamps, (NOON, None), (None, NOON)])
    assert (measured.median_s, measured.p95_s, measured.count) == (51.0, 96.0, 100)


def test_a_confirmation_before_the_hang_up_took_no_time() -> None:
    assert span([(NOON, NOON - timedelta(seconds=5))]).median_s == 0.0


def test_without_a_case_there_is_no_span() -> None:
    assert span([]).median_s is None
