from functools import cache
from pathlib import Path

import pytest

from classifier.clean import clean
from classifier.gazetteer import load_gazetteer
from classifier.location import PlaceFinder
from classifier.proposal import LocationCandidate

ROOT = Path(__file__).resolve().parents[2]


@cache
def finder() -> PlaceFinder:
    return PlaceFinder(load_gazetteer(ROOT / "config" / "gazetteer"))


def places(text: str) -> tuple[LocationCandidate, ...]:
    return finder().find(clean(text), text).candidates


def best(text: str) -> str:
    found = places(text)
    return found[0].name if found else ""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我住天通苑北街道", "昌平区天通苑北街道"),
        ("天通苑北一区五号楼", "昌平区天通苑北街道"),
        ("在回龙观那边", "昌平区回龙观街道"),
        ("东小口镇", "昌平区东小口地区"),
        ("东小口地区", "昌平区东小口地区"),
        ("四季青镇", "海淀区四季青地区"),
        ("朝阳区平房乡", "朝阳区平房地区"),
        ("朝外大街派出所旁边", "朝阳区朝外街道"),
        ("望京西园四区", "朝阳区望京街道"),
        ("劲松一区", "朝阳区劲松街道"),
        ("丰台区方庄，芳古园二区", "丰台区方庄街道"),
        ("崇外街道", "东城区崇文门外街道"),
        ("通州梨园", "通州区梨园镇"),
        ("海淀区", "海淀区"),
        ("大兴机场附近", "大兴区大兴国际机场"),
        ("亦庄开发区", "大兴区北京经济技术开发区"),
    ],
)
def test_places_as_they_are_said(text: str, name: str) -> None:
    assert best(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("天通院北街道", "昌平区天通苑北街道"),
        ("我在回笼观", "昌平区回龙观街道"),
        ("望金街道", "朝阳区望京街道"),
        ("丰台区马家宝街道", "丰台区马家堡街道"),
        ("海淀区西三旗街到", "海淀区西三旗街道"),
        ("朝阳区三里囤街道", "朝阳区三里屯街道"),
    ],
)
def test_places_that_only_sound_right(text: str, name: str) -> None:
    found = places(text)
    assert found[0].name == name
    assert found[0].score < 0.99


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("丰台去玉泉我隐街道", "丰台区玉泉营街道"),
        ("十三那陵镇出了事", "昌平区十三陵镇"),
        ("密了云区谈营", "密云区檀营地区"),
        ("大兴庞庄这边", "大兴区庞各庄镇"),
        ("巢阳紧松这边", "朝阳区劲松街道"),
        ("西城德生", "西城区德胜街道"),
        ("霍营街道华笼苑种里", "昌平区霍营街道"),
    ],
)
def test_places_with_a_syllable_lost_added_or_heard_as_another(text: str, name: str) -> None:
    assert best(text) == name


def test_two_syllables_that_sound_like_a_name_are_offered_and_not_believed() -> None:
    (place,) = places("我住在宋状附近")
    assert place.name == "通州区宋庄镇"
    assert place.score < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "陕西南路堵车",
        "重庆路",
        "河北省保定市",
        "朝阳的房间暖气不热",
        "我家住平房",
        "今天阳光真好",
        "东风吹来",
        "我要反映工资问题",
        "我在阳台上看见的",
        "电子秤不准，的商贩都这样",
        "是基层的同志",
        "欠了我1200元，1201的",
        "劳动合同法第十四条",
        "",
    ],
)
def test_no_place_is_invented(text: str) -> None:
    assert all(place.score <= 0.5 for place in places(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("仁和这边有个市场", "顺义区仁和地区"),
        ("广宁这边走道的砖全翘起来了", "石景山区广宁街道"),
        ("我住龙潭这边", "东城区龙潭街道"),
        ("体育馆路那边 路面有个坑", "东城区体育馆路街道"),
        ("永宁大集上有人卖散煤", "延庆区永宁镇"),
        ("旧县 我们村健身器材坏了", "延庆区旧县镇"),
    ],
)
def test_a_bare_name_that_is_a_word_too_counts_where_a_place_is_told(text: str, name: str) -> None:
    assert best(text) == name
    assert places(text)[0].score > 0.5


@pytest.mark.parametrize(
    "text", ["光明牛奶过期了", "城里城外来回跑", "红旗牌的鞋", "他叫李永定", "胜利属于我们", "向阳的房子", "公园这边"]
)
def test_elsewhere_it_stays_a_word(text: str) -> None:
    assert all(place.score <= 0.5 for place in places(text))


