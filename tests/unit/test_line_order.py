from datetime import UTC, datetime, timedelta

from intake.line_order import FreeSeat, Place, Rank, callers_ahead, in_order, pairs

NOON = datetime(2026, 1, 5, 4, tzinfo=UTC)


def place(call_id: str, rank: Rank, joined_s: int) -> Place:
    return Place(call_id, rank, NOON + timedelta(seconds=joined_s))


LINE = (
    place("talks", Rank.IN_LINE, 0),
    place("asks", Rank.WANTS_HUMAN, 5),
    place("asked before", Rank.WANTS_HUMAN, 3),
    place("was promised one", Rank.RETURNED, 9),
    place("in danger", Rank.DANGER, 20),
)


def test_danger_goes_first_then_who_was_promised_an_operator_then_who_asks_for_one() -> None:
    assert [each.call_id for each in in_order(LINE)] == ["in danger", "was promised one", "asked before", "asks", "talks"]


def test_the_seat_that_has_rested_longest_takes_the_first_caller() -> None:
    seats = [FreeSeat("late", NOON), FreeSeat("rested", NOON - timedelta(minutes=5))]
    assert [(caller.call_id, seat.name) for caller, seat in pairs(LINE, seats)] == [
        ("in danger", "rested"),
        ("was promised one", "late"),
    ]


def test_everybody_knows_how_many_are_ahead() -> None:
    ahead = callers_ahead(LINE)
    assert (ahead["in danger"], ahead["asks"], ahead["talks"]) == (0, 3, 4)
