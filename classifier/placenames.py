"""Finds names of the gazetteer in a text: as they are written, by near sound, and with one syllable wrong.

All three ask dictionaries at each position, so the time depends on the length of the text and hardly on the gazetteer's size.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from operator import ne
from typing import Final, TypeVar

from classifier.clean import BREAKS, plain_text
from classifier.gazetteer import Gazetteer, Place, PlaceLevel, family_name
from classifier.sound import likeness, near_sound, toneless

K = TypeVar("K")
T = TypeVar("T")

LONGEST: Final = 14
"""Characters of the longest name that is looked for."""
_SLURRED: Final = 8
"""Characters of the longest name of which one syllable may be wrong."""


class NameKind(StrEnum):
    FULL = "full"
    """The official name, or another with its ending."""
    SHORT = "short"
    FAMILY = "family"
    """What several communities share: 劲松 of 劲松一区."""
    WEAK = "weak"
    """An ordinary word too."""


_TRUST: Final = {NameKind.FULL: 3, NameKind.SHORT: 2, NameKind.FAMILY: 1, NameKind.WEAK: 0}


@dataclass(frozen=True, slots=True)
class NameHit:
    start: int
    end: int
    """In characters of the cleaned text."""
    name: str
    kind: NameKind
    places: tuple[Place, ...]
    """All that go by this name."""
    sameness: float
    """1 for the very characters; below, how like the sounds are."""
    quality: float = 0.0
    """Probability that one of the places is meant: set by what stands around it (classifier/belief.py)."""

    @property
    def level(self) -> PlaceLevel:
        """The widest of its places'."""
        return min((place.level for place in self.places), key=list(PlaceLevel).index)


