from datetime import timedelta

from config.clock import FixedClock
from console.api.limits import Limiter, Rate

RATE = Rate(per_second=2, burst=3)


def test_a_burst_is_let_through_and_then_the_rate_holds() -> None:
    clock = FixedClock()
    limiter = Limiter(clock, RATE)

    assert [limiter.wait("a") for _ in range(4)] == [0, 0, 0, 0.5]
    clock.advance(timedelta(seconds=0.5))
    assert limiter.wait("a") == 0
    assert limiter.wait("a") > 0


def test_one_token_does_not_pay_for_another() -> None:
    limiter = Limiter(FixedClock(), RATE)
    for _ in range(4):
        limiter.wait("busy")

    assert limiter.wait("quiet") == 0


def test_a_long_pause_fills_the_bucket_to_its_brim_only() -> None:
    clock = FixedClock()
    limiter = Limiter(clock, RATE)
    limiter.wait("a")
    clock.advance(timedelta(days=1))

    assert [limiter.wait("a") == 0 for _ in range(4)] == [True, True, True, False]


def test_a_clock_that_is_set_back_locks_nobody_out() -> None:
    clock = FixedClock()
    limiter = Limiter(clock, RATE)
    for _ in range(3):
        limiter.wait("a")
    clock.advance(timedelta(days=-1))
    assert limiter.wait("a") > 0
    clock.advance(timedelta(seconds=1))

    assert limiter.wait("a") == 0
