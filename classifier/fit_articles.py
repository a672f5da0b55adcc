"""Fits the weights by which an article is offered: `python -m classifier.fit_articles` prints them (about a minute).

Right: each question of each article, found without itself. Wrong: the other articles for it, and every article for sentences of
the taxonomy whose matter no article answers. tests/data/questions.tsv is never read here.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from classifier.articles import WEIGHTS, ArticleIndex
from classifier.clean import plain_text
from classifier.gazetteer import load_gazetteer
from classifier.knowledge import Knowledge, load_knowledge
from classifier.lexical import Scores
from classifier.pipeline import Understanding
from classifier.proposal import Kind
from classifier.taxonomy import Taxonomy, load_taxonomy
from classifier.versions import base_of

_CITY: Final = Path(__file__).resolve().parent.parent / "config"
_EVERY: Final = 2
"""Which of the unanswered leaves lends a sentence."""
_HARDEST: Final = 5
"""Articles that are taken as wrong for a text: those that look best."""


def main() -> None:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - only the fitting needs it

    taxonomy = load_taxonomy(_CITY / "taxonomy")
    understanding = Understanding(taxonomy, load_gazetteer(_CITY / "gazetteer"), trained=base_of(taxonomy))
    knowledge = load_knowledge(_CITY / "knowledge")
    answered = {code for article in knowledge for code in article.leaves}
    others = [leaf.examples[0] for leaf in taxonomy.leaves if leaf.code not in answered][::_EVERY]
    rows, labels, best_of_none = [], [], []
    whole = ArticleIndex(knowledge, taxonomy)
    for index, text, right in [*_held_out(knowledge, taxonomy), *((whole, text, None) for text in others)]:
        values = _table(index, text, understanding)
        wrong = [number for number in np.argsort(-values[:, :3].sum(axis=1)) if number != right][:_HARDEST]
        if right is None:
            best_of_none.append(values[wrong])
        rows += [values[number] for number in ([right] if right is not None else []) + wrong]
        labels += [1] * (right is not None) + [0] * len(wrong)
    fitted = LogisticRegression(C=10, fit_intercept=False).fit(np.array(rows), labels)
    weights = fitted.coef_[0]
    print({name: round(float(weight), 2) for name, weight in zip(WEIGHTS, weights, strict=True)})
    levels = sorted(float((1 / (1 + np.exp(-values @ weights))).max()) for values in best_of_none)
    print("offered where no article answers, at most 5 %: from", round(levels[int(len(levels) * 0.95)], 2))


def _held_out(knowledge: Knowledge, taxonomy: Taxonomy) -> Iterator[tuple[ArticleIndex, str, int]]:
    """The n-th question of all articles is held out at a time."""
    for place in range(max(len(article.questions) for article in knowledge)):
        kept = [replace(a, questions=a.questions[:place] + a.questions[place + 1 :]) for a in knowledge]
        index = ArticleIndex(tuple(kept), taxonomy)
        for number, article in enumerate(knowledge):
            if place < len(article.questions):
                yield index, article.questions[place], number


def _table(index: ArticleIndex, text: str, understanding: Understanding) -> Scores:
    """Article x feature."""
    proposal = understanding.propose(text)
    features = index.features(plain_text(text), proposal.categories, asks=proposal.kind is Kind.CONSULTATION)
    return np.stack([features[name] for name in WEIGHTS], axis=1)


if __name__ == "__main__":
    main()
