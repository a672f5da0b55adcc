"""The wallboard's figures: folded from the cases that the event log names, corrected from the tables from time to time."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from config.clock import CITY_ZONE
from intake.queries_cases import WAITING_SOMEWHERE, CaseRow
from models.case import CaseState

WAITING_STATES = WAITING_SOMEWHERE
"""States in which somebody here has something to do, of whatever day."""


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds between two stamps over the cases of a day; None where there is none yet."""

    median_s: float | None
    p95_s: float | None
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What the wallboard shows. `states` counts waiting states over all days and the others over today's cases."""

    day: date
    calls_now: int
    calls_today: int
    urgent_waiting: int
    oldest_waiting_at: datetime | None
    states: Mapping[str, int]
    to_confirmed: Span
    to_queued: Span
    dead_letters: int


class Board:
    """Cases by number: applying one twice changes nothing, so events may be read again."""

    def __init__(self, day: date, cases: Iterable[CaseRow], dead_letters: int) -> None:
        self.day = day
        self.dead_letters = dead_letters
        self._cases: dict[str, CaseRow] = {}
        for case in cases:
            self.apply(case)

    def apply(self, case: CaseRow) -> None:
        if case.state in WAITING_STATES or city_day(case.created_at) == self.day:
            self._cases[case.case_no] = case
        else:
            self._cases.pop(case.case_no, None)

    def figures(self) -> Figures:
        cases = list(self._cases.values())
        today = [case for case in cases if city_day(case.created_at) == self.day]
        states = Counter(str(case.state) for case in cases)
        waiting = [case for case in cases if case.state in (CaseState.PROPOSED, CaseState.CALLBACK, CaseState.REFUSED)]
        return Figures(
            day=self.day,
            calls_now=states[CaseState.OPEN],
            calls_today=len(today),
            urgent_waiting=sum(case.urgent for case in waiting),
            oldest_waiting_at=min((case.waiting_since for case in waiting), default=None),
            states={state: states[state] for state in CaseState},
            to_confirmed=span((case.hung_up_at, case.confirmed_at) for case in today),
            to_queued=span((case.confirmed_at, case.queued_at) for case in today),
            dead_letters=self.dead_letters,
        )


def span(stamps: Iterable[tuple[datetime | None, datetime | None]]) -> Span:
    """Nearest-rank median and 95th percentile. A confirmation before the hang-up counts as 0 s."""
    seconds = sorted(max(0.0, (end - start).total_seconds()) for start, end in stamps if start and end)
    if not seconds:
        return Span(None, None, 0)
    return Span(_rank(seconds, 0.5), _rank(seconds, 0.95), len(seconds))


def _rank(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def city_day(at: datetime) -> date:
    return at.astimezone(CITY_ZONE).date()
