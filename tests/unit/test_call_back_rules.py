from datetime import UTC, datetime, time, timedelta

import pytest

from config.clock import CITY_ZONE
from intake.call_back_rules import CallBackOutcome, Hours, due_at, outcome_of
from intake.outcome import DialResult
from models.call_back import CallBackState

HOURS = Hours(time(8), time(21), CITY_ZONE)
WAS, S = CallBackOutcome, CallBackState


def at(text: str) -> datetime:
    """In the city's time."""
    return datetime.fromisoformat(f"2026-01-{text}").replace(tzinfo=CITY_ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        ("05T07:59", "05T08:00"),
        ("05T08:00", "05T08:00"),
        ("05T20:59", "05T20:59"),
        ("05T21:00", "06T08:00"),
        ("05T23:30", "06T08:00"),
        ("06T03:00", "06T08:00"),
    ],
)
def test_residents_are_called_by_day(now: str, wanted: str) -> None:
    assert HOURS.next_time(at(now)) == at(wanted)
    assert HOURS.allow(at(now)) is (now == wanted)


def test_an_urgent_case_is_due_at_any_hour() -> None:
    assert due_at([], at("05T23:30"), HOURS, urgent=True) == at("05T23:30")
    assert due_at([], at("05T23:30"), HOURS, urgent=False) == at("06T08:00")


@pytest.mark.parametrize(
    ("tries", "wanted"),
    [(["05T09:00"], "05T09:15"), (["05T09:00", "05T09:20"], "05T10:20"), (["05T09:00"] * 2 + ["05T18:00"], "06T08:00")],
)
def test_the_pause_grows_with_each_attempt_and_ends_within_the_hours(tries: list[str], wanted: str) -> None:
    assert due_at([at(one) for one in tries], at("05T08:30"), HOURS, urgent=False) == at(wanted)


@pytest.mark.parametrize(
    ("state", "dial", "wanted"),
    [
        (S.RINGING_OPERATOR, None, WAS.OPERATOR_ABSENT),
        (S.RINGING_RESIDENT, DialResult.NO_ANSWER, WAS.NO_ANSWER),
        (S.RINGING_RESIDENT, DialResult.BUSY, WAS.BUSY),
        (S.RINGING_RESIDENT, DialResult.CANCELLED, WAS.OPERATOR_LEFT),
        (S.RINGING_RESIDENT, DialResult.FAILED, WAS.UNREACHABLE),
        (S.RINGING_RESIDENT, None, WAS.UNREACHABLE),
        (S.RINGING_RESIDENT, DialResult.ANSWERED, WAS.REACHED),
        (S.TALKING, DialResult.ANSWERED, WAS.REACHED),
        (S.TALKING, None, WAS.REACHED),
    ],
)
def test_how_an_attempt_ended(state: CallBackState, dial: DialResult | None, wanted: CallBackOutcome) -> None:
    assert outcome_of(state, dial) is wanted


def test_pauses_are_no_shorter_than_a_quarter_of_an_hour() -> None:
    assert due_at([at("05T09:00")], at("05T08:00"), HOURS, urgent=True) - at("05T09:00") == timedelta(minutes=15)
