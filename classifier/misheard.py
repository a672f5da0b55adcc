"""Names of places that were misheard: 回龙关 for 回龙观. Shown as corrections beside what was heard, never instead of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from classifier.clean import Clean
from classifier.placenames import NameHit

_SURE: Final = 0.8
"""Probability from which a name is put forward: the rest is left to the list of candidates."""
_ALIKE: Final = 0.9
"""Likeness of the sounds from which it is: below, a whole syllable was another."""
_SHORTEST: Final = 3
"""Two syllables sound like too many words."""


@dataclass(frozen=True, slots=True)
class Misheard:
    """`text[start:end]` is `heard`, of which the gazetteer says that `name` was meant, with probability `score`."""

    start: int
    end: int
    heard: str
    name: str
    score: float


def misheard(hits: Sequence[NameHit], cleaned: Clean, given: str) -> tuple[Misheard, ...]:
    """`hits`: as they are believed. Where two names sound alike none is put forward."""
    best: dict[int, NameHit] = {}
    for hit in hits:
        rivals = {other.name for other in hits if other.start < hit.end and hit.start < other.end}
        if not _is_sure(hit) or len(rivals) > 1:
            continue
        if hit.start not in best or hit.quality > best[hit.start].quality:
            best[hit.start] = hit
    return tuple(_shown(hit, *cleaned.span(hit.start, hit.end), given) for hit in best.values())


def _is_sure(hit: NameHit) -> bool:
    return _ALIKE <= hit.sameness < 1 and hit.quality >= _SURE and hit.end - hit.start >= _SHORTEST


def _shown(hit: NameHit, start: int, end: int, given: str) -> Misheard:
    return Misheard(start, end, given[start:end], hit.name, round(hit.quality, 2))
