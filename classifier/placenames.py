"""Finds names of the gazetteer in a text: as they are written, by near sound, and with one syllable wrong, lost or added.

All ask dictionaries at each position, so the time depends on the length of the text and hardly on the gazetteer's size.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from classifier.clean import plain_text
from classifier.gazetteer import Gazetteer, Place, PlaceLevel, family_name
from classifier.nested import NestedNames
from classifier.phrases import one_of
from classifier.slurred import SlurredNames
from classifier.sound import likeness, near_sound, toneless

K = TypeVar("K")
T = TypeVar("T")

LONGEST: Final = 14
"""Characters of the longest name that is looked for."""
_SLURRED: Final = 8
"""Characters of the longest name of which one syllable may be wrong."""

_NESTED: Final = 0.3
"""What standing right after the place around it is worth: 平谷镇罗营 is 镇罗营 of 平谷, not 平谷镇."""
_VERY_SAME: Final = 0.97
"""Sameness of a name of which every syllable was heard right; the characters may be others."""


class NameKind(StrEnum):
    FULL = "full"
    """The official name, or another with its ending."""
    SHORT = "short"
    FAMILY = "family"
    """What several communities share: 劲松 of 劲松一区."""
    BARE = "bare"
    """A sub-district's short name that is a word too, if a rare one: 仁和."""
    WEAK = "weak"
    """An ordinary word too."""


_TRUST: Final = {NameKind.FULL: 4, NameKind.SHORT: 3, NameKind.FAMILY: 2, NameKind.BARE: 1, NameKind.WEAK: 0}
_WORDS: Final = (NameKind.BARE, NameKind.WEAK)
"""Kinds of names that are words too: only their very characters count."""


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
    beside: float = 0.0
    """For a name heard right after what lies around it: how far that makes it likely (classifier/nested.py); else 0."""
    quality: float = 0.0
    """Probability that one of the places is meant: set by what stands around it (classifier/belief.py)."""

    @property
    def level(self) -> PlaceLevel:
        """The best known of its places'."""
        return min((place.level for place in self.places), key=_BEST_KNOWN.index)


_BEST_KNOWN: Final = (PlaceLevel.DISTRICT, PlaceLevel.SUBDISTRICT, PlaceLevel.LANDMARK, PlaceLevel.COMMUNITY)


_KIND: Final = re.compile(one_of("医院 中学 小学 小区 公园 大街 胡同 学校 市场 大学 路 街") + "$")
"""Landmarks whose name ends so are many: with a syllable wrong one is as good as another."""
_COMMITTEE: Final = "委会"
"""Thousands of official names end so (村委会), and hardly anybody says them."""
_AM_BEFORE: Final = re.compile("[我们]是|.的")
"""What is no beginning of a misheard name: 我是景山的 says nothing of 石景山."""
_AROUND: Final = (PlaceLevel.DISTRICT, PlaceLevel.SUBDISTRICT)


class NameIndex:
    def __init__(self, gazetteer: Gazetteer) -> None:
        self._names: dict[str, NameKind] = {}
        self._places: defaultdict[str, list[Place]] = defaultdict(list)
        for name, kind, place in _all_names(gazetteer):
            if 2 <= len(name) <= LONGEST:
                self._add(name, kind, place)
        self._by_sound = _group((near_sound(name), name) for name in self._names if len(name) >= 3 or self._is_wide(name))
        self._slurred = SlurredNames((name, near_sound(name)) for name in self._names if self._may_be_slurred(name))
        self._lengths = _lengths(self._names)
        self._sound_lengths = _lengths(self._by_sound)
        self._nested = NestedNames(gazetteer)
        self._districts = {near_sound(short): place.code for place in gazetteer.districts() for short in place.aliases}

    def _add(self, name: str, kind: NameKind, place: Place) -> None:
        known = self._names.get(name)
        if known is None or _TRUST[kind] > _TRUST[known]:
            self._names[name] = kind
        if place not in self._places[name]:
            self._places[name].append(place)

    def _may_be_slurred(self, name: str) -> bool:
        fewest = 3 if self._is_wide(name) else 4
        landmark = self._level_of(name) is PlaceLevel.LANDMARK
        if name.endswith(_COMMITTEE) or (landmark and _KIND.search(name)):
            return False
        return self._names[name] not in _WORDS and fewest <= len(name) <= _SLURRED

    def _level_of(self, name: str) -> PlaceLevel:
        return min((place.level for place in self._places[name]), key=_BEST_KNOWN.index)

    def _is_wide(self, name: str) -> bool:
        """Whether more people know it than those who live there."""
        known = any(place.level is not PlaceLevel.COMMUNITY for place in self._places[name])
        return known and self._names[name] not in _WORDS

    def find(self, text: str) -> list[NameHit]:
        """Hits that do not overlap, in the order of the text; the longer and the truer name wins."""
        sounds, exact = near_sound(text), toneless(text)
        hits: list[NameHit] = []
        for start in range(len(text) - 1):
            if text[start : start + 2] in self._lengths:
                hits.extend(self._written(text, start))
            if sounds[start : start + 2] in self._sound_lengths:
                hits.extend(self._sounding(text, sounds, exact, start))
        hits.extend(self._one_wrong(sounds, exact))
        hits = _without_crossing(hits)
        inside = list(self._inside(hits, sounds, exact))
        return _without_overlaps([*(hit for hit in hits if not _lies_elsewhere(hit, inside)), *inside])

    def _inside(self, hits: Sequence[NameHit], sounds: str, exact: str) -> Iterator[NameHit]:
        """Names heard right after the district or sub-district around them; a district's short name need only sound like it."""
        said = {(hit.end, place.code): hit.sameness for hit in hits for place in hit.places if place.level in _AROUND}
        for start in range(len(sounds) - 1):
            code = self._districts.get(sounds[start : start + 2])
            if code:
                said.setdefault((start + 2, code), 0.85)
        for (end, code), sameness in said.items():
            for nested in self._nested.after(sounds, exact, end, code):
                names = (nested.name, NameKind.SHORT, (nested.place,))
                beside = nested.trust * _carries(sameness)
                yield NameHit(nested.start, nested.end, *names, min(nested.sameness, _VERY_SAME), beside)

    def _written(self, text: str, start: int) -> Iterator[NameHit]:
        for length in self._lengths.get(text[start : start + 2], ()):
            name = text[start : start + length]
            if len(name) == length and name in self._names:
                yield self._hit(name, start, 1.0)

    def _sounding(self, text: str, sounds: str, exact: str, start: int) -> Iterator[NameHit]:
        for length in self._sound_lengths.get(sounds[start : start + 2], ()):
            for name in self._by_sound.get(sounds[start : start + length], ()):
                if start and _AM_BEFORE.match(text, start - 1):
                    continue
                if not text.startswith(name, start) and start + length <= len(text):
                    yield from self._alike(name, exact, start, _VERY_SAME)

    def _one_wrong(self, sounds: str, exact: str) -> Iterator[NameHit]:
        for name, start, end in self._slurred.find(sounds):
            if end - start == len(name):
                yield from self._alike(name, exact, start, 0.8)
            else:
                yield self._hit(name, start, 0.75, end)

    def _alike(self, name: str, heard: str, start: int, ceiling: float) -> Iterator[NameHit]:
        parts = [likeness(one, other) for one, other in zip(toneless(name), heard[start : start + len(name)], strict=True)]
        if min(parts) > 0 or len(name) > 4:
            yield self._hit(name, start, ceiling * sum(parts) / len(parts))

    def _hit(self, name: str, start: int, sameness: float, end: int | None = None) -> NameHit:
        return NameHit(start, end or start + len(name), name, self._names[name], tuple(self._places[name]), sameness)


