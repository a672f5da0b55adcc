"""Who of those that wait is served next, and by whom: pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class Rank(IntEnum):
    """The lower one is served first; in one rank, who has waited longest."""

    DANGER = 0
    RETURNED = 1
    """An operator was promised and did not come."""
    WANTS_HUMAN = 2
    """Asked for one, or the machine cannot help: it failed, or was not understood."""
    IN_LINE = 3
    """Speaks with the machine meanwhile."""


@dataclass(frozen=True, slots=True)
class Place:
    call_id: str
    rank: int
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class FreeSeat:
    name: str
    since: datetime
    """Ready since then: who has rested longest takes the next call."""


def in_order(places: Iterable[Place]) -> Sequence[Place]:
    return sorted(places, key=lambda place: (place.rank, place.joined_at, place.call_id))


def pairs(places: Iterable[Place], seats: Iterable[FreeSeat]) -> Sequence[tuple[Place, FreeSeat]]:
    """As many as there are of both."""
    rested = sorted(seats, key=lambda seat: (seat.since, seat.name))
    return list(zip(in_order(places), rested, strict=False))


def callers_ahead(places: Iterable[Place]) -> Mapping[str, int]:
    """Call -> how many are served before it."""
    return {place.call_id: number for number, place in enumerate(in_order(places))}
