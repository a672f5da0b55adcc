import io
import json
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.gazetteer import load_gazetteer
from classifier.pipeline import ABSTAIN, Understanding
from classifier.proposal import Kind, Proposal, Urgency
from classifier.reading import spoken_reading
from classifier.taxonomy import Taxonomy, load_taxonomy
from commands.propose import propose_lines
from ivr.danger import find_danger

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = {
    "building-site-at-night": ("施工噪声扰民", "朝阳区望京街道"),
    "bus-line": ("公交线路站点", "昌平区霍营街道"),
    "fire-lane": ("消防通道堵塞", "石景山区八角街道"),
    "gas-smell": ("闻到燃气味", "石景山区八角街道"),
    "lift-stands-still": ("电梯故障停运", "丰台区方庄街道"),
    "no-heating": ("室内温度不达标", "昌平区天通苑北街道"),
    "pension": ("养老金发放", "西城区月坛街道"),
    "praise": ("表扬感谢", "朝阳区劲松街道"),
    "rubbish": ("垃圾清运不及时", "通州区梨园镇"),
    "square-dancing": ("广场舞噪声", "大兴区清源街道"),
    "street-lamp-corrected": ("路灯不亮", "昌平区天通苑北街道"),
    "unpaid-wages": ("拖欠工资", "顺义区后沙峪地区"),
    "water-leak": ("楼上漏水", "东城区和平里街道"),
}


@cache
def taxonomy() -> Taxonomy:
    return load_taxonomy(ROOT / "config" / "taxonomy")


@cache
def understanding() -> Understanding:
    """Made when the first test asks: what only collects the tests shall not wait for it."""
    return Understanding(taxonomy(), load_gazetteer(ROOT / "config" / "gazetteer"), find_danger)


def propose(text: str) -> Proposal:
    return understanding().propose(text)


def check(proposal: Proposal, text: str) -> None:
    """What holds for every proposal, whatever the text."""
    assert len(proposal.categories) <= 5
    assert len(proposal.locations) <= 5
    for scores in ([item.score for item in proposal.categories], [item.score for item in proposal.locations]):
        assert all(0 <= score <= 1 for score in scores)
        assert scores == sorted(scores, reverse=True)
    spans = [span for category in proposal.categories for span in category.evidence]
    spans += [span for location in proposal.locations for span in location.evidence]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(text[entity.start : entity.end] == entity.text for entity in proposal.entities)
    assert Proposal.from_json(json.loads(json.dumps(proposal.to_json())), proposal.version) == proposal
    assert len(proposal.summary) <= 60


@pytest.mark.parametrize("name", SAMPLES)
def test_the_sample_calls_are_understood(name: str) -> None:
    turns = json.loads((ROOT / "samples" / name / "sample.json").read_text("utf-8"))["turns"]
    text = "\n".join(turn["text"] for turn in turns)
    proposal = propose(text)
    matter, place = SAMPLES[name]
    check(proposal, text)
    assert proposal.categories[0].name == matter
    assert proposal.categories[0].score >= ABSTAIN
    assert proposal.locations[0].name == place


def test_every_sample_call_has_its_expectation() -> None:
    assert {path.parent.name for path in (ROOT / "samples").glob("*/sample.json")} - {"asks-for-a-human"} <= set(SAMPLES)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "暖",
        "？",
        "😀😀😀",
        "\x00\x1b\u202e",
        "\ud800\udfff",
        "hello, my heating is broken",
        "暖房が壊れました",
        "難以忍受的電梯壞了",
        "0" * 5000,
        "暖气" * 50_000,
        "，" * 100_000,
        "𠀀𠀁暖气不热",
    ],
)
def test_any_text_gives_a_valid_proposal(text: str) -> None:
    check(propose(text), text)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120))
def test_any_unicode_gives_a_valid_proposal(text: str) -> None:
    check(propose(text), text)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["暖气", "不热", "天通苑", "一三八零零一三八零零零", "，", "嗯", "朝阳区", "着火", "12号楼", " "]),
        max_size=30,
    )
)
def test_any_heap_of_telling_words_gives_a_valid_proposal(words: list[str]) -> None:
    text = "".join(words)
    check(propose(text), text)


def test_traditional_characters_are_read() -> None:
    assert propose("電梯壞了停了好幾天").categories[0].name == "电梯故障停运"


def test_homophones_are_read() -> None:
    assert "室内温度不达标" in [candidate.name for candidate in propose("我家的暖七不惹屋里特别冷").categories]


