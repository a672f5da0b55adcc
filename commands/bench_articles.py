"""Part of `flask bench propose`: which article of knowledge is offered for a question of a resident."""

from collections.abc import Iterator
from pathlib import Path
from time import thread_time
from typing import Final

from classifier.articles import ArticleIndex, Found
from classifier.knowledge import load_knowledge
from classifier.pipeline import Understanding
from classifier.proposal import Kind
from classifier.taxonomy import Taxonomy
from commands.bench import Row
from intake.office import CITY_DATA

QUESTIONS: Final = CITY_DATA.parent / "tests" / "data" / "questions.tsv"
"""As residents ask, many misheard or roundabout; text and the right article's id, "-" for none. Written before the first
measurement, by the author of the articles; nothing is fitted on them."""


def read_questions(path: Path) -> list[tuple[str, str | None]]:
    lines = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    return [(text, None if right == "-" else right) for text, right in lines]


def article_rows(understanding: Understanding, taxonomy: Taxonomy) -> Iterator[Row]:
    knowledge = load_knowledge(CITY_DATA / "knowledge")
    index = ArticleIndex(knowledge, taxonomy)
    asked = read_questions(QUESTIONS)
    proposals = [understanding.propose(text) for text, _ in asked]
    started = thread_time()
    found = [
        index.answers(text, proposal.categories, asks=proposal.kind is Kind.CONSULTATION)
        for (text, _), proposal in zip(asked, proposals, strict=True)
    ]
    cost_ms = (thread_time() - started) * 1000 / len(asked)
    told = [(ids(articles), right) for articles, (_, right) in zip(found, asked, strict=True) if right]
    which = f"articles, {len(told)} questions of {len(asked)}, {len(knowledge)} articles"
    yield Row(f"{which}: right one first", _percent(sum(names[:1] == [right] for names, right in told), len(told)))
    yield Row(f"{which}: among three", _percent(sum(right in names for names, right in told), len(told)))
    silent = [bool(articles) for articles, (_, right) in zip(found, asked, strict=True) if right is None]
    yield Row(f"articles: one offered where none fits, {len(silent)} sentences", _percent(sum(silent), len(silent)))
    yield Row("articles: found, mean", f"{cost_ms:.1f} ms")


def ids(found: tuple[Found, ...]) -> list[str]:
    return [each.article.id for each in found]


def _percent(right: int, of: int) -> str:
    return f"{100 * right / max(of, 1):.1f} %"
