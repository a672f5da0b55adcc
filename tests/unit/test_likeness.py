"""Two cases are alike by matter, place, sound and time; what is only alike by habit is not offered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from classifier.coordinates import Point, distance_m
from classifier.likeness import SHOWN_FROM, Matter, Place, Told, likeness, text_likeness

COLD = Told(
    "010101",
    ("水电气热", "供暖"),
    "110114",
    "110114008",
    None,
    "天通苑北一区5号楼2单元301",
    "暖气三天没热了，家里有老人",
    datetime(2026, 1, 5, 2, tzinfo=UTC),
)


def test_the_same_told_again_is_alike_in_everything() -> None:
    alike = likeness(COLD, replace(COLD, at=COLD.at + timedelta(hours=1)))
    assert (alike.matter, alike.place, alike.text, alike.apart) == (Matter.LEAF, Place.BUILDING, 1.0, timedelta(hours=1))
    assert alike.score > 0.95


def test_another_house_of_the_compound_is_offered_in_other_words() -> None:
    neighbour = replace(COLD, address="天通苑北一区12号楼", text="屋里冰凉，供热公司不管")
    alike = likeness(COLD, neighbour)
    assert (alike.place, alike.is_elsewhere) == (Place.COMPOUND, False)
    assert alike.score >= SHOWN_FROM


@pytest.mark.parametrize("address", ["天通苑北二区5号楼", "天通苑东一区5号楼", "太平家园5号楼"])
def test_the_same_trouble_at_another_place_is_another_case(address: str) -> None:
    alike = likeness(COLD, replace(COLD, address=address, text="我家不暖和，也没人来修"))
    assert alike.is_elsewhere
    assert alike.score < SHOWN_FROM


def test_one_matter_somewhere_in_one_subdistrict_is_not_offered() -> None:
    assert likeness(COLD, replace(COLD, address=None, text="屋里冰凉，供热公司不管")).score < SHOWN_FROM


def test_another_matter_at_the_same_address_is_not_offered() -> None:
    other = replace(COLD, category_code="050101", group=("环境", "噪声"), text="楼上装修从早吵到晚")
    assert likeness(COLD, other).score < SHOWN_FROM


def test_age_lowers_the_score_and_never_to_nothing() -> None:
    scores = [likeness(COLD, replace(COLD, at=COLD.at - timedelta(days=days))).score for days in (0, 5, 15, 300)]
    assert scores[0] > scores[1] > scores[2] == scores[3] > 0.5


def test_texts_are_compared_by_sound() -> None:
    assert text_likeness("回龙观东大街污水外溢", "回笼关东大街乌水外意") == 1.0
    assert text_likeness("路灯不亮", "噪声扰民") == 0.0
    assert text_likeness("", "噪声扰民") == 0.0


def test_without_places_or_matters_nothing_is_shared() -> None:
    blank = Told(None, (), None, None, None, None, "", COLD.at)
    alike = likeness(blank, blank)
    assert (alike.matter, alike.place, alike.score) == (Matter.OTHER, Place.OTHER, 0.0)


def test_a_tenth_of_a_degree_north_is_eleven_kilometres() -> None:
    assert distance_m(Point(116.4, 39.9), Point(116.4, 40.0)) == pytest.approx(11_119, rel=0.01)
