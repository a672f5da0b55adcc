"""The lexicon of hazards: words of one meaning under one class, so that what was never trained on is still understood.

`config/danger/lexicon.txt` holds a class a line: its name, then its words. A word may stand in several classes.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from classifier.clean import BREAKS, plain_text
from classifier.grams import Grams, Ints
from config.errors import DataError

CLASS_TAG: Final = 6
PAIR_TAG: Final = 7
"""Tags of the keys, beside those of the n-grams (classifier.grams.SPACES)."""
REACH: Final = 14
"""Characters between two words of which the pair still counts: 孩子 ... 掉, 水 ... 出不来."""
_TAG_BITS: Final = np.uint64(60)


@dataclass(frozen=True, slots=True)
class Hazards:
    classes: tuple[str, ...]
    words: Mapping[str, tuple[int, ...]]
    """Plain word -> numbers of its classes."""
    sizes: Mapping[str, tuple[int, ...]]
    """First character of a word -> lengths of the words that begin with it, the longest first."""

    def find(self, text: str) -> Grams:
        """Keys of the classes in cleaned text, and of each two different ones that stand near each other, in their order;
        whether a break lies between them is part of the key."""
        start, end, kind = self._hits(text)
        single = kind.astype(np.uint64) | (np.uint64(CLASS_TAG) << _TAG_BITS)
        one, other = _near(start, end, kind)
        clause = np.cumsum([character in BREAKS for character in text]) if text else np.zeros(0, dtype=np.int64)
        together = (clause[start[one]] == clause[start[other]]).astype(np.uint64)
        pairs = (kind[one].astype(np.uint64) << np.uint64(16)) | kind[other].astype(np.uint64)
        pairs |= (together << np.uint64(32)) | (np.uint64(PAIR_TAG) << _TAG_BITS)
        return Grams(
            np.concatenate([single, pairs]),
            np.concatenate([start, start[one]]),
            np.concatenate([end - start, end[other] - start[one]]),
        )

    def _hits(self, text: str) -> tuple[Ints, Ints, Ints]:
        """Start, end and class of the longest words, from left to right; the last character of one may begin the next."""
        found: list[tuple[int, int, int]] = []
        at = 0
        while at < len(text):
            # Behind the end of the text a slice is shorter than asked for: its own length counts.
            word = next((word for size in self.sizes.get(text[at], ()) if (word := text[at : at + size]) in self.words), "")
            found.extend((at, at + len(word), number) for number in self.words.get(word, ()))
            at += max(len(word) - 1, 1)
        rows = np.array(found, dtype=np.int64).reshape(-1, 3)
        return rows[:, 0], rows[:, 1], rows[:, 2]


def _near(start: Ints, end: Ints, kind: Ints) -> tuple[Ints, Ints]:
    """Indices of both words of each pair: the second begins no farther than REACH behind the first."""
    last = np.searchsorted(start, end + REACH, side="right")
    count = np.maximum(last - np.arange(len(start)) - 1, 0)
    one = np.repeat(np.arange(len(start)), count)
    other = np.arange(len(one)) - np.repeat(np.cumsum(count) - count, count) + one + 1
    differ = (kind[one] != kind[other]) & (start[one] != start[other])
    return one[differ], other[differ]


def hazards_of(classes: tuple[str, ...], words: Mapping[str, tuple[int, ...]]) -> Hazards:
    sizes: defaultdict[str, set[int]] = defaultdict(set)
    for word in words:
        sizes[word[0]].add(len(word))
    return Hazards(classes, words, {first: tuple(sorted(lengths, reverse=True)) for first, lengths in sizes.items()})


def load_hazards(path: Path) -> Hazards:
    """Raises DataError, which names the line, for a class without words or a second one of its name."""
    classes: list[str] = []
    words: dict[str, tuple[int, ...]] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        name, *listed = line.split()
        if not listed or name in classes:
            raise DataError(f"{path}, line {number}: a new class and its words are expected.")
        for word in dict.fromkeys(plain for item in listed if (plain := plain_text(item))):
            words[word] = (*words.get(word, ()), len(classes))
        classes.append(name)
    return hazards_of(tuple(classes), words)
