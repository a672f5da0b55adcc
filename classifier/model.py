"""A model of the matters: lexical index, trained levels and the blend of both; which leaves a text may be about."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from classifier.blend import VIEWS, Blend
from classifier.corpus import Corpus
from classifier.grams import LARGEST, Ints, grams
from classifier.lexical import Cells, LexicalIndex, Scores, Seen, build_lexical
from classifier.linear import LinearLevels, untrained
from classifier.windows import windows

CANDIDATES: Final = 48
"""Leaves that are looked at closely; the right one is among them in all but a few of a thousand texts."""
LEXICAL: Final = Blend({"words": 20.9, "name": 3.4}, 2.5)
"""For a model without training."""


@dataclass(frozen=True, slots=True)
class Looked:
    leaves: Ints
    """The candidates."""
    views: Scores
    """In the order of VIEWS x candidates."""
    seen: Seen
    cells: Cells


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
        seen = self.lexical.look(found, spans)
        every = np.zeros((len(VIEWS), len(self.codes)))
        cells = self.lexical.cells(seen)
        every[0] = self.lexical.words_of(seen, cells)
        if self.linear.is_trained:
            known = self.linear.look(found, len(text))
            by_domain, by_group = self.linear.levels(known)
            every[2], every[3] = by_domain[self.domain], by_group[self.group]
        first = _PRELIMINARY @ every + (0.0 if allowed is None else allowed)
        count = min(CANDIDATES, len(first))
        leaves = np.sort(np.argpartition(-first, count - 1)[:count])
        views = every[:, leaves]
        views[1] = self.lexical.named(seen, leaves)
        if self.linear.is_trained:
            views[4] = self.linear.leaves(known, leaves)
        return Looked(leaves, views, seen, cells)

    def spans(self, looked: Looked, leaves: Sequence[int]) -> list[tuple[tuple[int, int], ...]]:
        """For each of the leaves the stretches of the text whose n-grams spoke most for it."""
        return [_stretches(looked.seen, *found) for found in self.lexical.evidence(looked.seen, looked.cells, leaves)]


def _stretches(seen: Seen, chosen: Ints, gain: Scores) -> tuple[tuple[int, int], ...]:
    if not len(chosen):
        return ()
    start, size = seen.start[chosen], seen.size[chosen]
    strength = np.zeros(int((start + size).max()) + 1)
    for offset in range(LARGEST):
        inside = size > offset
        np.add.at(strength, start[inside] + offset, gain[inside])
    return tuple(_runs(strength))


_PRELIMINARY: Final = np.array([15.0, 0, 0.15, 0.25, 0])
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
