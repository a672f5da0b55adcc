"""Names that are said right after what lies around them: 朝阳区劲松, 霍营街道华龙苑.

There a name of two syllables, or one with a syllable wrong, lost or added, is believed that would be lost among other words."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import Levenshtein

from classifier.clean import BREAKS, plain_text
from classifier.gazetteer import Gazetteer, Place, PlaceLevel
from classifier.sound import likeness, near_sound, toneless

_LONGEST: Final = 8
"""Syllables of the longest name that is looked for."""
_ENDINGS: Final = {
    PlaceLevel.SUBDISTRICT: tuple(near_sound(ending) for ending in ("街道", "地区", "镇", "乡")),
    PlaceLevel.COMMUNITY: tuple(near_sound(ending) for ending in ("社区", "村", "小区")),
}


@dataclass(frozen=True, slots=True)
class Nested:
    place: Place
    name: str
    start: int
    end: int
    sameness: float
    """Mean likeness of the syllables; a lost or added one counts as none."""
    trust: float
    """Probability that this is the place, if what was said before it is the one around it."""


@dataclass(frozen=True, slots=True)
class _Child:
    place: Place
    name: str
    sound: str
    exact: str


class NestedNames:
    def __init__(self, gazetteer: Gazetteer) -> None:
        self._children: defaultdict[str, list[_Child]] = defaultdict(list)
        for place in gazetteer.places:
            if place.level in _ENDINGS:
                self._children[place.parent].extend(_children(place))

    def after(self, sounds: str, exact: str, at: int, around: str) -> list[Nested]:
        """The best of the places in `around` whose name begins at `at`; several where they are as good."""
        while at < len(sounds) and sounds[at] in BREAKS + "的":
            at += 1
        rest = sounds[at : at + _LONGEST + 3]
        for mark in BREAKS:
            rest = rest.partition(mark)[0]
        begun = [child for child in self._children.get(around, ()) if child.sound[0] in rest[:2] or child.sound[1] in rest[:3]]
        found = [nested for child in begun for nested in _match(child, rest, exact, at)]
        best = max((nested.trust for nested in found), default=0.0)
        return [nested for nested in found if nested.trust >= 0.95 * best]


def _children(place: Place) -> Iterator[_Child]:
    for name in {plain_text(name) for name in (*place.aliases, *place.weak)}:
        if 2 <= len(name) <= _LONGEST and not (place.level is PlaceLevel.SUBDISTRICT and name.endswith(("街道", "镇", "乡"))):
            yield _Child(place, name, near_sound(name), toneless(name))


def _match(child: _Child, rest: str, exact: str, at: int) -> Iterator[Nested]:
    wanted = len(child.sound)
    allowed = 2 if wanted >= 6 else 1
    for length in (wanted, wanted + 1, wanted - 1):
        heard = rest[:length]
        if len(heard) < length or length < 2:
            continue
        wrong = Levenshtein.distance(child.sound, heard, score_cutoff=allowed)
        if wrong <= allowed and (length == wanted or heard[-1] == child.sound[-1]):
            sameness = _sameness(child.exact, exact[at : at + length], wrong)
            ended = rest.startswith(_ENDINGS[child.place.level], length)
            trust = _trust(wanted, length, wrong, sameness, ended) * _known(child, wrong)
            if trust:
                yield Nested(child.place, child.name, at, at + length, sameness, trust)
            return


def _known(child: _Child, wrong: int) -> float:
    """Communities are many, and few people know their short names."""
    short = len(child.name) == 2 or (len(child.name) == 3 and wrong > 0)
    return 0.5 if short and child.place.level is PlaceLevel.COMMUNITY else 1.0


def _sameness(name: str, heard: str, wrong: int) -> float:
    if len(name) != len(heard):
        return 1 - wrong / max(len(name), len(heard))
    return sum(likeness(one, other) for one, other in zip(name, heard, strict=True)) / len(name)


def _trust(wanted: int, length: int, wrong: int, sameness: float, ended: bool) -> float:
    """Fewer syllables carry less: with one of two wrong only its likeness is left, or the ending that follows."""
    if not wrong:
        return 0.97 if ended else {2: 0.85, 3: 0.93}.get(wanted, 0.96)
    if wanted == 2:
        if length == 2 and sameness < 0.7:
            return 0.6 if ended else 0.0
        return 0.75 if ended else 0.42
    if wanted == 3:
        base = 0.6 if length == 2 else 0.72
        return base + 0.2 if ended else base * (1 if sameness >= 0.8 or length != wanted else 0.8)
    return (0.8 if wrong == 1 else 0.6) + (0.12 if ended else 0)
