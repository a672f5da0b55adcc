"""Names of which one syllable was heard as another, got lost, or was added: one half of such a name is still in the text."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from rapidfuzz.distance import Levenshtein

from classifier.clean import BREAKS

_FEWEST: Final = 3
"""Syllables that must have been heard."""


class Slurred(NamedTuple):
    name: str
    start: int
    end: int


class SlurredNames:
    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        """Each name with its sound, which is as long."""
        tails: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        heads: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for name, sound in names:
            first, second = (len(sound) + 1) // 2, len(sound) // 2
            tails[sound[:first]].append((name, sound[first:]))
            heads[sound[second:]].append((name, sound[:second]))
        self._tails = {half: _by_length(parts) for half, parts in tails.items()}
        self._heads = {half: _by_length(parts) for half, parts in heads.items()}
        sizes: defaultdict[str, set[int]] = defaultdict(set)
        for half in (*tails, *heads):
            sizes[half[:2]].add(len(half))
        self._sizes = {pair: tuple(sorted(lengths)) for pair, lengths in sizes.items()}

    def find(self, sounds: str) -> Iterator[Slurred]:
        """Also what is no name at all and only like one: likeness and surroundings must tell."""
        at = 0
        for clause in _clauses(sounds):
            for start in range(len(clause) - 1):
                for size in self._sizes.get(clause[start : start + 2], ()):
                    half = clause[start : start + size]
                    if half in self._tails:
                        yield from self._after(clause, half, start, at)
                    if half in self._heads:
                        yield from self._before(clause, half, start, at)
            at += len(clause) + 1

    def _after(self, clause: str, half: str, start: int, at: int) -> Iterator[Slurred]:
        middle = start + len(half)
        for length, parts in self._tails[half]:
            heard = clause[middle : middle + length + 1]
            for name, tail in parts:
                taken = _taken(tail, heard)
                if taken and len(half) + taken >= _FEWEST:
                    yield Slurred(name, at + start, at + middle + taken)

    def _before(self, clause: str, half: str, middle: int, at: int) -> Iterator[Slurred]:
        end = middle + len(half)
        for length, parts in self._heads[half]:
            heard = clause[max(middle - length - 1, 0) : middle][::-1]
            for name, head in parts:
                taken = _taken(head[::-1], heard)
                if taken and len(half) + taken >= _FEWEST:
                    yield Slurred(name, at + middle - taken, at + end)


def _taken(part: str, heard: str) -> int:
    """How many syllables of `heard`, which goes on one syllable longer, are `part` with one mistake; 0: none.

    Where one was lost or added, the last one must be right.
    """
    length, last = len(part), part[-1]
    if heard[length:] == last and _one_mistake(part, heard):
        return length + 1
    if len(heard) >= length and _one_mistake(part, heard[:length]):
        return length
    if length > 1 and heard[length - 2 : length - 1] == last and _one_mistake(part, heard[: length - 1]):
        return length - 1
    return 0


def _one_mistake(part: str, heard: str) -> bool:
    return Levenshtein.distance(part, heard, score_cutoff=1) == 1


def _by_length(parts: Iterable[tuple[str, str]]) -> tuple[tuple[int, tuple[tuple[str, str], ...]], ...]:
    groups: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for name, part in parts:
        groups[len(part)].append((name, part))
    return tuple((length, tuple(group)) for length, group in groups.items())


def _clauses(sounds: str) -> list[str]:
    for mark in BREAKS[1:]:
        sounds = sounds.replace(mark, BREAKS[0])
    return sounds.split(BREAKS[0])
