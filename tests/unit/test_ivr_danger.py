import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.danger import find_danger
from tests.unit.ivr_danger_sentences import DANGEROUS, HARMLESS, sentences


def test_danger_is_heard() -> None:
    assert [sentence for sentence in sentences(DANGEROUS) if find_danger(sentence) is None] == []


def test_words_of_danger_without_danger_are_let_pass() -> None:
    assert [(sentence, found.phrase) for sentence in sentences(HARMLESS) if (found := find_danger(sentence))] == []


def test_the_tables_are_large_enough_to_mean_something() -> None:
    assert len(sentences(DANGEROUS)) >= 40
    assert len(sentences(HARMLESS)) >= 60


@pytest.mark.parametrize(
    ("sentence", "medical"), [("我老伴昏迷了", True), ("有人煤气中毒了", True), ("楼下着火了", False), ("燃气泄漏了", False)]
)
def test_who_needs_an_ambulance_is_told_apart(sentence: str, medical: bool) -> None:
    found = find_danger(sentence)
    assert found is not None
    assert found.medical is medical


@given(st.text(max_size=200))
@settings(deadline=None)
def test_no_text_breaks_the_search_for_danger(text: str) -> None:
    find_danger(text)


@given(st.text(alphabet="没有会怕着火了煤气味漏电梯困人死，。 ", max_size=80))
@settings(deadline=None)
def test_no_jumble_of_its_own_words_breaks_the_search(text: str) -> None:
    find_danger(text)
