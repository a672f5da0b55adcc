"""Which article of knowledge answers a call: by its words and their sounds, the proposed matters, and the kind of request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from classifier.clean import Clean, clean, plain_text
from classifier.corpus import Corpus, Role
from classifier.grams import Ints, grams
from classifier.knowledge import Article, Knowledge
from classifier.lexical import Scores, Seen, build_lexical
from classifier.proposal import Span
from classifier.taxonomy import Taxonomy

OFFERED_FROM: Final = 0.05
"""Probability from which an article is offered by itself: a wrong one costs a glance, a missing one a search. Fewer than 5 % of
the taxonomy's sentences that no article answers reach it (`python -m classifier.fit_articles`). A search shows the best
however unsure."""
MOST: Final = 3
_SHOWN: Final = 4
"""Pieces of evidence."""
WEIGHTS: Final[Mapping[str, float]] = {
    "words": 14.18,
    "matter": 8.04,
    "group": 0.59,
    "asked": 0.35,
    "bias": -6.27,
}
"""Of a logistic regression on the articles' own questions, each found without itself, and on the taxonomy's sentences of
matters that no article answers: `python -m classifier.fit_articles` prints them."""


@dataclass(frozen=True, slots=True)
class Found:
    article: Article
    score: float
    """Probability that the article answers what was said, in [0, 1]."""
    evidence: tuple[Span, ...]
    """Offsets into the given text, in order."""


class Likely(Protocol):
    """A matter that was proposed."""

    @property
    def code(self) -> str: ...
    @property
    def path(self) -> tuple[str, ...]: ...
    @property
    def score(self) -> float: ...


class ArticleIndex:
    """Built once for a process, in a fraction of a second for some thousand articles. Safe to share between threads."""

    def __init__(self, knowledge: Knowledge, taxonomy: Taxonomy) -> None:
        self._articles = knowledge
        self._by_id = {article.id: article for article in knowledge}
        leaves = [[taxonomy.leaf(code) for code in article.leaves] for article in knowledge]
        self._groups = [{leaf.path[:-1] for leaf in found if leaf} for found in leaves]
        self._lexical = build_lexical(_corpus(knowledge))

    def answers(self, text: str, matters: Sequence[Likely], *, asks: bool, limit: int = MOST) -> tuple[Found, ...]:
        """The articles that likely answer a call, the likeliest first; none where none does. `asks`: it is a consultation."""
        cleaned = clean(text)
        seen = self._look(cleaned.text)
        chances = _probability(self.features(cleaned.text, matters, asks=asks))
        best = [int(number) for number in np.argsort(-chances)[:limit] if chances[number] >= OFFERED_FROM]
        pieces = self._lexical.evidence(seen, self._lexical.cells(seen), best)
        return tuple(
            Found(self._articles[number], round(float(chances[number]), 4), _spans(cleaned, seen, *piece))
            for number, piece in zip(best, pieces, strict=True)
        )

    def article(self, identity: str) -> Article | None:
        return self._by_id.get(identity)

    def search(self, words: str, limit: int = 8) -> tuple[Article, ...]:
        """For a search box: the articles that hold these words or their sounds, best first."""
        seen = self._look(plain_text(words))
        likeness = self._lexical.words_of(seen, self._lexical.cells(seen)) + self._titles(seen)
        return tuple(self._articles[int(number)] for number in np.argsort(-likeness)[:limit] if likeness[number] > 0)

    def features(self, plain: str, matters: Sequence[Likely], *, asks: bool) -> dict[str, Scores]:
        """What speaks for each article, by the names in WEIGHTS; `plain` is cleaned text."""
        seen = self._look(plain)
        scores = {each.code: each.score for each in matters}
        groups: dict[tuple[str, ...], float] = {}
        for each in matters:
            groups[each.path[:-1]] = groups.get(each.path[:-1], 0.0) + each.score
        matter = [sum(scores.get(code, 0.0) for code in article.leaves) for article in self._articles]
        count = len(self._articles)
        return {
            "words": self._lexical.words_of(seen, self._lexical.cells(seen)),
            "matter": np.array(matter),
            "group": np.array([sum(score for path, score in groups.items() if path in its) for its in self._groups]),
            "asked": np.full(count, float(asks)),
            "bias": np.ones(count),
        }

    def _look(self, plain: str) -> Seen:
        return self._lexical.look(grams(plain), [(0, len(plain))])

    def _titles(self, seen: Seen) -> Scores:
        return self._lexical.named(seen, np.arange(len(self._articles)))


def _probability(features: Mapping[str, Scores]) -> Scores:
    total = sum(WEIGHTS[name] * values for name, values in features.items())
    return np.asarray(1 / (1 + np.exp(-total)))


def _corpus(articles: Sequence[Article]) -> Corpus:
    """Each article is a leaf of its own: its title and questions are names, its answer a definition."""
    texts, owner, role = [], [], []
    for number, article in enumerate(articles):
        told = [(article.title, Role.NAME), (article.answer, Role.DEFINITION)]
        for text, kind in (*told, *((question, Role.ALIAS) for question in article.questions)):
            texts.append(plain_text(text))
            owner.append(number)
            role.append(int(kind))
    none = np.zeros(len(articles), dtype=np.int64)
    codes = tuple(article.id for article in articles)
    return Corpus(codes, none, none, tuple(texts), np.array(owner, dtype=np.int64), np.array(role, dtype=np.int64))


def _spans(cleaned: Clean, seen: Seen, pieces: Ints, gain: Scores) -> tuple[Span, ...]:
    """The n-grams that spoke loudest for the article, those that touch joined to one span."""
    loudest = pieces[np.argsort(-gain)[:_SHOWN]]
    found: list[tuple[int, int]] = []
    for start, end in sorted((int(seen.start[piece]), int(seen.start[piece] + seen.size[piece])) for piece in loudest):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return tuple(cleaned.span(start, end) for start, end in found)
