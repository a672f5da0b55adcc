"""When to try again, and when to give up. Pure: time and chance are given."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class RetryRule:
    """Pauses of about 1, 2, 4, ... seconds, at most five minutes; 60 attempts are a bit more than four hours."""

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(minutes=5)
    limit: int = 60
    """Attempts after which a message is a dead letter."""
    stuck_after: int = 6
    """Attempts after which a person is told, half a minute into an outage: an emergency has two hours in all."""


@dataclass(frozen=True, slots=True)
class TryAgain:
    after: timedelta
    raise_alarm: bool


@dataclass(frozen=True, slots=True)
class GiveUp:
    pass


Decision = TryAgain | GiveUp


def decide_retry(rule: RetryRule, attempts: int, jitter: float) -> Decision:
    """What follows failed attempt number `attempts` (from 1).

    `jitter` in [0, 1) puts the pause between half of it and the whole, so that what failed together comes back apart.
    """
    if attempts >= rule.limit:
        return GiveUp()
    doublings = min(attempts - 1, 32)
    pause = min(rule.first * 2**doublings, rule.longest)
    return TryAgain(pause * (0.5 + jitter / 2), raise_alarm=attempts == rule.stuck_after)
