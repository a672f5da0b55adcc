from datetime import timedelta

import pytest

from dispatch.retry import GiveUp, RetryRule, TryAgain, decide_retry

RULE = RetryRule(first=timedelta(seconds=1), longest=timedelta(seconds=60), limit=10, stuck_after=3)
LATEST = 0.999999


def pause(attempts: int, jitter: float) -> float:
    decision = decide_retry(RULE, attempts, jitter)
    assert isinstance(decision, TryAgain)
    return decision.after.total_seconds()


def test_the_pause_doubles_until_the_longest() -> None:
    assert [round(pause(attempts, LATEST)) for attempts in range(1, 10)] == [1, 2, 4, 8, 16, 32, 60, 60, 60]


@pytest.mark.parametrize("attempts", [1, 4, 9])
def test_jitter_puts_the_pause_between_half_and_the_whole(attempts: int) -> None:
    assert pause(attempts, 0.0) == pytest.approx(pause(attempts, LATEST) / 2, rel=1e-3)
    assert pause(attempts, 0.0) < pause(attempts, 0.5) < pause(attempts, LATEST)


def test_it_gives_up_at_the_limit_and_not_before() -> None:
    assert isinstance(decide_retry(RULE, 9, 0.5), TryAgain)
    assert decide_retry(RULE, 10, 0.5) == GiveUp()
    assert decide_retry(RULE, 11, 0.5) == GiveUp()


def test_a_person_is_told_once_long_before_the_end() -> None:
    told = [attempts for attempts in range(1, 10) if decide_retry(RULE, attempts, 0.5).raise_alarm]  # type: ignore[union-attr]

    assert told == [3]


def test_many_attempts_are_no_overflow() -> None:
    rule = RetryRule(limit=10**9)

    assert decide_retry(rule, 10**6, 0.0) == TryAgain(rule.longest / 2, raise_alarm=False)
