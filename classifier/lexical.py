"""Lexical retrieval: how alike a text is to all the words of a leaf, and how much of a name of it was said."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.clean import BREAKS
from classifier.corpus import NAMES, Corpus, Role
from classifier.grams import Grams, Ints, grams
from classifier.index import OUTSIDE, Floats, Sparse, Vocabulary, tag_of, vectors, vocabulary

Scores = NDArray[np.float64]
Cells = tuple[Ints, NDArray[np.int32], Floats]
"""Index of an n-gram of the text, leaf, and weight of the n-gram in it."""

SHARE: Final = {
    Role.NAME: 1.0,
    Role.SPOKEN: 1.5,
    Role.DEFINITION: 0.4,
    Role.ALIAS: 1.2,
    Role.EXAMPLE: 1.0,
    Role.CONFIRMED: 1.0,
}
"""Of a text in its leaf's vocabulary."""
_LEAF_FLOOR: Final = 0.8
_NAME_FLOOR: Final = 0.5


@dataclass(frozen=True, slots=True)
class Seen:
    """The n-grams of a text and the windows through which it is looked at; each n-gram once a window."""

    row: Ints
    """Of the vocabulary; the known n-grams, ascending, each once."""
    start: Ints
    """Of its first occurrence, in characters."""
    size: Ints
    weight: Floats
    inside: NDArray[np.bool_]
    """Window x n-gram: does it stand there?"""
    norm: float
    """Length of the whole text's vector, unknown n-grams included."""


@dataclass(frozen=True, slots=True)
class LexicalIndex:
    """Arrays only, so that it is stored and loaded as it is."""

    words: Vocabulary
    leaf_pointer: Ints
    leaf_column: NDArray[np.int32]
    leaf_weight: Floats
    """Sparse, n-gram x leaf."""
    name_pointer: Ints
    name_row: NDArray[np.int32]
    name_weight: Floats
    """Sparse, name x n-gram: unit vectors over the length of a usual name."""
    name_end: Ints
    """Leaf -> number of its first name, and one more: the end."""

    @property
    def _by_gram(self) -> Sparse:
        return Sparse(self.leaf_pointer, self.leaf_column, self.leaf_weight)

    def look(self, found: Grams, spans: list[tuple[int, int]]) -> Seen:
        """`spans`: the windows of the text."""
        keys, first, place = np.unique(found.keys, return_index=True, return_inverse=True)
        row = self.words.find(keys)
        known = row >= 0
        weight = np.where(known, self.words.weight[np.maximum(row, 0)] if known.any() else 0, OUTSIDE[tag_of(keys)])
        inside = np.zeros((len(spans), len(keys)), dtype=np.bool_)
        end = found.start + found.length
        for number, (begin, stop) in enumerate(spans):
            inside[number, place[(found.start >= begin) & (end <= stop)]] = True
        norm = float(np.sqrt((weight.astype(np.float64) ** 2).sum())) + 1e-9
        start, size = found.start[first][known], found.length[first][known]
        return Seen(row[known], start, size, weight[known].astype(np.float32), inside[:, known], norm)

    def cells(self, seen: Seen) -> Cells:
        """What the known n-grams bring to the leaves that hold them; read once, used for likeness and evidence."""
        return self._by_gram.gather(seen.row)

    def words_of(self, seen: Seen, cells: Cells) -> Scores:
        """Likeness of the whole text to each leaf's vocabulary."""
        owner, column, weight = cells
        total = np.bincount(column, weights=weight * seen.weight[owner], minlength=len(self.name_end) - 1)
        return np.asarray(total / seen.norm)

    def named(self, seen: Seen, leaves: Ints) -> Scores:
        """For each of the leaves the largest share of a name of it that a window holds."""
        names, begin = _ranges(self.name_end[leaves], self.name_end[leaves + 1])
        cells, cell_begin = _ranges(self.name_pointer[names], self.name_pointer[names + 1])
        slot = np.full(max(len(self.words.keys), 1), -1, dtype=np.int32)
        slot[seen.row] = np.arange(len(seen.row), dtype=np.int32)
        place = slot[self.name_row[cells]]
        hit = np.flatnonzero(place >= 0)
        name_of = np.searchsorted(cell_begin, hit, side="right") - 1
        asked = (seen.inside * seen.weight).astype(np.float32).T
        held = _sums(asked[place[hit]] * self.name_weight[cells[hit]][:, None], name_of, len(names)).max(axis=1)
        shares = np.zeros(len(leaves))
        has_name = np.flatnonzero(np.diff(begin, append=len(names)))
        if len(has_name):
            shares[has_name] = np.maximum.reduceat(held, begin[has_name])
        return shares

    @staticmethod
    def evidence(seen: Seen, cells: Cells, leaves: Sequence[int]) -> list[tuple[Ints, Scores]]:
        """For each of the leaves the n-grams of the text that spoke for it (index into `seen`) and how much, for each of their
        characters."""
        owner, column, weight = cells
        found = []
        for leaf in leaves:
            mine = np.flatnonzero(column == leaf)
            grams_of_it = owner[mine]
            gain = weight[mine] * seen.weight[grams_of_it] / seen.size[grams_of_it]
            found.append((grams_of_it, np.asarray(gain, dtype=np.float64)))
        return found