class NameIndex:
    def __init__(self, gazetteer: Gazetteer) -> None:
        self._names: dict[str, NameKind] = {}
        self._places: defaultdict[str, list[Place]] = defaultdict(list)
        for name, kind, place in _all_names(gazetteer):
            if 2 <= len(name) <= LONGEST:
                self._add(name, kind, place)
        self._by_sound = _group((near_sound(name), name) for name in self._names if len(name) >= 3)
        slurred = [(name, near_sound(name)) for name in self._names if self._may_be_slurred(name)]
        self._by_first = _group((_first(sound), (name, sound)) for name, sound in slurred)
        self._by_second = _group((_second(sound), (name, sound)) for name, sound in slurred)
        self._first_lengths = _beginnings((_first(sound), len(sound)) for _, sound in slurred)
        self._second_lengths = _beginnings((_second(sound), len(sound)) for _, sound in slurred)
        self._lengths = _lengths(self._names)
        self._sound_lengths = _lengths(self._by_sound)

    def _add(self, name: str, kind: NameKind, place: Place) -> None:
        known = self._names.get(name)
        if known is None or _TRUST[kind] > _TRUST[known]:
            self._names[name] = kind
        if place not in self._places[name]:
            self._places[name].append(place)

    def _may_be_slurred(self, name: str) -> bool:
        wide = any(place.level is not PlaceLevel.COMMUNITY for place in self._places[name])
        return self._names[name] is not NameKind.WEAK and (3 if wide else 4) <= len(name) <= _SLURRED

    def find(self, text: str) -> list[NameHit]:
        """Hits that do not overlap, in the order of the text; the longer and the truer name wins."""
        sounds, exact = near_sound(text), toneless(text)
        hits: list[NameHit] = []
        for start in range(len(text) - 1):
            hits.extend(self._written(text, start))
            hits.extend(self._sounding(text, sounds, exact, start))
        return _without_overlaps(hits)

    def _written(self, text: str, start: int) -> Iterator[NameHit]:
        for length in self._lengths.get(text[start : start + 2], ()):
            name = text[start : start + length]
            if len(name) == length and name in self._names:
                yield self._hit(name, start, 1.0)

    def _sounding(self, text: str, sounds: str, exact: str, start: int) -> Iterator[NameHit]:
        for length in self._sound_lengths.get(sounds[start : start + 2], ()):
            for name in self._by_sound.get(sounds[start : start + length], ()):
                if not text.startswith(name, start) and start + length <= len(text):
                    yield from self._alike(name, exact, start, 0.97)
        for name, begin in self._half_heard(sounds, start):
            yield from self._alike(name, exact, begin, 0.8)

    def _half_heard(self, sounds: str, at: int) -> Iterator[tuple[str, int]]:
        """Names of which one syllable is another, and where they begin: their first half stands here, or their second."""
        pair = sounds[at : at + 2]
        for length in self._first_lengths.get(pair, ()):
            candidates = self._by_first.get((length, sounds[at : at + (length + 1) // 2]), ())
            yield from _nearly(candidates, sounds[at : at + length], at)
        for length in self._second_lengths.get(pair, ()):
            begin = at - length // 2
            if begin >= 0:
                candidates = self._by_second.get((length, sounds[at : begin + length]), ())
                yield from _nearly(candidates, sounds[begin : begin + length], begin)

    def _alike(self, name: str, heard: str, start: int, ceiling: float) -> Iterator[NameHit]:
        parts = [likeness(one, other) for one, other in zip(toneless(name), heard[start : start + len(name)], strict=True)]
        if min(parts) > 0 or len(name) > 4:
            yield self._hit(name, start, ceiling * sum(parts) / len(parts))

    def _hit(self, name: str, start: int, sameness: float) -> NameHit:
        return NameHit(start, start + len(name), name, self._names[name], tuple(self._places[name]), sameness)


def _all_names(gazetteer: Gazetteer) -> Iterator[tuple[str, NameKind, Place]]:
    for place in gazetteer.places:
        yield plain_text(place.name), NameKind.FULL if place.level is not PlaceLevel.LANDMARK else NameKind.SHORT, place
        for alias in place.aliases:
            yield plain_text(alias), NameKind.FULL if _has_ending(alias, place) else NameKind.SHORT, place
        for word in place.weak:
            yield plain_text(word), NameKind.WEAK, place
        if place.level is PlaceLevel.COMMUNITY:
            for family in {family_name(short) for short in place.aliases[:2]}:
                yield plain_text(family), NameKind.FAMILY, place


_ENDINGS: Final[dict[PlaceLevel, tuple[str, ...]]] = {
    PlaceLevel.SUBDISTRICT: ("街道", "镇", "乡", "地区"),
    PlaceLevel.COMMUNITY: ("社区", "村"),
}


def _has_ending(alias: str, place: Place) -> bool:
    return alias.endswith(_ENDINGS.get(place.level, ()))


def _first(sounds: str) -> tuple[int, str]:
    """The whole name's length, and its first half."""
    return len(sounds), sounds[: (len(sounds) + 1) // 2]


def _second(sounds: str) -> tuple[int, str]:
    return len(sounds), sounds[len(sounds) // 2 :]


def _beginnings(halves: Iterable[tuple[tuple[int, str], int]]) -> dict[str, tuple[int, ...]]:
    """How long the names are whose half begins with these two sounds."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for (_, half), length in halves:
        found[half[:2]].add(length)
    return {pair: tuple(lengths) for pair, lengths in found.items()}


def _nearly(candidates: Iterable[tuple[str, str]], piece: str, begin: int) -> Iterator[tuple[str, int]]:
    if not any(mark in piece for mark in BREAKS):
        yield from ((name, begin) for name, sound in candidates if len(piece) == len(sound) and sum(map(ne, sound, piece)) == 1)


def _lengths(names: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """How long the names are that begin with these two characters, longest first."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for name in names:
        found[name[:2]].add(len(name))
    return {start: tuple(sorted(lengths, reverse=True)) for start, lengths in found.items()}


def _group(pairs: Iterable[tuple[K, T]]) -> dict[K, tuple[T, ...]]:
    groups: defaultdict[K, list[T]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return {key: tuple(values) for key, values in groups.items()}


def _without_overlaps(hits: list[NameHit]) -> list[NameHit]:
    hits.sort(key=lambda hit: -_worth(hit))
    kept: list[NameHit] = []
    for hit in hits:
        if all(hit.end <= other.start or hit.start >= other.end or _rivals(hit, other) for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda hit: (hit.start, -_worth(hit)))


def _rivals(hit: NameHit, other: NameHit) -> bool:
    """Two readings of one stretch that are equally near: both stay."""
    return (hit.start, hit.end) == (other.start, other.end) and hit.sameness < 1 and abs(_worth(hit) - _worth(other)) < 0.35


def _worth(hit: NameHit) -> float:
    """Length counts, likeness more: a slurred long name gives way to a plain one inside it that is nearly as long."""
    weak = 0.4 if hit.kind is NameKind.WEAK else 1.0
    wide = 0.0 if hit.places[0].level is PlaceLevel.COMMUNITY else 0.2
    return (hit.end - hit.start) * hit.sameness**3 * weak + wide
