from functools import cache

import pytest

from classifier.clean import clean
from classifier.gazetteer import load_gazetteer
from classifier.location import PlaceFinder
from config.settings import ROOT


@cache
def _finder() -> PlaceFinder:
    return PlaceFinder(load_gazetteer(ROOT / "config" / "gazetteer"))


def corrected(text: str) -> list[tuple[str, str]]:
    found = _finder().misheard(clean(text), text)
    assert all(text[one.start : one.end] == one.heard for one in found)
    return [(one.heard, one.name) for one in found]


@pytest.mark.parametrize(
    ("text", "corrections"),
    [
        ("我家住在天通元北一区3号楼", [("天通元北一区", "天通苑北一区")]),
        ("回龙关那边", [("回龙关", "回龙观")]),
        ("我是昌平区 回龙关街道的", [("回龙关街道", "回龙观街道")]),
        ("霍营街到有人占道", [("霍营街到", "霍营街道")]),
        ("北七加镇", [("北七加镇", "北七家镇")]),
        ("我住在五到口", [("五到口", "五道口")]),
    ],
)
def test_a_name_that_only_sounds_right_is_corrected(text: str, corrections: list[tuple[str, str]]) -> None:
    assert corrected(text) == corrections


@pytest.mark.parametrize(
    "text",
    [
        "", "家里暖气不热", "我住在五道口", "政府怎么不管", "我们小区没有物业", "这个问题反映好几次了", "孩子上学的事情",
        "住清和", "垃圾没人清", "楼上漏水把我家泡了", "公交车一直不来", "他们半夜还在施工",
    ],
)  # fmt: skip
def test_what_is_no_misheard_name_is_left_alone(text: str) -> None:
    assert corrected(text) == []


def test_a_name_between_fillers_is_found_where_it_stands() -> None:
    text = "嗯，那个，回龙关，嗯"
    assert corrected(text) == [("回龙关", "回龙观")]
