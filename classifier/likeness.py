"""How alike two cases are: matter, place, words by sound, and time, each as a reason that a person can read."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from classifier.clean import BREAKS, plain_text
from classifier.sound import near_sound

SHOWN_FROM: Final = 0.55
"""Score from which a case is offered as a likely duplicate. Two calls about one leaf from one sub-district that have
nothing else in common stay below it (of 1,953 pairs of the taxonomy's own sentences two do not); one leaf in one community lies
above."""
_WEIGHTS: Final = {"place": 0.45, "matter": 0.3, "text": 0.25}
_OLD: Final = timedelta(days=15)
_AGE_COSTS: Final = 0.3
"""Share of the score that a case of that age or more has lost."""


class Matter(StrEnum):
    LEAF = "leaf"
    GROUP = "group"
    """Another leaf of the same group."""
    OTHER = "other"


class Place(StrEnum):
    """The narrowest that both cases share."""

    BUILDING = "building"
    COMPOUND = "compound"
    """The same named road, compound or house in the address."""
    COMMUNITY = "community"
    SUBDISTRICT = "subdistrict"
    DISTRICT = "district"
    OTHER = "other"


_MATTER_SCORE: Final = {Matter.LEAF: 1.0, Matter.GROUP: 0.6, Matter.OTHER: 0.0}
_PLACE_SCORE: Final = {
    Place.BUILDING: 1.0,
    Place.COMPOUND: 0.9,
    Place.COMMUNITY: 0.6,
    Place.SUBDISTRICT: 0.35,
    Place.DISTRICT: 0.15,
    Place.OTHER: 0.0,
}
_ELSEWHERE: Final = -0.2
"""Of places that carry different names though they lie in one community, sub-district or district: it speaks against."""
_DIGITS: Final = str.maketrans("零〇一二三四五六七八九", "00123456789")
_HOUSE: Final = re.compile(r"(?<![0-9])([0-9]+)(?:号楼|栋|幢|号院|号|单元|楼|层|室|门)")
_BREAKS: Final = re.compile(f"[{BREAKS}#-]")
_SHORTEST_NAME: Final = 2


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a case. `group` is the path above its leaf, empty for an unknown matter."""

    category_code: str | None
    group: tuple[str, ...]
    district_code: str | None
    subdistrict_code: str | None
    community_code: str | None
    address: str | None
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Likeness:
    """`score` in [0, 1] from the reasons; `text` in [0, 1]: share of the pairs of near sounds that both texts have."""

    score: float
    matter: Matter
    place: Place
    is_elsewhere: bool
    """The addresses name different places."""
    text: float
    apart: timedelta


def likeness(one: Told, other: Told) -> Likeness:
    matter, place, text = _matter(one, other), _area(one, other), text_likeness(one.text, other.text)
    named = _named(one.address, other.address)
    is_elsewhere = named is Place.OTHER
    if named in (Place.BUILDING, Place.COMPOUND) and place is not Place.OTHER:
        place = named
    where = _ELSEWHERE if is_elsewhere else _PLACE_SCORE[place]
    apart = abs(one.at - other.at)
    parts = {"place": where, "matter": _MATTER_SCORE[matter], "text": text}
    score = sum(_WEIGHTS[name] * value for name, value in parts.items()) * (1 - _AGE_COSTS * min(1.0, apart / _OLD))
    return Likeness(round(max(score, 0.0), 4), matter, place, is_elsewhere, round(text, 4), apart)


def text_likeness(one: str, other: str) -> float:
    """Dice's coefficient over pairs of near sounds: characters that were misheard as others of their sound still match."""
    first, second = _pairs(one), _pairs(other)
    both = sum((first & second).values())
    return 2 * both / max(1, sum(first.values()) + sum(second.values()))


def _pairs(text: str) -> Counter[str]:
    sounds = near_sound(plain_text(text))
    return Counter(
        sounds[start : start + 2] for start in range(len(sounds) - 1) if not set(sounds[start : start + 2]) & set(BREAKS)
    )


def _matter(one: Told, other: Told) -> Matter:
    if one.category_code and one.category_code == other.category_code:
        return Matter.LEAF
    return Matter.GROUP if one.group and one.group == other.group else Matter.OTHER


def _area(one: Told, other: Told) -> Place:
    if one.community_code and one.community_code == other.community_code:
        return Place.COMMUNITY
    if one.subdistrict_code and one.subdistrict_code == other.subdistrict_code:
        return Place.SUBDISTRICT
    if one.subdistrict_code and other.subdistrict_code:
        return Place.OTHER
    return Place.DISTRICT if one.district_code and one.district_code == other.district_code else Place.OTHER


def _named(one: str | None, other: str | None) -> Place | None:
    """BUILDING, COMPOUND, OTHER for different names; None where an address names nothing."""
    (name, house), (name2, house2) = _address(one), _address(other)
    if min(len(name), len(name2)) < _SHORTEST_NAME:
        return None
    if name not in name2 and name2 not in name:
        return Place.OTHER
    return Place.BUILDING if house and house == house2 else Place.COMPOUND


def _address(address: str | None) -> tuple[str, str]:
    """The sound of its name before the first house number, and that number: 天通苑北一区, 5."""
    plain = _BREAKS.sub("", plain_text(address or "")).translate(_DIGITS)
    house = _HOUSE.search(plain)
    name = plain[: house.start()] if house else plain
    return near_sound(name), house.group(1) if house else ""