@pytest.mark.parametrize("text", ["你好", "喂听得见吗", "我想吃饺子", "hello how are you", "一二三四五六", "嗯"])
def test_what_is_no_matter_is_not_taken_for_one(text: str) -> None:
    matter, _, _ = spoken_reading(propose(text), taxonomy())
    assert matter is None


def test_the_words_that_led_to_it_are_shown() -> None:
    text = "您好，麻烦问一下，楼下饭馆的油烟特别大"
    (start, end), *_ = propose(text).categories[0].evidence
    assert "油烟" in text[start:end]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("我要投诉楼下的饭馆油烟太大", Kind.COMPLAINT),
        ("我想举报有人倒渣土", Kind.REPORT),
        ("我要表扬公交司机", Kind.PRAISE),
        ("我提个建议，多种点树", Kind.SUGGESTION),
        ("请问社保卡怎么补办", Kind.CONSULTATION),
        ("家里暖气不热", Kind.HELP),
        ("嗯", Kind.OTHER),
    ],
)
def test_kinds_of_request(text: str, kind: Kind) -> None:
    assert propose(text).kind is kind


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("我家着火了", Urgency.EMERGENCY),
        ("楼道里有煤气味", Urgency.EMERGENCY),
        ("没有着火，就是路灯不亮", Urgency.NORMAL),
        ("从昨天起停水了", Urgency.URGENT),
        ("我在火车站附近，路灯不亮", Urgency.NORMAL),
        ("请问煤气费怎么交", Urgency.NORMAL),
    ],
)
def test_urgency(text: str, urgency: Urgency) -> None:
    assert propose(text).urgency is urgency


def test_the_summary_is_the_callers_words_without_private_numbers() -> None:
    summary = propose("您好，我叫王秀英，电话13800138000，身份证110105194912310021，我家KTV楼上太吵了，谢谢").summary
    assert "KTV" in summary
    assert "1380013" not in summary and "194912" not in summary
    assert "您好" not in summary and "谢谢" not in summary


def test_a_missing_place_is_asked_first_and_a_doubtful_one_between_two() -> None:
    assert "哪个区" in propose("路灯不亮").questions[0]
    assert propose("八里庄街道路灯不亮").questions[0] == "请问是朝阳区八里庄街道，还是海淀区八里庄街道？"
    assert not any("哪个区" in question for question in propose("望京西园四区五号楼停电了").questions)


def test_what_was_said_is_not_asked_again() -> None:
    assert not any("车牌" in question for question in propose("有车堵着门，车牌京A12345，帮我挪车").questions)


def test_the_reading_says_matter_and_place() -> None:
    matter, place, words = spoken_reading(propose("天通苑北街道，我家暖气不热，屋里十四度"), taxonomy())
    assert (matter, place) == ("家里暖气不热", "昌平区天通苑北街道")
    assert "暖气不热" in words and len(words) <= 40


def test_nothing_said_reads_as_nothing() -> None:
    assert spoken_reading(propose(""), taxonomy()) == (None, None, "")


def test_a_bad_line_gets_an_error_line_and_the_rest_goes_on() -> None:
    lines = [
        '{"id": 1, "text": "暖气不热"}',
        "{",
        "[]",
        '{"id": 2}',
        '{"id": 3, "text": 5}',
        "",
        '{"id": "x", "text": "\\ud800停水"}',
    ]
    stream = io.BytesIO(b"\xff\xfe\n" + "\n".join(lines).encode())
    answers = [json.loads(answer) for answer in propose_lines(stream, understanding())]
    assert [(answer["id"], "error" in answer) for answer in answers] == [
        (None, True),
        (1, False),
        (None, True),
        (None, True),
        (2, True),
        (3, True),
        ("x", False),
    ]


def test_a_proposal_line_has_the_fields_of_the_contract() -> None:
    (line,) = propose_lines([json.dumps({"id": 7, "text": "望京街道路灯不亮，电话13800138000"}).encode()], understanding())
    answer = json.loads(line)
    assert list(answer) == ["id", "kind", "urgency", "categories", "locations", "entities", "summary", "questions"]
    assert set(answer["categories"][0]) == {"code", "name", "path", "score", "evidence"}
    assert set(answer["locations"][0]) == {
        "district_code",
        "subdistrict_code",
        "community_code",
        "name",
        "address",
        "score",
        "evidence",
    }
    assert set(answer["entities"][0]) == {"type", "value", "text", "start", "end"}
