"""Which leaf of the taxonomy a text is about: retrieval over its names, aliases, definitions and example sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.clean import BREAKS, plain_text
from classifier.grams import BLANK, Grams, Ints, grams
from classifier.index import OUTSIDE, Postings, postings, vocabulary
from classifier.proposal import Kind
from classifier.taxonomy import Leaf, Taxonomy

Scores = NDArray[np.float64]

LONGEST: Final = 36
"""Characters of one window; a longer clause (speech without punctuation) is cut into windows that overlap by half."""
SHORTEST: Final = 5
"""A shorter clause is joined to the next one."""


PRAISED: Final = 8.0
UNPRAISED: Final = -3.0
"""Added to the logit of a leaf of praise when the caller praises, and when not: 谢谢 is said at the end of most calls."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How the views of a text are combined into a logit, and what stands against all leaves together.

    Fitted on held-out example sentences (docs/understanding.md says how).
    """

    leaf: float = 1.4
    """Likeness of the best window to the leaf's whole vocabulary."""
    whole: float = 10.0
    """Likeness of the whole text to it: the matter is what most of the call is about."""
    sentence: float = 3.6
    """Likeness of the best window to the leaf's most similar sentence."""
    name: float = 5.9
    """How much of a name or alias of the leaf the text holds."""
    group: float = 14.8
    domain: float = 15.6
    none: float = 8.2
    """Logit of "none of them"."""


@dataclass(frozen=True, slots=True)
class Match:
    leaf: Leaf
    probability: float
    spans: tuple[tuple[int, int], ...]
    """What spoke for it, in characters of the cleaned text."""


@dataclass(frozen=True, slots=True)
class _Query:
    window: Ints
    row: Ints
    """Row of the vocabulary of each n-gram, each once a window."""
    start: Ints
    length: Ints
    weight: NDArray[np.float32]
    norm: Scores
    """Length of each window's vector, unknown n-grams included."""
    count: int


class MatterIndex:
    """Built once; `rank` is safe to share between threads."""

    def __init__(self, taxonomy: Taxonomy, weights: Weights | None = None) -> None:
        self._leaves = taxonomy.leaves
        self._weights = weights or Weights()
        texts, owner, share, kind = _documents(taxonomy.leaves)
        all_grams, text_of = _grams_of(texts)
        leaf_of = owner[text_of]
        group, domain = _levels(taxonomy.leaves)
        self._group, self._domain = group, domain
        self._praise = np.array([float(leaf.kind is Kind.PRAISE) for leaf in taxonomy.leaves])
        self._words = vocabulary(all_grams, leaf_of)
        ones = np.ones(len(text_of), dtype=np.float32)
        self._by_leaf = postings(self._words, all_grams, leaf_of, share[text_of], len(taxonomy.leaves), floor=0.8)
        self._by_sentence = postings(self._words, all_grams, text_of, ones, len(texts), floor=0.7)
        self._by_group = postings(self._words, all_grams, group[leaf_of], share[text_of], int(group.max()) + 1)
        self._by_domain = postings(self._words, all_grams, domain[leaf_of], share[text_of], int(domain.max()) + 1)
        named = np.isin(kind, _NAMES)
        chosen = named[text_of]
        number = np.cumsum(named) - 1
        self._by_name = postings(
            self._words, all_grams.where(chosen), number[text_of[chosen]], ones[chosen], int(named.sum()), floor=0.5
        )
        self._name_length = self._by_name.mean_length
        self._sentences = np.flatnonzero(np.diff(owner, prepend=-1))
        self._names = np.flatnonzero(np.diff(owner[named], prepend=-1))

    def rank(self, text: str, limit: int = 5, praises: bool = False) -> list[Match]:
        """The likeliest leaves for a cleaned text, best first; nothing where no n-gram is known.

        Probabilities add up to less than one: the rest is that it is none of them. `praises`: the caller says so, which speaks for
        the leaves of praise, whatever is praised.
        """
        query = self._ask(text)
        if query is None:
            return []
        probability = self.probabilities(query, self._praise * (PRAISED if praises else UNPRAISED))
        best = np.argsort(-probability)[:limit]
        return [
            Match(self._leaves[leaf], float(probability[leaf]), self._evidence(query, int(leaf)))
            for leaf in best
            if probability[leaf] >= 0.001
        ]

    def probabilities(self, query: "_Query", bonus: Scores | None = None) -> Scores:
        weights = self._weights
        parts = (weights.leaf, weights.whole, weights.sentence, weights.name, weights.group, weights.domain)
        logit = np.asarray(parts) @ self.views(query) + (0.0 if bonus is None else bonus)
        top = max(float(logit.max()), weights.none)
        odds = np.exp(logit - top)
        return np.asarray(odds / (odds.sum() + np.exp(weights.none - top)))

    def views(self, query: "_Query") -> Scores:
        """What the weights weigh: 6 x leaves."""
        by_leaf = self._likeness(query, self._by_leaf)
        by_sentence = np.maximum.reduceat(self._likeness(query, self._by_sentence).max(axis=0), self._sentences)
        held = self._likeness(query, self._by_name) * query.norm[:, None] / self._name_length
        return np.stack(
            [
                by_leaf.max(axis=0),
                by_leaf[-1],
                by_sentence,
                np.maximum.reduceat(held.max(axis=0), self._names),
                self._likeness(query, self._by_group).max(axis=0)[self._group],
                self._likeness(query, self._by_domain).max(axis=0)[self._domain],
            ]
        )

    def _ask(self, text: str) -> "_Query | None":
        spans = windows(text)
        if not spans:
            return None
        found = grams(text)
        row = self._words.find(found.keys)
        tag = (found.keys >> np.uint64(60)).astype(np.int64)
        weight = (
            np.where(row >= 0, self._words.weight[np.maximum(row, 0)], OUTSIDE[tag]) if len(self._words.keys) else OUTSIDE[tag]
        )
        parts = [np.flatnonzero((found.start >= start) & (found.start + found.length <= end)) for start, end in spans]
        parts = [part[_first_of_each(found.keys[part])] for part in parts]
        norm = np.array([np.sqrt(np.sum(weight[part] ** 2)) for part in parts]) + 1e-9
        place = np.concatenate(parts)
        window = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        known = row[place] >= 0
        if not known.any():
            return None
        place, window = place[known], window[known]
        return _Query(window, row[place], found.start[place], found.length[place], weight[place], norm, len(parts))

    def _likeness(self, query: _Query, documents: Postings) -> Scores:
        """Cosine of each window with each document: windows x width."""
        owner, column, weight = documents.gather(query.row)
        cell = query.window[owner] * documents.width + column
        total = np.bincount(cell, weights=weight * query.weight[owner], minlength=query.count * documents.width)
        return np.asarray(total.reshape(query.count, documents.width) / query.norm[:, None])

    def _evidence(self, query: _Query, leaf: int) -> tuple[tuple[int, int], ...]:
        """The stretches of the text whose n-grams spoke most for the leaf."""
        owner, column, weight = self._by_leaf.gather(query.row)
        mine = column == leaf
        owner, gain = owner[mine], weight[mine] * query.weight[owner[mine]]
        if not len(owner):
            return ()
        reach = int((query.start + query.length).max()) + 1
        strength = np.zeros(reach)
        for offset in range(3):
            inside = query.length[owner] > offset
            place = query.start[owner[inside]] + offset
            np.add.at(strength, place, gain[inside] / query.length[owner[inside]])
        return tuple(_runs(strength > 0.4 * strength.max(), strength))