def build_lexical(corpus: Corpus) -> LexicalIndex:
    found, text_of = grams_of(corpus.texts)
    leaf_of = corpus.leaf[text_of]
    words = vocabulary(found, leaf_of)
    row = words.find(found.keys)
    share = np.array([SHARE[Role(role)] for role in corpus.role], dtype=np.float32)[text_of]
    leaves = len(corpus.codes)
    by_gram = vectors(words, row, leaf_of, share, leaves, floor=_LEAF_FLOOR).by_gram(len(words.keys))
    names, name_end = _names(corpus, words, row, text_of)
    return LexicalIndex(
        words, by_gram.pointer, by_gram.column, by_gram.weight, names.pointer, names.column, names.weight, name_end
    )


def _names(corpus: Corpus, words: Vocabulary, row: Ints, text_of: Ints) -> tuple[Sparse, Ints]:
    is_name = np.isin(corpus.role, NAMES)
    name_of = np.cumsum(is_name) - 1
    named = is_name[text_of]
    ones = np.ones(int(named.sum()), dtype=np.float32)
    found = vectors(words, row[named], name_of[text_of[named]], ones, int(is_name.sum()), floor=_NAME_FLOOR)
    usual = float(found.length.mean()) if is_name.any() else 1.0
    shares = replace(found, weight=(found.weight / usual).astype(np.float32))
    return shares.by_document(), np.searchsorted(corpus.leaf[is_name], np.arange(len(corpus.codes) + 1))


def grams_of(texts: tuple[str, ...]) -> tuple[Grams, Ints]:
    """The n-grams of all texts, and the text of each."""
    joined = BREAKS[0].join(texts)
    ends = np.cumsum([len(text) + 1 for text in texts])
    found = grams(joined)
    return found, np.searchsorted(ends, found.start, side="right")


def _ranges(begin: Ints, end: Ints) -> tuple[Ints, Ints]:
    """The numbers of all ranges one after the other, and where each range begins among them."""
    count = end - begin
    first = np.cumsum(count) - count
    return np.arange(int(count.sum())) + np.repeat(begin - first, count), first


def _sums(values: Floats, group: Ints, groups: int) -> Scores:
    """Sums of the rows of `values` by their group; `group` is ascending."""
    total = np.zeros((groups, values.shape[1]))
    if len(group):
        first = np.flatnonzero(np.diff(group, prepend=-1))
        total[group[first]] = np.add.reduceat(values, first, axis=0)
    return total
