"""Articles of knowledge: the city's are whole, a broken file is named, and the right one is offered or none."""

import json
from functools import cache
from pathlib import Path

import pytest

from classifier.articles import ArticleIndex
from classifier.knowledge import Article, load_knowledge, problems
from classifier.taxonomy import Taxonomy, load_taxonomy
from config.errors import DataError

CITY = Path(__file__).resolve().parents[2] / "config"
GOOD = {
    "id": "x",
    "title": "甲怎么办",
    "questions": ["甲怎么办", "办甲要什么"],
    "answer": "请带身份证到窗口办理，" * 4,
    "leaves": ["010106"],
    "office": "甲局",
    "where": "甲局窗口",
    "source": "rule",
    "as_of": "2025-01-01",
    "check": ["费用"],
}


class Heating:
    code = "010106"
    path = ("水电气热", "供暖", "供暖时间咨询")
    score = 0.9


@cache
def taxonomy() -> Taxonomy:
    return load_taxonomy(CITY / "taxonomy")


@cache
def knowledge() -> tuple[Article, ...]:
    return load_knowledge(CITY / "knowledge")


@cache
def index() -> ArticleIndex:
    return ArticleIndex(knowledge(), taxonomy())


def test_the_citys_articles_have_no_problem() -> None:
    assert problems(knowledge(), taxonomy()) == []


def test_questions_of_the_bench_name_articles_that_there_are() -> None:
    lines = (CITY.parent / "tests" / "data" / "questions.tsv").read_text("utf-8").splitlines()
    assert {line.split("\t")[1] for line in lines} <= {"-", *(article.id for article in knowledge())}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"answer": "太短"}, "the answer has 2 characters"),
        ({"leaves": ["999999"]}, "leaf 999999 is not in the taxonomy"),
        ({"leaves": []}, "no leaf"),
        ({"questions": ["甲怎么办"]}, "1 questions"),
    ],
)
def test_a_thin_article_is_named(tmp_path: Path, change: dict[str, object], told: str) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"articles": [GOOD | change]}), "utf-8")
    (problem,) = problems(load_knowledge(tmp_path), taxonomy())
    assert told in problem


@pytest.mark.parametrize("change", [{"id": "a b"}, {"title": ""}, {"source": "hearsay"}, {"as_of": "soon"}])
def test_a_file_that_is_no_article_is_refused_with_its_name(tmp_path: Path, change: dict[str, object]) -> None:
    (tmp_path / "broken.json").write_text(json.dumps({"articles": [GOOD | change]}), "utf-8")
    with pytest.raises(DataError, match=r"broken\.json"):
        load_knowledge(tmp_path)


def test_an_article_that_changes_has_another_version(tmp_path: Path) -> None:
    versions = set()
    for fee in ("费用", "金额"):
        (tmp_path / "a.json").write_text(json.dumps({"articles": [GOOD | {"check": [fee]}]}), "utf-8")
        versions.add(load_knowledge(tmp_path)[0].version)
    assert len(versions) == 2


def test_the_article_is_offered_with_the_words_that_led_to_it() -> None:
    text = "请问一下，今年几号开始供暖啊"
    first = index().answers(text, [Heating()], asks=True)[0]
    assert first.article.id == "heating-time"
    assert "供暖" in "".join(text[start:end] for start, end in first.evidence)


@pytest.mark.parametrize("text", ["", "。", "小区门口井盖丢了，晚上差点掉下去", "喂喂听得见吗"])
def test_where_nothing_fits_nothing_is_offered(text: str) -> None:
    assert index().answers(text, [], asks=False) == ()


def test_a_search_finds_by_sound_too() -> None:
    assert index().search("居主证")[0].id == "residence-permit"
    assert index().search("") == ()


def test_a_city_without_articles_offers_none(tmp_path: Path) -> None:
    empty = ArticleIndex(load_knowledge(tmp_path), taxonomy())
    assert empty.answers("怎么办居住证", [Heating()], asks=True) == ()
    assert empty.search("居住证") == ()
