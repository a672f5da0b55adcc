"""The trained linear stage: weights of n-grams for each domain, each group and each leaf, applied as arrays."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.grams import Grams, Ints
from classifier.index import Floats, Vocabulary, tag_of
from classifier.lexical import Scores

LINEAR_SPACES: Final = (1, 2, 4)
"""Tags of the n-grams that are trained on: one and two characters, two sounds. Longer ones bring nothing more (measured)."""
SHARPNESS: Final = 4.0
"""What a margin is multiplied with before it becomes a probability; the blend weighs the result."""


@dataclass(frozen=True, slots=True)
class Known:
    """The trained n-grams of some windows of a text."""

    row: Ints
    value: Floats
    """Window x n-gram; each window a unit vector."""


@dataclass(frozen=True, slots=True)
class LinearLevels:
    """Arrays only, so that it is stored and loaded as it is. Without training it has no n-gram and no level."""

    words: Vocabulary
    domains: int
    upper: NDArray[np.float16]
    """N-gram x (domains, then groups)."""
    upper_bias: Floats
    leaf_pointer: Ints
    leaf_row: NDArray[np.int32]
    leaf_weight: NDArray[np.float16]
    """Sparse, leaf x n-gram: the weights that tell a leaf from its nearest neighbours."""
    leaf_bias: Floats

    @property
    def is_trained(self) -> bool:
        return len(self.words.keys) > 0

    def look(self, found: Grams, spans: list[tuple[int, int]]) -> Known:
        """The whole text first, then each of the spans."""
        wanted = np.isin(tag_of(found.keys), LINEAR_SPACES)
        keys, start = found.keys[wanted], found.start[wanted]
        end = start + found.length[wanted]
        row = self.words.find(keys)
        known = np.flatnonzero(row >= 0)
        rows, place = np.unique(row[known], return_inverse=True)
        count = np.zeros((len(spans) + 1, len(rows)), dtype=np.float32)
        for number, (begin, stop) in enumerate([(0, int(end.max(initial=0))), *spans]):
            here = (start[known] >= begin) & (end[known] <= stop)
            count[number] = np.bincount(place[here], minlength=len(rows))
        value = np.where(count > 0, 1 + np.log(np.maximum(count, 1)), 0) * self.words.weight[rows]
        value /= np.sqrt((value**2).sum(axis=1, keepdims=True)) + 1e-9
        return Known(rows, value.astype(np.float32))

    def levels(self, known: Known) -> tuple[Scores, Scores]:
        """Logarithms of probability, window x domain and window x group."""
        margin = known.value @ self.upper[known.row].astype(np.float32) + self.upper_bias
        return _log_softmax(margin[:, : self.domains]), _log_softmax(margin[:, self.domains :])

    def leaves(self, known: Known, leaves: Ints) -> Scores:
        """Margin of each of the leaves, for the whole text."""
        begin, end = self.leaf_pointer[leaves], self.leaf_pointer[leaves + 1]
        count = end - begin
        owner = np.repeat(np.arange(len(leaves)), count)
        cells = np.arange(len(owner)) + np.repeat(begin - np.cumsum(count) + count, count)
        asked = np.zeros(len(self.words.keys), dtype=np.float32)
        asked[known.row] = known.value[0]
        gain = asked[self.leaf_row[cells]] * self.leaf_weight[cells]
        return np.asarray(np.bincount(owner, weights=gain, minlength=len(leaves)) + self.leaf_bias[leaves], dtype=np.float64)


def untrained(leaves: int) -> LinearLevels:
    nothing = np.zeros(0, dtype=np.float32)
    return LinearLevels(
        Vocabulary(np.zeros(0, dtype=np.uint64), nothing),
        0,
        np.zeros((0, 0), dtype=np.float16),
        nothing,
        np.zeros(leaves + 1, dtype=np.int64),
        np.zeros(0, dtype=np.int32),
        nothing.astype(np.float16),
        np.zeros(leaves, dtype=np.float32),
    )


def _log_softmax(margin: Floats) -> Scores:
    scaled = SHARPNESS * margin.astype(np.float64)
    top = scaled.max(axis=1, keepdims=True)
    return np.asarray(scaled - top - np.log(np.exp(scaled - top).sum(axis=1, keepdims=True)))
