import pytest

from asr.endpointing import Expects, Phase, Turn, Verdict, advance, has_enough_voice, patience
from asr.windows import WINDOW_MS

VOICE, QUIET = 0.9, 0.02


def play(*parts: tuple[float, int], expects: Expects = Expects.matter, text: str = "") -> list[tuple[Verdict, int]]:
    """Parts are (probability, ms); returns what happened and at the end of which ms."""
    turn, at = Turn(), 0
    found: list[tuple[Verdict, int]] = []
    for probability, length in parts:
        for _ in range(length // WINDOW_MS):
            turn, verdict = advance(turn, probability, at, patience(turn, expects, text), expects)
            at += WINDOW_MS
            if verdict is not Verdict.nothing:
                found.append((verdict, at))
    return found


def kinds(found: list[tuple[Verdict, int]]) -> list[Verdict]:
    return [verdict for verdict, _ in found]


def test_silence_is_nothing() -> None:
    assert play((QUIET, 60_000)) == []


@pytest.mark.parametrize("length", [32, 64])
@pytest.mark.parametrize("expects", Expects)
def test_a_click_begins_nothing(length: int, expects: Expects) -> None:
    assert kinds(play((QUIET, 320), (VOICE, length), (QUIET, 2000), expects=expects)) == [Verdict.dropped]


def test_voice_is_told_after_a_quarter_of_a_second() -> None:
    assert play((QUIET, 320), (VOICE, 3200))[0] == (Verdict.started, 320 + 224)


@pytest.mark.parametrize(
    ("expects", "voiced_ms", "is_utterance"),
    [
        (Expects.yes_no, 96, True),
        (Expects.matter, 96, False),
        (Expects.matter, 128, True),
        (Expects.place, 128, True),
        (Expects.nothing, 128, False),
        (Expects.nothing, 192, True),
    ],
)
def test_how_short_an_utterance_may_be_depends_on_the_question(expects: Expects, voiced_ms: int, is_utterance: bool) -> None:
    found = kinds(play((VOICE, voiced_ms), (QUIET, 3008), expects=expects))
    assert found == ([Verdict.started, Verdict.ended] if is_utterance else [Verdict.dropped])


@pytest.mark.parametrize(
    ("expects", "text", "pause_ms"),
    [
        (Expects.yes_no, "对", 608),
        (Expects.yes_no, "一", 608),
        (Expects.matter, "我家暖气不热", 800),
        (Expects.matter, "我家住三号楼", 1408),
        (Expects.matter, "电话一三八零零", 1408),
        (Expects.matter, "我的电话是", 1408),
        (Expects.matter, "我 叫", 1408),
        (Expects.matter, "我家 住在", 1408),
        (Expects.matter, "楼上太吵，然后", 1408),
        (Expects.matter, "我叫张红", 800),
        (Expects.yes_no, "是", 608),
        (Expects.place, "天通苑", 1216),
        (Expects.place, "天通苑北一区", 1408),
        (Expects.place, "回龙观 七 号", 1408),
        (Expects.nothing, "喂", 800),
    ],
)
def test_how_long_a_pause_ends_it_depends_on_question_and_words(expects: Expects, text: str, pause_ms: int) -> None:
    found = play((VOICE, 3200), (QUIET, 4000), expects=expects, text=text)
    assert found[-1] == (Verdict.ended, 3200 + pause_ms)


def test_after_a_word_or_two_the_caller_gets_more_time() -> None:
    assert play((VOICE, 320), (QUIET, 4000))[-1] == (Verdict.ended, 320 + 1408)


def test_a_caller_who_pauses_for_long_gets_longer_pauses() -> None:
    parts = ((VOICE, 1600), (QUIET, 768), (VOICE, 1600), (QUIET, 4000))
    assert play(*parts)[-1] == (Verdict.ended, 1600 + 768 + 1600 + 1152)


def test_a_pause_within_the_utterance_does_not_end_it() -> None:
    assert kinds(play((VOICE, 1600), (QUIET, 640), (VOICE, 1600), (QUIET, 4000))) == [Verdict.started, Verdict.ended]


def test_patience_has_an_end() -> None:
    assert patience(Turn(longest_pause_ms=60_000), Expects.place, "三号") == 2000


def test_a_breath_after_fifteen_seconds_cuts_and_the_rest_goes_on() -> None:
    found = play((VOICE, 15_008), (QUIET, 256), (VOICE, 3200), (QUIET, 4000))
    assert kinds(found) == [Verdict.started, Verdict.cut, Verdict.started, Verdict.ended]


def test_twenty_seconds_without_a_breath_are_cut() -> None:
    found = play((VOICE, 32_000), (QUIET, 4000))
    assert found[1] == (Verdict.cut, 20_000)
    assert kinds(found) == [Verdict.started, Verdict.cut, Verdict.started, Verdict.ended]


def test_who_says_no_more_after_a_cut_has_ended() -> None:
    found = play((VOICE, 16_000), (QUIET, 60_000))
    assert kinds(found) == [Verdict.started, Verdict.cut, Verdict.over]
    assert found[-1][1] == 16_000 + 800


def test_a_click_after_a_cut_does_not_hide_the_end() -> None:
    assert kinds(play((VOICE, 16_000), (QUIET, 256), (VOICE, 32), (QUIET, 60_000)))[-1] is Verdict.over


def test_a_jump_of_the_clock_ends_the_utterance() -> None:
    turn = Turn(phase=Phase.speaking, began_ms=0, voice_end_ms=3200, voiced_ms=3200)
    turn, verdict = advance(turn, QUIET, 10_000, 800, Expects.matter)
    assert (turn.phase, verdict) == (Phase.quiet, Verdict.ended)


def test_an_unsure_window_keeps_a_voice_alive_but_begins_none() -> None:
    assert play((0.4, 3200)) == []
    assert kinds(play((VOICE, 320), (0.4, 3200), (QUIET, 640))) == [Verdict.started]


def test_hanging_up_in_a_short_word_keeps_it() -> None:
    assert has_enough_voice(Turn(phase=Phase.candidate, voiced_ms=128), Expects.matter)
    assert not has_enough_voice(Turn(phase=Phase.candidate, voiced_ms=64), Expects.matter)
