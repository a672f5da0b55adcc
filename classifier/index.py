"""An inverted index over short texts: the n-grams a query shares with them, weighted by how telling each is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.grams import Grams, Ints, Keys

Floats = NDArray[np.float32]

SPACE_WEIGHT = np.array([0.0, 1.5, 1.0, 0.4, 0.4, 0.2], dtype=np.float32)
"""By the tag of an n-gram's space: one, two and three characters, two and three sounds. Single characters weigh most
because few sentences stand for each leaf; fitted on held-out examples."""


COMMON = 0.3
"""Share of the documents above which an n-gram (的, 我家) tells nothing and is left out."""


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
class Postings:
    """A sparse matrix, a row for each n-gram: columns and weights of row i are at pointer[i]:pointer[i + 1]."""

    pointer: Ints
    column: NDArray[np.int32]
    weight: Floats
    width: int
    mean_length: float
    """Of the documents' vectors before they were made unit vectors."""
    bounds: tuple[int, ...] = ()
    """Where one of the stacked matrices ends and the next begins."""

    def gather(self, rows: Ints) -> tuple[Ints, NDArray[np.int32], Floats]:
        """All cells of the rows (which may repeat): index into `rows`, column and weight of each."""
        begin = self.pointer[rows]
        count = self.pointer[rows + 1] - begin
        owner = np.repeat(np.arange(len(rows)), count)
        inner = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
        cells = np.repeat(begin, count) + inner
        return owner, self.column[cells], self.weight[cells]


def vocabulary(all_grams: Grams, group: Ints) -> Vocabulary:
    """`group` says which document each n-gram stands in; the fewer, the more it tells."""
    keys, place = np.unique(all_grams.keys, return_inverse=True)
    groups = int(group.max()) + 1 if len(group) else 1
    pairs = np.unique(place.astype(np.int64) * groups + group)
    spread = np.bincount(pairs // groups, minlength=len(keys))
    telling = spread <= max(COMMON * groups, 3)
    keys, spread = keys[telling], spread[telling]
    rarity = np.log((groups + 1) / (spread + 0.5))
    tag = (keys >> np.uint64(60)).astype(np.int64)
    return Vocabulary(keys, (rarity * SPACE_WEIGHT[tag]).astype(np.float32))


def postings(words: Vocabulary, all_grams: Grams, group: Ints, share: Floats, width: int, *, floor: float = 0.0) -> Postings:
    """Documents as unit vectors: each n-gram weighs its telling weight times log(1 + its summed `share`).

    `floor` is a length, in parts of the mean one, that a shorter document is treated as having: short texts would else
    match too well.
    """
    place = words.find(all_grams.keys)
    known = place >= 0
    place, group, share = place[known], group[known], share[known]
    cell, where = np.unique(place * width + group, return_inverse=True)
    amount = np.bincount(where, weights=share)
    row, column = cell // width, cell % width
    weight = np.log1p(amount) * words.weight[row]
    length = np.sqrt(np.bincount(column, weights=weight**2, minlength=width))
    mean = float(length.mean()) if width else 1.0
    length = np.maximum(length, floor * mean) + 1e-9
    pointer = np.searchsorted(row, np.arange(len(words.keys) + 1))
    return Postings(
        pointer.astype(np.int64), column.astype(np.int32), (weight / length[column]).astype(np.float32), width, mean
    )


def stack(parts: Sequence[Postings]) -> Postings:
    """Several matrices over one vocabulary side by side, so that a query gathers once."""
    ends = np.cumsum([part.width for part in parts])
    row = np.concatenate([np.repeat(np.arange(len(part.pointer) - 1), np.diff(part.pointer)) for part in parts])
    column = np.concatenate([part.column + end - part.width for part, end in zip(parts, ends, strict=True)])
    order = np.argsort(row, kind="stable")
    pointer = np.searchsorted(row[order], np.arange(len(parts[0].pointer)))
    weight = np.concatenate([part.weight for part in parts])[order]
    bounds = tuple(int(end) for end in ends[:-1])
    return Postings(pointer.astype(np.int64), column[order].astype(np.int32), weight, int(ends[-1]), 1.0, bounds)


OUTSIDE = float(np.log(50.0)) * SPACE_WEIGHT
"""What an n-gram that no document has adds to the length of a query, by space."""