def test_the_district_said_first_has_the_say_over_a_place_elsewhere() -> None:
    assert best("平谷 滨河小区 老楼暖气不热") == "平谷区滨河街道"
    assert best("十里堡 密云那个 有个砖厂") == "密云区十里堡镇"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("卢沟桥那边", "丰台区卢沟桥街道"),
        ("霍营这边", "昌平区霍营街道"),
        ("良乡这边啊", "房山区良乡地区"),
        ("东直门这边", "东城区东直门街道"),
        ("平谷镇罗营", "平谷区镇罗营镇"),
        ("我是景山的", "东城区景山街道"),
        ("我是古城的", "石景山区古城街道"),
        ("朝阳安贞我们小区停水", "朝阳区安贞街道"),
        ("石景山鲁谷我们小区停水", "石景山区鲁谷街道"),
        ("通州的潞源那边", "通州区潞源街道"),
        ("北务这边", "顺义区北务镇"),
    ],
)
def test_the_short_name_of_a_sub_district_means_it(text: str, name: str) -> None:
    assert best(text) == name


def test_a_name_heard_across_its_border_does_not_hide_a_written_district() -> None:
    assert best("朝阳北苑这边").startswith("朝阳区")


def test_a_number_of_shops_is_no_misheard_place() -> None:
    assert all(place.score <= 0.5 for place in places("跑了六家药店两家医院都说没货"))


def test_a_name_that_every_city_has_counts_where_a_place_is_told() -> None:
    assert best("我在人民医院这边") == "西城区"
    assert all(place.score <= 0.5 for place in places("找了人大代表也没用，县里的儿童医院说不收"))


def test_a_word_that_sounds_like_a_name_is_not_believed_where_no_place_is_told() -> None:
    assert all(place.score <= 0.5 for place in places("想把组织关系转回老家"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("五道口华清嘉园旁边", "海淀区"),
        ("通运门站C口", "通州区"),
        ("首都儿研所门口", "朝阳区"),
        ("红桥那边卖的包", "东城区体育馆路街道"),
        ("亦庄火车站对面", "通州区"),
        ("顺平路上往东走", "顺义区"),
        ("丰台镇那边", "丰台区丰台街道"),
    ],
)
def test_stations_hospitals_and_roads_are_known(text: str, name: str) -> None:
    assert best(text) == name


def test_a_road_through_two_districts_gives_both() -> None:
    found = places("广渠路上有个大坑")
    assert {place.name for place in found} == {"朝阳区", "通州区"}
    assert all(place.score < 0.6 for place in found)


def test_the_gate_is_not_the_district() -> None:
    assert "朝阳区" not in [place.name for place in places("朝阳门内大街")]


def test_a_name_of_two_places_keeps_both() -> None:
    found = places("我住八里庄街道")
    assert [place.name for place in found] == ["朝阳区八里庄街道", "海淀区八里庄街道"]
    assert all(place.score < 0.6 for place in found)


@pytest.mark.parametrize("district", ["朝阳区", "海淀区"])
def test_the_hierarchy_decides_between_them(district: str) -> None:
    found = places(f"{district}八里庄")
    assert found[0].name == f"{district}八里庄街道"
    assert found[0].score > 0.8


def test_a_contradiction_lowers_the_score() -> None:
    assert places("海淀区劲松街道")[0].score < places("朝阳区劲松街道")[0].score


def test_what_the_caller_denies_or_takes_back_does_not_count() -> None:
    assert best("不是朝阳区，是昌平区") == "昌平区"
    assert best("在天通苑北一区。不对，我说错了，是劲松一区") == "朝阳区劲松街道"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("昌平区天通苑北一区12号楼3单元502", "天通苑北一区12号楼3单元502"),
        ("海淀区中关村大街27号", "中关村大街27号"),
        ("西城区月坛街道", None),
        ("大兴区清源街道每天晚上跳广场舞", None),
    ],
)
def test_the_address_is_what_was_said_below_the_sub_district(text: str, address: str | None) -> None:
    assert places(text)[0].address == address


def test_codes_are_of_their_level_and_unsaid_ones_none() -> None:
    (district,) = places("海淀区")
    assert (district.district_code, district.subdistrict_code, district.community_code) == ("110108", None, None)
    community = places("丰台区马家堡街道嘉园二里")[0]
    assert (community.district_code, community.subdistrict_code) == ("110106", "110106015")
    assert community.community_code == "110106015002"


def test_evidence_lies_in_the_given_text() -> None:
    text = "嗯 我 住 在 天 通 院 北街道"
    (span,) = places(text)[0].evidence
    assert text[slice(*span)] == "天 通 院 北街道"
