"""The wallboard's figures: folded from the cases that the event log names, corrected from the tables from time to time."""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from config.clock import CITY_ZONE
from intake.queries_cases import WAITING_SOMEWHERE, CaseCount
from models.case import CaseState

WAITING_FOR_OPERATORS = frozenset({CaseState.PROPOSED, CaseState.CALLBACK, CaseState.REFUSED})


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


class Durations:
    """Seconds, kept sorted, so that a day of 60,000 costs no sorting when one comes."""

    def __init__(self) -> None:
        self._seconds: list[float] = []

    def add(self, seconds: float | None) -> None:
        if seconds is not None:
            insort(self._seconds, seconds)

    def remove(self, seconds: float | None) -> None:
        if seconds is not None:
            del self._seconds[bisect_left(self._seconds, seconds)]

    def span(self) -> Span:
        """Nearest-rank median and 95th percentile."""
        return Span(self._rank(0.5), self._rank(0.95), len(self._seconds))

    def _rank(self, share: float) -> float | None:
        return self._seconds[min(len(self._seconds) - 1, int(share * len(self._seconds)))] if self._seconds else None


class Board:
    """Cases by number: applying one twice changes nothing, so events may be read again."""

    def __init__(self, day: date, cases: Iterable[CaseCount], dead_letters: int) -> None:
        self.day = day
        self.dead_letters = dead_letters
        self._cases: dict[str, CaseCount] = {}
        self._waiting: dict[str, CaseCount] = {}
        self._states: Counter[CaseState] = Counter()
        self._today = 0
        self._to_confirmed, self._to_queued = Durations(), Durations()
        for case in cases:
            self.apply(case)

    def apply(self, case: CaseCount) -> None:
        before = self._cases.pop(case.case_no, None)
        if before is not None:
            self._forget(before)
        if case.state in WAITING_SOMEWHERE or self._is_todays(case):
            self._cases[case.case_no] = case
            self._count(case)

    def figures(self) -> Figures:
        return Figures(
            day=self.day,
            calls_now=self._states[CaseState.OPEN],
            calls_today=self._today,
            urgent_waiting=sum(case.urgent for case in self._waiting.values()),
            oldest_waiting_at=min((case.waiting_since for case in self._waiting.values()), default=None),
            states={str(state): self._states[state] for state in CaseState},
            to_confirmed=self._to_confirmed.span(),
            to_queued=self._to_queued.span(),
            dead_letters=self.dead_letters,
        )

    def _count(self, case: CaseCount) -> None:
        self._states[case.state] += 1
        if case.state in WAITING_FOR_OPERATORS:
            self._waiting[case.case_no] = case
        if self._is_todays(case):
            self._today += 1
            self._to_confirmed.add(seconds_between(case.hung_up_at, case.confirmed_at))
            self._to_queued.add(seconds_between(case.confirmed_at, case.queued_at))

    def _forget(self, case: CaseCount) -> None:
        self._states[case.state] -= 1
        self._waiting.pop(case.case_no, None)
        if self._is_todays(case):
            self._today -= 1
            self._to_confirmed.remove(seconds_between(case.hung_up_at, case.confirmed_at))
            self._to_queued.remove(seconds_between(case.confirmed_at, case.queued_at))

    def _is_todays(self, case: CaseCount) -> bool:
        return city_day(case.created_at) == self.day


def seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    """A confirmation before the hang-up took 0 s."""
    return max(0.0, (end - start).total_seconds()) if start and end else None


def city_day(at: datetime) -> date:
    return at.astimezone(CITY_ZONE).date()
