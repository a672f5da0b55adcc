"""Short texts as sparse unit vectors of n-grams, weighted by how telling each n-gram is."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.grams import Grams, Ints, Keys

Floats = NDArray[np.float32]

SPACE_WEIGHT: Final = np.array([0.0, 1.5, 1.0, 0.4, 0.4, 0.2], dtype=np.float32)
"""By the tag of an n-gram's space: one, two and three characters, two and three sounds. Single characters weigh most
because few sentences stand for each leaf; fitted on held-out examples."""
OUTSIDE: Final = (np.log(50.0) * SPACE_WEIGHT).astype(np.float32)
"""What an n-gram that no document has adds to the length of a query, by space."""
COMMON: Final = 0.3
"""Share of the leaves above which an n-gram (的, 我家) tells nothing and is left out."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    keys: Keys
    """Sorted."""
    weight: Floats
    """Inverse document frequency times the weight of the n-gram's space."""

    def find(self, keys: Keys) -> Ints:
        """Index of each key, -1 for an unknown one."""
        if not len(self.keys):
            return np.full(len(keys), -1, dtype=np.int64)
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[places] == keys, places, -1)


@dataclass(frozen=True, slots=True)
class Sparse:
    """A sparse matrix by rows: columns and weights of row i are at pointer[i]:pointer[i + 1]."""

    pointer: Ints
    column: NDArray[np.int32]
    weight: Floats

    def gather(self, rows: Ints) -> tuple[Ints, NDArray[np.int32], Floats]:
        """All cells of the rows (which may repeat): index into `rows`, column and weight of each."""
        begin = self.pointer[rows]
        count = self.pointer[rows + 1] - begin
        owner = np.repeat(np.arange(len(rows)), count)
        cells = np.arange(len(owner)) + np.repeat(begin - np.cumsum(count) + count, count)
        return owner, self.column[cells], self.weight[cells]


@dataclass(frozen=True, slots=True)
class Vectors:
    """The cells of some documents' unit vectors, in the order of the documents, then of the n-grams."""

    document: Ints
    row: Ints
    """Of the vocabulary."""
    weight: Floats
    length: NDArray[np.float64]
    """Of each document's vector before it was made a unit vector."""

    def by_document(self) -> Sparse:
        return _sparse(self.document, self.row, self.weight, len(self.length))

    def by_gram(self, grams: int) -> Sparse:
        order = np.argsort(self.row, kind="stable")
        return _sparse(self.row[order], self.document[order], self.weight[order], grams)


def _sparse(row: Ints, column: Ints, weight: Floats, rows: int) -> Sparse:
    pointer = np.searchsorted(row, np.arange(rows + 1))
    return Sparse(pointer.astype(np.int64), column.astype(np.int32), weight)


def vocabulary(all_grams: Grams, group: Ints) -> Vocabulary:
    """`group` says which leaf each n-gram stands in; the fewer, the more it tells."""
    keys, place = np.unique(all_grams.keys, return_inverse=True)
    groups = int(group.max()) + 1 if len(group) else 1
    pairs = np.unique(place.astype(np.int64) * groups + group)
    spread = np.bincount(pairs // groups, minlength=len(keys))
    telling = spread <= max(COMMON * groups, 3)
    keys, spread = keys[telling], spread[telling]
    rarity = np.log((groups + 1) / (spread + 0.5))
    return Vocabulary(keys, (rarity * SPACE_WEIGHT[tag_of(keys)]).astype(np.float32))


def vectors(words: Vocabulary, row: Ints, document: Ints, share: Floats, documents: int, *, floor: float = 0.0) -> Vectors:
    """Documents as unit vectors: each n-gram weighs its telling weight times log(1 + its summed `share`).

    `row` is the n-grams' place in the vocabulary, -1 for an unknown one. `floor` is a length, in parts of the mean one, that
    a shorter document is treated as having: short texts would else match too well.
    """
    known = row >= 0
    row, document, share = row[known], document[known], share[known]
    width = max(len(words.keys), 1)
    cell, where = np.unique(document * width + row, return_inverse=True)
    amount = np.bincount(where, weights=share, minlength=len(cell))
    document, row = cell // width, cell % width
    weight = np.log1p(amount) * words.weight[row] if len(row) else amount
    length = np.sqrt(np.bincount(document, weights=weight**2, minlength=documents))
    length = np.maximum(length, floor * float(length.mean()) if documents else 0.0) + 1e-9
    return Vectors(document, row, (weight / length[document]).astype(np.float32), length)


def tag_of(keys: Keys) -> Ints:
    return (keys >> np.uint64(60)).astype(np.int64)
