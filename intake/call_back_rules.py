"""When a resident may be called back, and what came of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from intake.outcome import DialResult
from models.call_back import CallBackState


class CallBackOutcome(StrEnum):
    REACHED = "reached"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    """Switched off, no such number, or the line refused."""
    OPERATOR_LEFT = "operator_left"
    """The operator hung up while it rang."""
    OPERATOR_ABSENT = "operator_absent"
    """The operator's own telephone was not picked up: nobody was called."""
    FAILED = "failed"
    """The exchange could not place the call."""


TRIED = frozenset({CallBackOutcome.NO_ANSWER, CallBackOutcome.BUSY, CallBackOutcome.UNREACHABLE})
"""What counts as an attempt: the resident's telephone was called, and nobody was reached."""
ENOUGH = 4
"""After so many attempts the case may be closed as not reached."""
PAUSES = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
"""After the first, the second, and every further attempt."""
_RESULTS = {
    DialResult.NO_ANSWER: CallBackOutcome.NO_ANSWER,
    DialResult.BUSY: CallBackOutcome.BUSY,
    DialResult.CANCELLED: CallBackOutcome.OPERATOR_LEFT,
}


@dataclass(frozen=True, slots=True)
class Hours:
    """From when to when of a day residents are called, in the city's own time. Urgent cases are called at any hour."""

    first: time
    last: time
    zone: ZoneInfo

    def allow(self, at: datetime) -> bool:
        return self.first <= at.astimezone(self.zone).time() < self.last

    def next_time(self, at: datetime) -> datetime:
        """`at`, or the first moment after it at which calling is allowed."""
        here = at.astimezone(self.zone)
        if self.allow(at):
            return at
        day = here.date() if here.time() < self.first else here.date() + timedelta(days=1)
        return datetime.combine(day, self.first, self.zone).astimezone(at.tzinfo)


def due_at(tried_at: Sequence[datetime], waits_since: datetime, hours: Hours, *, urgent: bool) -> datetime:
    """When the resident should be called next. `tried_at`: attempts that count, oldest first."""
    wanted = tried_at[-1] + PAUSES[min(len(tried_at), len(PAUSES)) - 1] if tried_at else waits_since
    return wanted if urgent else hours.next_time(wanted)


def outcome_of(state: CallBackState, dial: DialResult | None) -> CallBackOutcome:
    """How an attempt that had come so far has ended; `dial`: the exchange's word on the resident's telephone, if any."""
    if state is CallBackState.TALKING or dial is DialResult.ANSWERED:
        return CallBackOutcome.REACHED
    if state is CallBackState.RINGING_OPERATOR:
        return CallBackOutcome.OPERATOR_ABSENT
    return _RESULTS.get(dial, CallBackOutcome.UNREACHABLE) if dial else CallBackOutcome.UNREACHABLE
