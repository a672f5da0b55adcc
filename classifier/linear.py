"""The trained linear stage: weights of n-grams for each domain, each group and each leaf, applied as arrays."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.grams import Grams, Ints, Keys
from classifier.index import Floats, Vocabulary, tag_of
from classifier.lexical import Scores

LINEAR_SPACES: Final = (1, 2, 4)
"""Tags of the n-grams that are trained on: one and two characters, two sounds. Longer ones bring nothing more (measured)."""
OPENING: Final = 40
"""Characters: a long message says in its first ones what it is about."""
LONG: Final = 2 * OPENING
"""Length from which the opening counts by itself."""
OPENING_WEIGHT: Final = 0.7
"""Of the opening's unit vector beside the whole text's."""
_OPENING_SPACES: Final = (1, 2, 3)
_OPENING_TAG: Final = np.uint64(8) << np.uint64(60)
"""Added to the key of an n-gram that stands in the opening."""
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

    def look(self, found: Grams, length: int) -> Known:
        """`length` of the text in characters."""
        keys, _ = trained_keys(found, found.start, np.full(len(found.start), length))
        row = self.words.find(keys)
        rows, count = np.unique(row[row >= 0], return_counts=True)
        value = (1 + np.log(count)) * self.words.weight[rows]
        opens = is_opening(self.words.keys[rows])
        square = value**2
        whole, opening = square[~opens].sum(), square[opens].sum()
        scale = np.where(opens, OPENING_WEIGHT / np.sqrt(opening + 1e-9), 1 / np.sqrt(whole + 1e-9))
        if opening > 0:
            scale /= np.sqrt(1 + OPENING_WEIGHT**2)
        return Known(rows, (value * scale).astype(np.float32))

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


def trained_keys(found: Grams, start: Ints, length: Ints) -> tuple[Keys, Ints]:
    """Keys of the n-grams that are trained on, once more under another key where they stand in the opening of a long text, and
    which n-gram of `found` each one is. `start` in its text, and `length` of that text: for each n-gram, in characters."""
    tag = tag_of(found.keys)
    whole = np.flatnonzero(np.isin(tag, LINEAR_SPACES))
    opening = np.flatnonzero((start < OPENING) & (length >= LONG) & np.isin(tag, _OPENING_SPACES))
    keys = np.concatenate([found.keys[whole], found.keys[opening] + _OPENING_TAG])
    return keys, np.concatenate([whole, opening])


def is_opening(keys: Keys) -> NDArray[np.bool_]:
    return np.asarray(keys >= _OPENING_TAG)


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
