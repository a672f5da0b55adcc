"""Character and syllable n-grams as arrays of integer keys: thousands of sentences are indexed in a second."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.clean import BREAKS
from classifier.sound import near_sound

Keys = NDArray[np.uint64]
Ints = NDArray[np.int64]

SPACES: Final = (("characters", 1), ("characters", 2), ("characters", 3), ("sounds", 2), ("sounds", 3))
"""What is counted: sequences of one to three characters and of two to three near sounds."""
LARGEST: Final = max(size for _, size in SPACES)
BLANK: Final = "\0"
"""Put over what says nothing of the matter (place names, numbers): no n-gram crosses it."""
_LAST_LATIN: Final = 0x24F
"""A single letter or digit tells nothing."""
_SILENT: Final = str.maketrans(dict.fromkeys(BREAKS, BLANK))


@dataclass(frozen=True, slots=True)
class Grams:
    keys: Keys
    start: Ints
    """Index of the first character."""
    length: Ints
    """In characters."""

    def where(self, chosen: NDArray[np.bool_]) -> "Grams":
        return Grams(self.keys[chosen], self.start[chosen], self.length[chosen])


def grams(text: str) -> Grams:
    """All n-grams of cleaned text that cross no break, in the order of SPACES."""
    silent = text.translate(_SILENT)
    codes = {"characters": _codes(silent), "sounds": _codes(near_sound(silent))}
    keys, starts, lengths = [], [], []
    for tag, (kind, size) in enumerate(SPACES):
        key, start = _of_size(codes[kind], size, tag + 1)
        keys.append(key)
        starts.append(start)
        lengths.append(np.full(len(key), size, dtype=np.int64))
    return Grams(np.concatenate(keys), np.concatenate(starts), np.concatenate(lengths))


def _codes(text: str) -> Keys:
    """Clean text holds characters of the basic plane only: 16 bits each."""
    return np.frombuffer(text.encode("utf-16-le", "replace"), dtype=np.uint16).astype(np.uint64)


def _of_size(codes: Keys, size: int, tag: int) -> tuple[Keys, Ints]:
    count = len(codes) - size + 1
    if count <= 0:
        return np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64)
    key = np.full(count, tag, dtype=np.uint64) << np.uint64(60)
    whole = np.ones(count, dtype=bool)
    for offset in range(size):
        part = codes[offset : offset + count]
        key |= part << np.uint64(16 * offset)
        whole &= part != 0
    if size == 1:
        whole &= codes > _LAST_LATIN
    start = np.flatnonzero(whole)
    return key[start], start
