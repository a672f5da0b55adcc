"""Which leaf of the taxonomy a text is about: retrieval over its names, aliases, definitions and example sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.clean import BREAKS, plain_text
from classifier.grams import LARGEST, Grams, Ints, grams
from classifier.index import OUTSIDE, Floats, Postings, postings, stack, vocabulary
from classifier.proposal import Kind
from classifier.taxonomy import Leaf, Taxonomy
from classifier.windows import windows

Scores = NDArray[np.float64]

LEAST: Final = 0.001
"""Probability below which a leaf is not proposed."""
AGREED: Final = 1.0
"""Added to the logit of a leaf of the kind that the caller named."""
PRAISED: Final = 8.0
UNPRAISED: Final = -3.0
"""Added to the logit of a leaf of praise when the caller praises, and when not: 谢谢 is said at the end of most calls."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How the views of a text are combined into a logit, and what stands against all leaves together.

    Fitted on held-out example sentences (docs/understanding.md says how).
    """

    whole: float = 12.6
    """Likeness of the whole text to the leaf's whole vocabulary: the matter is what most of the call is about."""
    sentence: float = 4.4
    """Likeness of the best window to the leaf's most similar sentence."""
    name: float = 5.3
    """How much of a name or alias of the leaf the text holds."""
    group: float = 13.4
    domain: float = 13.6
    none: float = 7.2
    """Logit of "none of them"."""


@dataclass(frozen=True, slots=True)
class Match:
    leaf: Leaf
    probability: float
    spans: tuple[tuple[int, int], ...]
    """What spoke for it, in characters of the cleaned text."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """The n-grams of a text."""

    found: Grams
    row: Ints
    """Row of the vocabulary, -1 for an unknown one."""
    weight: Floats


@dataclass(frozen=True, slots=True)
class _Query:
    """The known n-grams of some windows of a text, each once a window."""

    window: Ints
    row: Ints
    """Row of the vocabulary."""
    start: Ints
    length: Ints
    weight: Floats
    norm: Scores
    """Length of each window's vector, unknown n-grams included."""


class MatterIndex:
    """Built once; `rank` is safe to share between threads."""

    def __init__(self, taxonomy: Taxonomy, weights: Weights | None = None) -> None:
        self._leaves = taxonomy.leaves
        self._weights = weights or Weights()
        self._kind = np.array([str(leaf.kind) for leaf in taxonomy.leaves])
        self._group, self._domain = _levels(taxonomy.leaves)
        self._index(_documents(taxonomy.leaves))

    def _index(self, documents: "_Documents") -> None:
        found, text_of = _grams_of(documents.texts)
        leaf_of = documents.leaf[text_of]
        share, ones = documents.share[text_of], np.ones(len(text_of), dtype=np.float32)
        words = self._words = vocabulary(found, leaf_of)
        named = documents.is_name[text_of]
        name_of = (np.cumsum(documents.is_name) - 1)[text_of]
        by_name = postings(words, found.where(named), name_of[named], ones[named], int(documents.is_name.sum()), floor=0.5)
        self._by_leaf = postings(words, found, leaf_of, share, len(self._leaves), floor=0.8)
        self._by_window = stack(
            [
                postings(words, found, text_of, ones, len(documents.texts), floor=0.7),
                by_name,
                postings(words, found, self._group[leaf_of], share, int(self._group.max()) + 1),
                postings(words, found, self._domain[leaf_of], share, int(self._domain.max()) + 1),
            ]
        )
        self._name_length = by_name.mean_length
        self._sentences = np.flatnonzero(np.diff(documents.leaf, prepend=-1))
        self._names = np.flatnonzero(np.diff(documents.leaf[documents.is_name], prepend=-1))

    def rank(self, text: str, said: Kind | None = None, limit: int = 5) -> list[Match]:
        """The likeliest leaves for a cleaned text, best first; nothing where no n-gram is known.

        Probabilities add up to less than one: the rest is that it is none of them. `said` is the wish that the caller
        named: it speaks for the leaves of its kind, and praise for those of praise, whatever is praised.
        """
        seen = self._look(text)
        if not (seen.row >= 0).any():
            return []
        whole = self._ask(seen, [(0, len(text))])
        views = self._views(self._ask(seen, windows(text)), whole)
        probability = self._probabilities(views, self._bonus(said))
        best = [int(leaf) for leaf in np.argsort(-probability)[:limit] if probability[leaf] >= LEAST]
        spans = self._evidence(whole, best)
        return [Match(self._leaves[leaf], float(probability[leaf]), spans[leaf]) for leaf in best]

    def _bonus(self, said: Kind | None) -> Scores:
        agreeing = AGREED * (self._kind == (said or ""))
        return np.asarray(agreeing + np.where(self._kind == Kind.PRAISE, PRAISED if said is Kind.PRAISE else UNPRAISED, 0.0))

    def _probabilities(self, views: Scores, bonus: Scores) -> Scores:
        weights = self._weights
        parts = (weights.whole, weights.sentence, weights.name, weights.group, weights.domain)
        logit = np.asarray(parts) @ views + bonus
        top = max(float(logit.max()), weights.none)
        odds = np.exp(logit - top)
        return np.asarray(odds / (odds.sum() + np.exp(weights.none - top)))

    def views(self, text: str) -> Scores:
        """What the weights weigh, for a text that is not empty: 5 x leaves."""
        seen = self._look(text)
        return self._views(self._ask(seen, windows(text)), self._ask(seen, [(0, len(text))]))

    def _views(self, clauses: "_Query", whole: "_Query") -> Scores:
        alike = self._likeness(clauses, self._by_window)
        sentence, name, group, domain = np.split(alike, self._by_window.bounds, axis=1)
        held = name * clauses.norm[:, None] / self._name_length
        return np.stack(
            [
                self._likeness(whole, self._by_leaf)[0],
                np.maximum.reduceat(sentence.max(axis=0), self._sentences),
                np.maximum.reduceat(held.max(axis=0), self._names),
                group.max(axis=0)[self._group],
                domain.max(axis=0)[self._domain],
            ]
        )

    def _look(self, text: str) -> _Seen:
        found = grams(text)
        row = self._words.find(found.keys)
        tag = (found.keys >> np.uint64(60)).astype(np.int64)
        weight = np.where(row >= 0, self._words.weight[np.maximum(row, 0)], OUTSIDE[tag]).astype(np.float32)
        return _Seen(found, row, weight)

    @staticmethod
    def _ask(seen: _Seen, spans: list[tuple[int, int]]) -> _Query:
        found, row, weight = seen.found, seen.row, seen.weight
        parts = [np.flatnonzero((found.start >= start) & (found.start + found.length <= end)) for start, end in spans]
        parts = [part[_first_of_each(found.keys[part])] for part in parts]
        norm = np.array([np.sqrt(np.sum(weight[part] ** 2)) for part in parts]) + 1e-9
        place = np.concatenate(parts)
        window = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        known = row[place] >= 0
        place, window = place[known], window[known]
        return _Query(window, row[place], found.start[place], found.length[place], weight[place], norm)

    @staticmethod
    def _likeness(query: _Query, documents: Postings) -> Scores:
        """Cosine of each window with each document: windows x width."""
        owner, column, weight = documents.gather(query.row)
        count = len(query.norm)
        cell = query.window[owner] * documents.width + column
        total = np.bincount(cell, weights=weight * query.weight[owner], minlength=count * documents.width)
        return np.asarray(total.reshape(count, documents.width) / query.norm[:, None])

    def _evidence(self, query: _Query, leaves: list[int]) -> dict[int, tuple[tuple[int, int], ...]]:
        """For each leaf the stretches of the text whose n-grams spoke most for it."""
        owner, column, weight = self._by_leaf.gather(query.row)
        gain = weight * query.weight[owner] / query.length[owner]
        return {leaf: _stretches(query, owner[column == leaf], gain[column == leaf]) for leaf in leaves}


