from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.clean import clean
from classifier.entities import find_entities, to_entities
from classifier.proposal import Entity, EntityType

DATA = Path(__file__).resolve().parents[1] / "data"


def entities(text: str) -> tuple[Entity, ...]:
    cleaned = clean(text)
    return to_entities(cleaned, text, find_entities(cleaned.text))


def values(text: str, kind: EntityType) -> list[str]:
    return [entity.value for entity in entities(text) if entity.type is kind]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("我电话是一三八零零一三八零零零", "13800138000"),
        ("幺三八，零零幺三，八零零零", "13800138000"),
        ("13800138000", "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("一三八嗯零零一三八零零零", "13800138000"),
        ("一三九三个八七七六六五", "13988877665"),
        ("家里座机八四六五三三二一", "84653321"),
        ("零一零八四六五三三二一", "01084653321"),
        ("四零零八幺零八八八八", "4008108888"),
    ],
)
def test_telephone_numbers_as_they_are_spoken(text: str, number: str) -> None:
    assert values(text, EntityType.PHONE) == [number]


SPOKEN = [line.split("\t") for line in (DATA / "spoken_numbers.tsv").read_text("utf-8").splitlines()]


@pytest.mark.parametrize(("text", "numbers"), SPOKEN, ids=range(len(SPOKEN)))
def test_telephone_numbers_of_the_test_set(text: str, numbers: str) -> None:
    """Told in groups, with words between, repeated, corrected, and misheard; also sentences in which there is none."""
    assert list(dict.fromkeys(values(text, EntityType.PHONE))) == numbers.split()


@pytest.mark.parametrize(
    "text", ["一二三四五六", "二零二三年十一月", "三千五百块", "打了12345没人接", "身份证110105194912310021", ""]
)
def test_other_numbers_are_no_telephone(text: str) -> None:
    assert values(text, EntityType.PHONE) == []


def test_an_identity_number_is_masked() -> None:
    assert values("身份证号是110105194912310021", EntityType.ID_NUMBER) == ["110105********0021"]
    assert values("幺幺零幺零五一九四九幺二三幺零零二叉", EntityType.ID_NUMBER) == ["110105********002X"]


@pytest.mark.parametrize(
    ("text", "plate"), [("车牌京A12345", "京A12345"), ("京n七八九零x", "京N7890X"), ("冀R D99999挪一下", "冀RD99999")]
)
def test_plates(text: str, plate: str) -> None:
    assert values(text, EntityType.PLATE) == [plate]


@pytest.mark.parametrize(
    ("text", "value"), [("欠我三千五百块钱", "3500"), ("两万五千元", "25000"), ("大概3.5万块", "35000"), ("罚了二百元", "200")]
)
def test_amounts_in_yuan(text: str, value: str) -> None:
    assert values(text, EntityType.MONEY) == [value]


def test_a_piece_of_land_is_no_money() -> None:
    assert values("那三块地", EntityType.MONEY) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [("我叫王秀英，住这儿", "王秀英"), ("免贵姓李", "李"), ("我是张建国。", "张建国"), ("找王经理也没用", "王经理")],
)
def test_persons(text: str, name: str) -> None:
    assert values(text, EntityType.PERSON) == [name]


@pytest.mark.parametrize("text", ["我是业主", "我叫不出来", "这是高兴的事", "我是天通苑的"])
def test_other_words_are_no_person(text: str) -> None:
    assert values(text, EntityType.PERSON) == []


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("昨天晚上十一点半开始的", "昨天晚上十一点半"),
        ("晚上十点到凌晨两点", "晚上十点到凌晨两点"),
        ("都三天了", "三天"),
        ("十一月十五号就坏了", "十一月十五号"),
    ],
)
def test_times(text: str, time: str) -> None:
    assert values(text, EntityType.TIME) == [time]


@pytest.mark.parametrize("room", ["12号楼3单元502", "十二号楼三单元五零二", "三号楼"])
def test_rooms(room: str) -> None:
    assert values(f"我住{room}", EntityType.ROOM) == [room]


@given(st.text(alphabet="一二三幺零十百块元月号楼单元京a1点王叫我姓，嗯 个", max_size=60))
def test_entities_are_stretches_of_the_given_text(text: str) -> None:
    for entity in entities(text):
        assert 0 <= entity.start < entity.end <= len(text)
        assert text[entity.start : entity.end] == entity.text
