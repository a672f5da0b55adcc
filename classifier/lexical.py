"""Lexical retrieval: how alike a text is to a leaf's words, to its most similar sentence, and how much of its name was said."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.clean import BREAKS
from classifier.corpus import NAMES, Corpus, Role
from classifier.grams import Grams, Ints, grams
from classifier.index import OUTSIDE, SIZE_OF, Floats, Sparse, Vectors, Vocabulary, tag_of, vectors, vocabulary

Scores = NDArray[np.float64]

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
_TEXT_FLOOR: Final = 0.7
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
    """Window x n-gram: does it stand there? The first window is the whole text."""
    norm: Scores
    """Length of each window's vector, unknown n-grams included."""


@dataclass(frozen=True, slots=True)
class LexicalIndex:
    """Arrays only, so that it is stored and loaded as it is."""

    words: Vocabulary
    leaf_pointer: Ints
    leaf_column: NDArray[np.int32]
    leaf_weight: Floats
    """Sparse, n-gram x leaf."""
    text_pointer: Ints
    text_row: NDArray[np.int32]
    text_weight: Floats
    """Sparse, text x n-gram."""
    text_end: Ints
    """Leaf -> number of its first text, and one more: the end."""
    name_factor: Floats
    """Text -> what its likeness is multiplied with to be the share of a name that was said; 0 for a text that is no name."""

    @property
    def _by_gram(self) -> Sparse:
        return Sparse(self.leaf_pointer, self.leaf_column, self.leaf_weight)

    def look(self, found: Grams, spans: list[tuple[int, int]]) -> Seen:
        """`spans`: the windows after the whole text, which is always the first."""
        keys, first, place = np.unique(found.keys, return_index=True, return_inverse=True)
        row = self.words.find(keys)
        tag = tag_of(keys)
        weight = np.where(row >= 0, self.words.weight[np.maximum(row, 0)] if len(self.words.keys) else 0, OUTSIDE[tag])
        inside = np.zeros((len(spans) + 1, len(keys)), dtype=np.bool_)
        inside[0] = True
        end = found.start + found.length
        for number, (begin, stop) in enumerate(spans, 1):
            inside[number, place[(found.start >= begin) & (end <= stop)]] = True
        norm = np.sqrt(inside @ (weight.astype(np.float64) ** 2)) + 1e-9
        known = row >= 0
        return Seen(
            row[known], found.start[first][known], SIZE_OF[tag][known], weight[known].astype(np.float32), inside[:, known], norm
        )

    def whole(self, seen: Seen) -> Scores:
        """Likeness of the whole text to each leaf's vocabulary."""
        owner, column, weight = self._by_gram.gather(seen.row)
        total = np.bincount(column, weights=weight * seen.weight[owner], minlength=len(self.text_end) - 1)
        return np.asarray(total / seen.norm[0])

    def nearest(self, seen: Seen, leaves: Ints) -> tuple[Scores, Scores]:
        """For each of the leaves: likeness of the best window to its most similar text, and the largest share of a name that
        a window holds."""
        texts, begin = _ranges(self.text_end[leaves], self.text_end[leaves + 1])
        cells, cell_begin = _ranges(self.text_pointer[texts], self.text_pointer[texts + 1])
        slot = np.full(max(len(self.words.keys), 1), -1, dtype=np.int32)
        slot[seen.row] = np.arange(len(seen.row), dtype=np.int32)
        place = slot[self.text_row[cells]]
        hit = np.flatnonzero(place >= 0)
        text_of = np.searchsorted(cell_begin, hit, side="right") - 1
        windows = seen.inside[1:] if len(seen.inside) > 1 else seen.inside
        asked = (windows * seen.weight).astype(np.float32).T
        dots = _sums(asked[place[hit]] * self.text_weight[cells[hit]][:, None], text_of, len(texts))
        norm = seen.norm[1:] if len(seen.inside) > 1 else seen.norm
        alike = (dots / norm).max(axis=1)
        named = dots.max(axis=1) * self.name_factor[texts]
        return np.maximum.reduceat(alike, begin), np.maximum.reduceat(named, begin)

    def evidence(self, seen: Seen, leaf: int) -> tuple[Ints, Scores]:
        """The n-grams of the text that spoke for the leaf (index into `seen`) and how much, for each of their characters."""
        owner, column, weight = self._by_gram.gather(seen.row)
        mine = column == leaf
        return owner[mine], np.asarray(weight[mine] * seen.weight[owner[mine]] / seen.size[owner[mine]], dtype=np.float64)


def build_lexical(corpus: Corpus) -> LexicalIndex:
    found, text_of = grams_of(corpus.texts)
    leaf_of = corpus.leaf[text_of]
    words = vocabulary(found, leaf_of)
    row = words.find(found.keys)
    share = np.array([SHARE[Role(role)] for role in corpus.role], dtype=np.float32)[text_of]
    leaves, texts = len(corpus.codes), len(corpus.texts)
    by_gram = vectors(words, row, leaf_of, share, leaves, floor=_LEAF_FLOOR).by_gram(len(words.keys))
    by_text = vectors(words, row, text_of, np.ones(len(row), dtype=np.float32), texts, floor=_TEXT_FLOOR)
    stored = by_text.by_document()
    return LexicalIndex(
        words,
        by_gram.pointer,
        by_gram.column,
        by_gram.weight,
        stored.pointer,
        stored.column,
        stored.weight,
        np.searchsorted(corpus.leaf, np.arange(leaves + 1)),
        _name_factors(corpus, by_text),
    )


def _name_factors(corpus: Corpus, by_text: Vectors) -> Floats:
    """A name's likeness, times the length of what was said, over the length of a usual name."""
    is_name = np.isin(corpus.role, NAMES)
    norm = np.sqrt(np.bincount(by_text.document, weights=by_text.weight.astype(np.float64) ** 2, minlength=len(is_name)))
    true_length = by_text.length * norm
    mean = float(true_length[is_name].mean()) if is_name.any() else 1.0
    length = np.maximum(true_length, _NAME_FLOOR * mean)
    return np.where(is_name, by_text.length / length / mean, 0.0).astype(np.float32)


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
