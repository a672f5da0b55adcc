import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.clean import LIMIT, clean, plain_text
from classifier.grams import BLANK, grams
from classifier.numbers import amount, digits
from classifier.sound import likeness, near, near_sound, toneless


@pytest.mark.parametrize(
    ("given_text", "plain"),
    [
        ("我 家 暖 气 不 热", "我家暖气不热"),
        ("ＡＢ１２", "ab12"),
        ("電梯壞了", "电梯坏了"),
        ("嗯，那个，门儿坏了。", "，那个，门坏了，"),
        ("女儿在幼儿园", "女儿在幼儿园"),
        ("好吗?真的！！", "好吗？真的，"),
        ("上句\n下句", "上句，下句"),
        ("😀\x00\ud800\ue000暖气", "暖气"),
        ("", ""),
    ],
)
def test_text_is_made_plain(given_text: str, plain: str) -> None:
    assert plain_text(given_text) == plain


@given(st.text(max_size=300))
def test_every_plain_character_leads_back_to_a_given_one(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned.text) == len(cleaned.origin)
    assert list(cleaned.origin) == sorted(set(cleaned.origin))
    assert all(0 <= index < len(text) for index in cleaned.origin)
    assert len(cleaned.shown(text)) == len(cleaned.text)


@given(st.text(max_size=100))
def test_plain_text_stays_as_it_is(text: str) -> None:
    once = plain_text(text)
    assert len(plain_text(once)) <= len(once)


def test_only_the_first_characters_of_an_endless_text_are_read() -> None:
    assert len(clean("暖" * (LIMIT + 5)).text) == LIMIT


def test_sounds_that_are_mixed_up_are_one() -> None:
    assert near_sound("天通院") == near_sound("天通苑")
    assert near("zhuang") == near("zuan")
    assert near("nan") == near("lan")
    assert near("fang") == near("huang")
    assert near("shi") != near("xi")


def test_likeness_is_graded() -> None:
    def of(one: str, other: str) -> float:
        return likeness(toneless(one), toneless(other))

    assert of("院", "苑") == 1
    assert 0.5 < of("星", "新") < 1
    assert of("天", "电") == 0.5
    assert of("天", "不") == 0
    assert of("a", "天") == 0


def test_no_gram_crosses_a_break() -> None:
    found = grams(f"暖气，不热{BLANK}吗")
    singles, pairs, sounds_of_pairs = 5, 2, 2
    assert len(found.keys) == singles + pairs + sounds_of_pairs


@given(st.text(alphabet="暖气不热，a1", max_size=40))
def test_grams_lie_in_the_text(text: str) -> None:
    found = grams(text)
    ends = found.start + found.length
    assert (found.start >= 0).all() and (ends <= len(text)).all()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("三千五百", 3500),
        ("三千五", 3500),
        ("两万五", 25000),
        ("十五", 15),
        ("一百零三", 103),
        ("2.5万", 25000),
        ("120", 120),
        ("一三八", None),
        ("块", None),
    ],
)
def test_spoken_amounts(text: str, value: float | None) -> None:
    assert amount(text) == value


def test_spoken_digits() -> None:
    assert digits("幺三八，零零洞拐") == "1380007"
