"""Which leaf of the taxonomy a text is about: a model of the matters, bound to the city's leaves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from classifier.corpus import corpus_of
from classifier.lexical import Scores
from classifier.model import MatterModel, lexical_model
from classifier.proposal import Kind
from classifier.taxonomy import Leaf, Taxonomy
from config.clock import CITY_ZONE, SystemClock

LEAST: Final = 0.001
"""Probability below which a leaf is not proposed."""
AGREED: Final = 1.0
"""Added to the logit of a leaf of the kind that the caller named."""
PRAISED: Final = 8.0
UNPRAISED: Final = -3.0
"""Added to the logit of a leaf of praise when the caller praises, and when not: 谢谢 is said at the end of most calls."""


def city_day() -> date:
    return SystemClock().now().astimezone(CITY_ZONE).date()


@dataclass(frozen=True, slots=True)
class Match:
    leaf: Leaf
    probability: float
    spans: tuple[tuple[int, int], ...]
    """What spoke for it, in characters of the cleaned text."""


class MatterIndex:
    """Safe to share between threads. Without a model one is made of the taxonomy alone, untrained."""

    def __init__(self, taxonomy: Taxonomy, model: MatterModel | None = None, today: Callable[[], date] = city_day) -> None:
        self._model = model or lexical_model(corpus_of(taxonomy))
        # A model may be older than the taxonomy: what moved is found by its old code, what is gone is not proposed.
        leaves = [taxonomy.leaf(code) for code in self._model.codes]
        self._leaves = leaves
        self._gone = np.array([0.0 if leaf is not None else -np.inf for leaf in leaves])
        self._dated = [(at, leaf) for at, leaf in enumerate(leaves) if leaf and (leaf.valid_from or leaf.valid_to)]
        self._today = today
        self._kind = np.array([str(leaf.kind) if leaf else "" for leaf in leaves])

    def rank(self, text: str, said: Kind | None = None, limit: int = 5) -> list[Match]:
        """The likeliest leaves for a cleaned text, best first; nothing where no n-gram is known.

        Probabilities add up to less than one: the rest is that it is none of them. `said` is the wish that the caller
        named: it speaks for the leaves of its kind, and praise for those of praise, whatever is praised.
        """
        if not text:
            return []
        allowed = self._allowed()
        looked = self._model.look(text, allowed)
        if not len(looked.seen.row):
            return []
        logit = self._model.blend.logits(looked.views) + (self._bonus(said) + allowed)[looked.leaves]
        probability = self._model.blend.probabilities(logit)
        best = [int(place) for place in np.argsort(-probability)[:limit] if probability[place] >= LEAST]
        numbers = [int(looked.leaves[place]) for place in best]
        spans = self._model.spans(looked, numbers)
        return [
            Match(leaf, float(probability[place]), stretches)
            for place, number, stretches in zip(best, numbers, spans, strict=True)
            if (leaf := self._leaves[number]) is not None
        ]

    def _allowed(self) -> Scores:
        """0 for each leaf that may be proposed today, else -inf."""
        if not self._dated:
            return self._gone
        allowed, day = self._gone.copy(), self._today()
        allowed[[at for at, leaf in self._dated if not leaf.is_valid(day)]] = -np.inf
        return allowed

    def _bonus(self, said: Kind | None) -> Scores:
        agreeing = AGREED * (self._kind == (said or ""))
        return np.asarray(agreeing + np.where(self._kind == Kind.PRAISE, PRAISED if said is Kind.PRAISE else UNPRAISED, 0.0))