def _carries(sameness: float) -> float:
    """How far a name that was said, or only heard, vouches for one that follows it."""
    return 1.0 if sameness == 1 else 0.9 if sameness > 0.82 else 0.6


def _all_names(gazetteer: Gazetteer) -> Iterator[tuple[str, NameKind, Place]]:
    for place in gazetteer.places:
        yield plain_text(place.name), NameKind.FULL if place.level is not PlaceLevel.LANDMARK else NameKind.SHORT, place
        for alias in place.aliases:
            yield plain_text(alias), NameKind.FULL if _has_ending(alias, place) else NameKind.SHORT, place
        for word in place.weak:
            yield plain_text(word), NameKind.BARE if word in place.bare else NameKind.WEAK, place
        if place.level is PlaceLevel.COMMUNITY:
            for family in {family_name(short) for short in place.aliases[:2]}:
                yield plain_text(family), NameKind.FAMILY, place


_ENDINGS: Final[dict[PlaceLevel, tuple[str, ...]]] = {
    PlaceLevel.SUBDISTRICT: ("街道", "镇", "乡", "地区"),
    PlaceLevel.COMMUNITY: ("社区", "村"),
}


def _has_ending(alias: str, place: Place) -> bool:
    return alias.endswith(_ENDINGS.get(place.level, ()))


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


def _without_crossing(hits: list[NameHit]) -> list[NameHit]:
    """A misheard name gives way to a written one that begins or ends inside it: 朝阳安贞 holds no 朝阳庵."""
    written = [hit for hit in hits if hit.sameness == 1 and hit.kind not in _WORDS and hit.level in _AROUND]
    return [hit for hit in hits if hit.sameness == 1 or not any(_cross(hit, other) for other in written)]


def _cross(one: NameHit, other: NameHit) -> bool:
    return one.start < other.start < one.end < other.end or other.start < one.start < other.end < one.end


def _lies_elsewhere(hit: NameHit, inside: Sequence[NameHit]) -> bool:
    """A community's name that begins like a sub-district of the district just said, and lies in another: 平谷滨河小区."""
    rivals = (other for other in inside if other.start == hit.start and other.end < hit.end and other.sameness >= _VERY_SAME)
    districts = {place.parent for other in rivals for place in other.places if place.level is PlaceLevel.SUBDISTRICT}
    return hit.level is PlaceLevel.COMMUNITY and any(
        not place.parent.startswith(district) for district in districts for place in hit.places
    )


def _rivals(hit: NameHit, other: NameHit) -> bool:
    """Two readings of one stretch that are equally near: both stay."""
    return (hit.start, hit.end) == (other.start, other.end) and hit.sameness < 1 and abs(_worth(hit) - _worth(other)) < 0.35


def _worth(hit: NameHit) -> float:
    """Length counts, likeness more: a slurred long name gives way to a plain one inside it that is nearly as long."""
    weak = 0.4 if hit.kind is NameKind.WEAK else 1.0
    level = hit.places[0].level
    wide = {PlaceLevel.COMMUNITY: 0.0, PlaceLevel.DISTRICT: 0.5}.get(level, 0.2)
    if hit.beside and hit.sameness >= _VERY_SAME:
        return hit.end - hit.start + _NESTED
    return (hit.end - hit.start) * hit.sameness**3 * weak + wide
