"""A model of the matters: lexical index, trained levels and the blend of both; which leaves a text may be about."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from classifier.blend import VIEWS, Blend
from classifier.corpus import Corpus
from classifier.grams import LARGEST, Ints, grams
from classifier.lexical import LexicalIndex, Scores, Seen, build_lexical
from classifier.linear import LinearLevels, untrained
from classifier.windows import windows

CANDIDATES: Final = 48
"""Leaves that are looked at closely; the right one is among them in all but a few of a thousand texts."""
_KIN: Final = 4.0
"""Power of the mean by which the likeness of a leaf's neighbours is taken together: nearly the greatest."""
LEXICAL: Final = Blend(
    {"words": 14.0, "sentence": 4.5, "name": 5.0, "group words": 9.0, "domain words": 6.0},
    6.0,
)
"""For a model without training."""


@dataclass(frozen=True, slots=True)
class Looked:
    leaves: Ints
    """The candidates."""
    views: Scores
    """In the order of VIEWS x candidates."""
    seen: Seen


@dataclass(frozen=True, slots=True)
class MatterModel:
    """Built or loaded once; safe to share between threads."""

    codes: tuple[str, ...]
    """Of the leaves, by number."""
    domain: Ints
    group: Ints
    lexical: LexicalIndex
    linear: LinearLevels
    blend: Blend

    def look(self, text: str, allowed: Scores | None = None) -> Looked:
        """Views of a cleaned text that is not empty. `allowed`: 0 for a leaf that may be proposed, else -inf."""
        found, spans = grams(text), windows(text)
        spans = [] if spans == [(0, len(text))] else spans
        seen = self.lexical.look(found, spans)
        every = np.zeros((len(VIEWS), len(self.codes)))
        self._wide(every, seen)
        if self.linear.is_trained:
            known = self.linear.look(found, spans)
            self._trained(every, self.linear.levels(known))
        first = _PRELIMINARY @ every + (0.0 if allowed is None else allowed)
        count = min(CANDIDATES, len(first))
        leaves = np.sort(np.argpartition(-first, count - 1)[:count])
        views = every[:, leaves]
        views[1], views[2] = self.lexical.nearest(seen, leaves)
        if self.linear.is_trained:
            views[9] = self.linear.leaves(known, leaves)
        return Looked(leaves, views, seen)

    def _wide(self, every: Scores, seen: Seen) -> None:
        every[0] = self.lexical.whole(seen)
        power = np.maximum(every[0], 0) ** _KIN
        every[3] = (np.bincount(self.group, weights=power) ** (1 / _KIN))[self.group]
        every[4] = (np.bincount(self.domain, weights=power) ** (1 / _KIN))[self.domain]

    def _trained(self, every: Scores, levels: tuple[Scores, Scores]) -> None:
        by_domain, by_group = levels
        every[5], every[6] = by_domain[0][self.domain], by_group[0][self.group]
        every[7], every[8] = by_domain.max(axis=0)[self.domain], by_group.max(axis=0)[self.group]

    def spans(self, seen: Seen, leaf: int) -> tuple[tuple[int, int], ...]:
        """The stretches of the text whose n-grams spoke most for the leaf."""
        chosen, gain = self.lexical.evidence(seen, leaf)
        if not len(chosen):
            return ()
        start, size = seen.start[chosen], seen.size[chosen]
        strength = np.zeros(int((start + size).max()) + 1)
        for offset in range(LARGEST):
            inside = size > offset
            np.add.at(strength, start[inside] + offset, gain[inside])
        return tuple(_runs(strength))


_PRELIMINARY: Final = np.array([14.0, 0, 0, 9.0, 6.0, 0.3, 0.7, 0, 0.3, 0])
"""Weights by which the candidates are chosen, in the order of VIEWS."""


def _runs(strength: Scores) -> list[tuple[int, int]]:
    """At most five stretches of strong characters of at least two, the strongest, in the order of the text."""
    chosen = strength > 0.4 * strength.max()
    edges = np.flatnonzero(np.diff(np.concatenate(([0], chosen.astype(np.int8), [0]))))
    found = [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True) if end - start >= 2]
    found.sort(key=lambda span: -float(strength[span[0] : span[1]].sum()))
    return sorted(found[:5])


def lexical_model(corpus: Corpus) -> MatterModel:
    """Without training: in a second or two from the taxonomy alone."""
    index = build_lexical(corpus)
    return MatterModel(corpus.codes, corpus.domain, corpus.group, index, untrained(len(corpus.codes)), LEXICAL)


def with_blend(model: MatterModel, blend: Blend) -> MatterModel:
    return replace(model, blend=blend)
