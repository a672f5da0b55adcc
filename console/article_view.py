"""Articles of knowledge as the case page offers them: to be read aloud, and to settle the case with."""

from dataclasses import dataclass

from classifier.articles import Found
from classifier.knowledge import Article
from console.transcript import Span
from models.case import CaseState

ANSWERABLE = frozenset({CaseState.OPEN, CaseState.PROPOSED})
"""States in which the resident is on the phone or has just hung up; a call back has its own way to be answered."""
ANSWER_KEY = "A"


@dataclass(frozen=True, slots=True)
class ArticleTile:
    """`reference` is what settling with it sends; `evidence` names its words in the transcript; no `percent` after a search."""

    article: Article
    reference: str
    key: str | None = None
    percent: int | None = None
    evidence: str = ""
    spans: tuple[Span, ...] = ()


def article_tiles(found: tuple[Found, ...]) -> tuple[ArticleTile, ...]:
    return tuple(
        ArticleTile(
            article=each.article,
            reference=reference(each.article),
            key=ANSWER_KEY if place == 1 else None,
            percent=round(100 * each.score),
            evidence=f"k{place}",
            spans=each.evidence,
        )
        for place, each in enumerate(found, 1)
    )


def reference(article: Article) -> str:
    return f"{article.id}@{article.version}"