def windows(text: str) -> list[tuple[int, int]]:
    """Clauses of the text, and last the whole text where it has several."""
    spans: list[tuple[int, int]] = []
    start = None
    for index, character in enumerate(text + BREAKS[0]):
        if character not in BREAKS and character != BLANK:
            start = index if start is None else start
        elif start is not None and (character != BLANK) and index - start >= SHORTEST:
            spans.extend(_cut(start, index))
            start = None
    if start is not None:
        spans.append((start, len(text)))
    return [*spans, (0, len(text))] if len(spans) > 1 else spans


def _cut(start: int, end: int) -> Iterator[tuple[int, int]]:
    if end - start <= LONGEST:
        yield start, end
        return
    for begin in range(start, end - LONGEST // 2, LONGEST // 2):
        yield begin, min(end, begin + LONGEST)


def _first_of_each(keys: NDArray[np.uint64]) -> Ints:
    return np.unique(keys, return_index=True)[1]


def _runs(chosen: NDArray[np.bool_], strength: Scores) -> list[tuple[int, int]]:
    """At most five stretches of chosen characters of at least two, the strongest, in the order of the text."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], chosen.astype(np.int8), [0]))))
    found = [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True) if end - start >= 2]
    found.sort(key=lambda span: -float(strength[span[0] : span[1]].sum()))
    return sorted(found[:5])


def _documents(leaves: Sequence[Leaf]) -> tuple[list[str], Ints, NDArray[np.float32], NDArray[np.str_]]:
    """Cleaned texts, the leaf of each, its share in the leaf's vocabulary, and what it is."""
    texts: list[str] = []
    owner: list[int] = []
    share: list[float] = []
    kinds: list[str] = []
    for number, leaf in enumerate(leaves):
        for kind, text in _texts(leaf):
            texts.append(plain_text(text))
            owner.append(number)
            share.append(_SHARE[kind])
            kinds.append(kind)
    return texts, np.array(owner, dtype=np.int64), np.array(share, dtype=np.float32), np.array(kinds)


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
