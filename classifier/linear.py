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
    """The trained n-grams of a text: a unit vector."""

    row: Ints
    value: Floats


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

    def look(self, found: Grams) -> Known:
        row = self.words.find(found.keys[np.isin(tag_of(found.keys), LINEAR_SPACES)])
        rows, count = np.unique(row[row >= 0], return_counts=True)
        value = (1 + np.log(count)) * self.words.weight[rows]
        return Known(rows, (value / (np.sqrt((value**2).sum()) + 1e-9)).astype(np.float32))

    def levels(self, known: Known) -> tuple[Scores, Scores]:
        """Logarithm of probability of each domain and of each group."""
        margin = known.value @ self.upper[known.row].astype(np.float32) + self.upper_bias
        return _log_softmax(margin[: self.domains]), _log_softmax(margin[self.domains :])

    def leaves(self, known: Known, leaves: Ints) -> Scores:
        """Margin of each of the leaves."""
        begin, end = self.leaf_pointer[leaves], self.leaf_pointer[leaves + 1]
        count = end - begin
        owner = np.repeat(np.arange(len(leaves)), count)
        cells = np.arange(len(owner)) + np.repeat(begin - np.cumsum(count) + count, count)
        asked = np.zeros(len(self.words.keys), dtype=np.float32)
        asked[known.row] = known.value
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
    top = scaled.max()
    return np.asarray(scaled - top - np.log(np.exp(scaled - top).sum()))