def _stretches(query: _Query, owner: Ints, gain: Floats) -> tuple[tuple[int, int], ...]:
    """`owner` is the index of an n-gram of the query, `gain` what it brings for each of its characters."""
    strength = np.zeros(int((query.start + query.length).max()) + 1)
    for offset in range(LARGEST):
        inside = query.length[owner] > offset
        np.add.at(strength, query.start[owner[inside]] + offset, gain[inside])
    return tuple(_runs(strength > 0.4 * strength.max(), strength))


def _first_of_each(keys: NDArray[np.uint64]) -> Ints:
    return np.unique(keys, return_index=True)[1]


def _runs(chosen: NDArray[np.bool_], strength: Scores) -> list[tuple[int, int]]:
    """At most five stretches of chosen characters of at least two, the strongest, in the order of the text."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], chosen.astype(np.int8), [0]))))
    found = [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True) if end - start >= 2]
    found.sort(key=lambda span: -float(strength[span[0] : span[1]].sum()))
    return sorted(found[:5])


@dataclass(frozen=True, slots=True)
class _Documents:
    texts: list[str]
    """Cleaned."""
    leaf: Ints
    """Number of the leaf of each text; ascending."""
    share: Floats
    """In the leaf's vocabulary."""
    is_name: NDArray[np.bool_]


def _documents(leaves: Sequence[Leaf]) -> _Documents:
    rows = [(number, kind, text) for number, leaf in enumerate(leaves) for kind, text in _texts(leaf)]
    return _Documents(
        [plain_text(text) for _, _, text in rows],
        np.array([number for number, _, _ in rows], dtype=np.int64),
        np.array([_SHARE[kind] for _, kind, _ in rows], dtype=np.float32),
        np.array([kind in _NAMES for _, kind, _ in rows], dtype=np.bool_),
    )


_SHARE: Final = {"name": 1.0, "spoken": 1.5, "definition": 0.4, "alias": 1.2, "example": 1.0}
_NAMES: Final = ("name", "spoken", "alias")


def _texts(leaf: Leaf) -> Iterator[tuple[str, str]]:
    yield "name", leaf.name
    yield "spoken", leaf.spoken
    yield "definition", leaf.definition
    yield from (("alias", alias) for alias in leaf.aliases)
    yield from (("example", example) for example in leaf.examples)


def _grams_of(texts: Sequence[str]) -> tuple[Grams, Ints]:
    """The n-grams of all texts, and the text of each."""
    joined = BREAKS[0].join(texts)
    ends = np.cumsum([len(text) + 1 for text in texts])
    found = grams(joined)
    return found, np.searchsorted(ends, found.start, side="right")


def _levels(leaves: Sequence[Leaf]) -> tuple[Ints, Ints]:
    """Numbers of each leaf's level-2 group and level-1 domain."""
    groups = {path: number for number, path in enumerate(dict.fromkeys(leaf.path[:2] for leaf in leaves))}
    domains = {name: number for number, name in enumerate(dict.fromkeys(leaf.path[0] for leaf in leaves))}
    group = np.array([groups[leaf.path[:2]] for leaf in leaves], dtype=np.int64)
    domain = np.array([domains[leaf.path[0]] for leaf in leaves], dtype=np.int64)
    return group, domain
