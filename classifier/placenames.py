"""Finds names of the gazetteer in a text: as they are written, by near sound, and with one syllable wrong.

All three ask dictionaries at each position, so the time depends on the length of the text and hardly on the size of the gazetteer.
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
        self._by_half = _group((key, (name, sound)) for name, sound in slurred for key in _halves(sound))
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
        for name in self._half_heard(sounds, start):
            yield from self._alike(name, exact, start, 0.8)

    def _half_heard(self, sounds: str, start: int) -> Iterator[str]:
        """Names with exactly one other syllable at this place: their first or their second half is intact."""
        for length in range(3, min(_SLURRED, len(sounds) - start) + 1):
            piece = sounds[start : start + length]
            if piece[-1] in BREAKS:
                return
            for key in _halves(piece):
                for name, sound in self._by_half.get(key, ()):
                    if _differences(sound, piece) == 1:
                        yield name

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


def _has_ending(alias: str, place: Place) -> bool:
    endings = ("街道", "街道办", "办事处", "镇", "乡", "地区", "镇政府") if place.level is PlaceLevel.SUBDISTRICT else ()
    if place.level is PlaceLevel.COMMUNITY:
        endings = ("社区", "居委会", "村委会", "村", "小区")
    return alias.endswith(endings) if endings else False


def _halves(sounds: str) -> tuple[str, str]:
    """Keys of the first and the second half of a name of this length."""
    length = len(sounds)
    return _FIRST[length] + sounds[: (length + 1) // 2], _SECOND[length] + sounds[length // 2 :]


_FIRST: Final = [f"{length}<" for length in range(_SLURRED + 1)]
_SECOND: Final = [f"{length}>" for length in range(_SLURRED + 1)]


def _lengths(names: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """How long the names are that begin with these two characters, longest first."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for name in names:
        found[name[:2]].add(len(name))
    return {start: tuple(sorted(lengths, reverse=True)) for start, lengths in found.items()}


def _differences(one: str, other: str) -> int:
    return sum(map(ne, one, other))


def _group(pairs: Iterable[tuple[str, T]]) -> dict[str, tuple[T, ...]]:
    groups: defaultdict[str, list[T]] = defaultdict(list)
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
    """Length counts, likeness more: a slurred long name gives way to a plain shorter one inside it only when that is nearly as long."""
    weak = 0.4 if hit.kind is NameKind.WEAK else 1.0
    wide = 0.0 if hit.places[0].level is PlaceLevel.COMMUNITY else 0.2
    return (hit.end - hit.start) * hit.sameness**3 * weak + wide
