"""How often one token may ask: a bucket that fills steadily. Each web process counts for itself."""

from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from config.clock import Clock


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests a second in the long run, and how many may come at once after a pause."""

    per_second: float = 20.0
    burst: int = 100


@dataclass(frozen=True, slots=True)
class Bucket:
    left: float
    at: datetime


def take(rate: Rate, bucket: Bucket | None, now: datetime) -> tuple[Bucket, float]:
    """The bucket afterwards, and the seconds to wait until the next request is allowed: 0 when this one is."""
    if bucket is None:
        bucket = Bucket(rate.burst, now)
    # A clock that is set back fills nothing and takes nothing.
    passed = max(0.0, (now - bucket.at).total_seconds())
    left = min(float(rate.burst), bucket.left + passed * rate.per_second)
    if left >= 1:
        return Bucket(left - 1, now), 0.0
    return Bucket(left, now), (1 - left) / rate.per_second


@dataclass(slots=True)
class Limiter:
    """Keyed by the id of a token that exists, so that it holds no more buckets than there are tokens."""

    clock: Clock
    rate: Rate = field(default_factory=Rate)
    _buckets: dict[str, Bucket] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def wait(self, token_id: str) -> float:
        """Seconds to wait; 0 when the request is allowed."""
        with self._lock:
            self._buckets[token_id], seconds = take(self.rate, self._buckets.get(token_id), self.clock.now())
        return seconds
