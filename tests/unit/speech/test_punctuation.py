from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.contract import EngineUnusable, Transcript, Word
from asr.punctuation import MARKS, Punctuator, Rules
from asr.punctuation_model import FILES, PunctuationModel, make_punctuator
from asr.written import readable
from tests.speech_parts import SHARED

MODEL = SHARED / "models" / "zh-punctuation" / "punc_recover"
NEEDS_MODEL = pytest.mark.skipif(not MODEL.exists(), reason="no punctuation model: put the folder ../shared beside the clone")


def said(*words: tuple[str, int, int]) -> Transcript:
    raw = " ".join(text for text, _, _ in words)
    return Transcript(readable(raw), raw, tuple(Word(*word) for word in words))


def plain(text: str) -> Transcript:
    return Transcript(text, text)


def test_a_pause_between_words_is_a_comma() -> None:
    heard = said(("暖气", 0, 400), ("不热", 420, 800), ("家里", 1400, 1800), ("冷", 1820, 2000))
    done = Rules().punctuate(heard)
    assert done.text == "暖气不热，家里冷"
    assert (done.raw, done.words) == (heard.raw, heard.words)


def test_a_comma_never_parts_a_number_and_stands_right_behind_one() -> None:
    heard = said(
        ("住", 0, 100), ("三", 800, 900), ("号楼", 1500, 1700), ("五零一", 2300, 2600), ("没有", 3300, 3500), ("水", 3500, 3600)
    )
    assert Rules().punctuate(heard).text == "住3号楼501，没有水"


def test_a_stammer_gets_no_comma() -> None:
    assert Rules().punctuate(said(("我", 0, 100), ("想", 900, 1000), ("问", 1010, 1100))).text == "我想问"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("能不能快点来呢", "能不能快点来呢？"),
        ("你们管不管吗", "你们管不管吗？"),
        ("这可怎么办", "这可怎么办？"),
        ("需要多少钱", "需要多少钱？"),
        ("他们还在吵着呢", "他们还在吵着呢"),
        ("没什么", "没什么"),
        ("暖气不热", "暖气不热"),
        ("", ""),
        ("为什么停水？", "为什么停水？"),
    ],
)
def test_a_question_ends_as_one(text: str, written: str) -> None:
    assert Rules().punctuate(plain(text)).text == written


def test_what_an_engine_has_punctuated_itself_stays() -> None:
    assert Rules().punctuate(plain("您好，暖气不热。")).text == "您好，暖气不热。"


ANY_WORDS = st.lists(st.tuples(st.text("家里冷三号楼一点吗呢a1 ", min_size=1, max_size=4), st.integers(0, 2000)), max_size=12)


@given(ANY_WORDS)
def test_marks_are_added_and_nothing_else_happens(parts: list[tuple[str, int]]) -> None:
    words, at = [], 0
    for text, pause in parts:
        words.append((text, at, at + 100))
        at += 100 + pause
    heard = said(*words)
    once = Rules().punctuate(heard)
    assert "".join(sign for sign in once.text if sign not in MARKS) == heard.text
    assert (once.raw, once.words) == (heard.raw, heard.words)


@pytest.fixture(scope="module")
def model() -> Punctuator:
    return PunctuationModel(MODEL)


@NEEDS_MODEL
def test_the_model_parts_sentences_and_keeps_every_character(model: Punctuator) -> None:
    text = "您好我想反映一下我们小区门口的路灯坏了好几天了晚上特别黑我的电话是13800138000你们什么时候能来呢"
    done = model.punctuate(plain(text)).text
    assert "".join(sign for sign in done if sign not in MARKS) == text
    assert done.startswith("您好，我想反映一下，我们小区门口的路灯坏了")
    assert "13800138000" in done
    assert done.endswith("？")


@NEEDS_MODEL
@pytest.mark.parametrize("text", ["", "对", "ＷＩＦＩ ß 😀", "啊" * 2000])
def test_the_model_survives_any_text(model: Punctuator, text: str) -> None:
    assert "".join(sign for sign in model.punctuate(plain(text)).text if sign not in MARKS) == text


@NEEDS_MODEL
@pytest.mark.parametrize("lost", FILES)
def test_a_model_that_lacks_a_file_gives_way_to_the_rules(tmp_path: Path, lost: str) -> None:
    for name in FILES:
        if name != lost:
            (tmp_path / name).symlink_to(MODEL / name)
    with pytest.raises(EngineUnusable, match=lost):
        PunctuationModel(tmp_path)
    assert isinstance(make_punctuator(tmp_path), Rules)


def test_a_file_that_is_no_model_gives_way_to_the_rules(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "punc.onnx").write_bytes(b"no model")
    (tmp_path / "lm_tokens_ch.txt").write_text("<S>\n</S>\n", "utf-8")
    (tmp_path / "lm_tokens_bd.txt").write_text("<S>\n</S>\n，\n", "utf-8")
    assert isinstance(make_punctuator(tmp_path), Rules)
    assert "punc.onnx" in capfd.readouterr().err
    assert isinstance(make_punctuator(None), Rules)
