"""The judge of danger: says of a call how surely somebody must come at once. Trained, linear, applied as arrays.

It stands beside the conversation's list of phrases, which knows few wordings and is right about them (docs/adr/0007). The
judge weighs n-grams of characters and near sounds, and classes of hazards near each other, in short stretches of the call: the
worst stretch counts, however long the rest is.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from classifier.clean import BREAKS
from classifier.grams import Grams, Ints, grams
from classifier.hazards import CLASS_TAG, Hazards
from classifier.index import Vocabulary, tag_of

STRETCH: Final = 40
"""Characters that are judged together: a sentence or two. What the judge is trained on is about as long."""
SCALE: Final = np.array([0.0, 1.0, 1.0, 0.6, 0.8, 0.5, 1.0, 0.7], dtype=np.float32)
"""By the tag of a feature's space: one, two and three characters, two and three sounds, classes, pairs of classes."""
FLOOR: Final = 4.0
"""Length that a shorter vector is treated as having: a word or two prove little."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Margins of the judge, as measured on sentences held out of its training (classifier.danger_training)."""

    alone: float
    """From which it calls danger by itself."""
    agreed: float
    """From which it lets stand what the list of phrases hears."""
    sure: float
    """From which the conversation, too, may rely on it."""


@dataclass(frozen=True, slots=True)
class Judged:
    margin: float
    """Above 0: rather danger than not. Of the worst stretch."""
    start: int
    end: int
    """That stretch, in characters of the cleaned text."""


@dataclass(frozen=True, slots=True)
class DangerJudge:
    hazards: Hazards
    words: Vocabulary
    """The trained features; `weight` is what training gave each, times its scale."""
    bias: float
    limits: Limits
    version: str = "new"
    """Of the data that it was made of."""

    def judge(self, text: str) -> Judged:
        """`text`: cleaned."""
        found = features(text, self.hazards)
        row = self.words.find(found.keys)
        found, row = found.where(row >= 0), row[row >= 0]
        tag = tag_of(found.keys)
        begin, end = stretches(text)
        inside = (found.start >= begin[:, None]) & (found.start + found.length <= end[:, None])
        margin = np.full(len(begin), self.bias)
        for part in (tag < CLASS_TAG, tag >= CLASS_TAG):
            here = inside[:, part]
            length = np.sqrt(here @ SCALE[tag[part]] ** 2)
            margin += (here @ self.words.weight[row[part]]) / np.maximum(length, FLOOR)
        worst = int(margin.argmax())
        return Judged(float(margin[worst]), int(begin[worst]), int(end[worst]))

    def confirms(self, text: str, *, heard: bool) -> Judged | None:
        """What is to be called danger in cleaned text, if anything; `heard`: the list of phrases hears danger there."""
        judged = self.judge(text)
        return judged if judged.margin >= (self.limits.agreed if heard else self.limits.alone) else None


def features(text: str, hazards: Hazards) -> Grams:
    """All that is weighed in cleaned text."""
    letters, classes = grams(text), hazards.find(text)
    return Grams(
        np.concatenate([letters.keys, classes.keys]),
        np.concatenate([letters.start, classes.start]),
        np.concatenate([letters.length, classes.length]),
    )


def stretches(text: str) -> tuple[Ints, Ints]:
    """Begin and end of what is judged together: from each clause on as many as fit; a longer clause is cut, with overlap.
    The whole of a short text."""
    if len(text) <= STRETCH:
        return np.zeros(1, dtype=np.int64), np.full(1, len(text), dtype=np.int64)
    breaks = [-1, *(at for at, character in enumerate(text) if character in BREAKS), len(text)]
    begins: list[int] = []
    for before, after in pairwise(breaks):
        begins.extend(range(before + 1, max(after - STRETCH // 2, before + 2), STRETCH // 2))
    ends = np.array(breaks[1:], dtype=np.int64)
    begin = np.array(begins, dtype=np.int64)
    fitting = np.searchsorted(ends, begin + STRETCH, side="right") - 1
    last = np.where(fitting >= 0, ends[fitting], -1)
    end = np.where(last > begin, last, np.minimum(begin + STRETCH, len(text)))
    whole = np.append(True, end[1:] > np.maximum.accumulate(end)[:-1])  # a stretch within an earlier one adds nothing
    return begin[whole], end[whole]
