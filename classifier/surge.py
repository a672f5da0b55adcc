"""When many calls about one matter from one area are more than chance: a burst main, a power cut."""

from collections.abc import Sequence
from datetime import timedelta
from math import exp
from statistics import median
from typing import Final

WINDOW: Final = timedelta(minutes=30)
QUIET_AFTER: Final = timedelta(hours=1)
"""Without another call an event is over."""
FEWEST: Final = 5
"""Calls in a window below which nothing is called an event."""
_SURPRISE: Final = 1e-5
"""Chance of so many calls in one window on an ordinary day, at most. Some 700,000 pairs of area and matter are looked at, but a
pair only comes near FEWEST where calls are frequent, and there its own usual rate counts."""
_LEAST_RATE: Final = 0.2
"""Calls in a window that are taken as usual where hardly any ever came: one in two and a half hours. Five at once are then a
surprise of 1 to 400,000."""
_WINDOWS_A_DAY: Final = 24
"""Of the 48 windows, for most calls come by day."""


def usual(days: Sequence[int]) -> float:
    """Calls expected in one window from the counts of earlier days: by their median, lest one event hide the next."""
    return max(_LEAST_RATE, median(days) / _WINDOWS_A_DAY) if days else _LEAST_RATE


def is_surge(count: int, expected: float) -> bool:
    return count >= FEWEST and chance(count, expected) <= _SURPRISE


def chance(count: int, expected: float) -> float:
    """Of `count` or more where `expected` come on average (Poisson)."""
    term = total = exp(-expected)
    for step in range(1, count):
        term *= expected / step
        total += term
    return max(0.0, 1.0 - total)
