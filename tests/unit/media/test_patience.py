"""Silence is due when nothing was voiced, nothing played and nothing waited for its text, for as long as was asked."""

from media.patience import Patience


def test_silence_comes_once() -> None:
    patience = Patience()
    patience.ask(5000, 1000)
    assert not patience.is_over(5999)
    assert patience.is_over(6000)
    assert not patience.is_over(60_000)


def test_without_a_question_no_silence_is_due() -> None:
    assert not Patience().is_over(10**6)


def test_a_prompt_and_an_utterance_begin_the_time_anew() -> None:
    patience = Patience()
    patience.ask(5000, 0)
    patience.prompt_began()
    assert not patience.is_over(8000)
    patience.prompt_ended(8000)
    assert not patience.is_over(12_999)
    patience.speech_began()
    assert not patience.is_over(20_000)
    patience.speech_ended(21_000)
    assert not patience.is_over(25_999)
    assert patience.is_over(26_000)


def test_recognition_that_lags_behind_puts_silence_off() -> None:
    patience = Patience()
    patience.ask(5000, 0)
    assert not patience.is_over(5500, lag_ms=1000)
    assert patience.is_over(6000, lag_ms=1000)


def test_a_new_question_replaces_the_one_before() -> None:
    patience = Patience()
    patience.ask(1000, 0)
    patience.ask(5000, 500)
    assert not patience.is_over(1500)
    assert patience.is_over(5500)
