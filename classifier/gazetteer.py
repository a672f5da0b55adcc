"""The city's places: districts, sub-districts and zones, communities and villages, landmarks. Data of `config/gazetteer/`."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from rapidfuzz import fuzz, process

from classifier.coordinates import Point
from classifier.local_places import LocalPlace, read_places
from classifier.sound import near_sound
from config.errors import DataError

FILES = ("districts.csv", "subdistricts.csv", "communities.csv", "landmarks.csv", "aliases.csv")


class PlaceLevel(StrEnum):
    DISTRICT = "district"
    SUBDISTRICT = "subdistrict"
    COMMUNITY = "community"
    LANDMARK = "landmark"


@dataclass(frozen=True, slots=True)
class Place:
    code: str
    """6, 9 or 12 digits for a district, sub-district or community; `L` and a number for a landmark, `M` for a city's own."""
    name: str
    """Official: 天通苑北街道."""
    level: PlaceLevel
    parent: str
    """Code of the place around it; empty for a district."""
    aliases: tuple[str, ...]
    """Other names it goes by, the official one without its ending among them."""
    weak: tuple[str, ...] = ()
    """Those of its short names that are ordinary words (平房, 光明): they count only beside another place."""
    bare: tuple[str, ...] = ()
    """Those of the weak ones that people hardly say otherwise (仁和): they count too where a place is told (仁和这边)."""
    point: Point | None = None
    """Where it lies, if the city's own list says so."""


@dataclass(frozen=True)
class Gazetteer:
    places: tuple[Place, ...]
    version: str
    """First 12 hex characters of the SHA-256 over the files."""

    @cached_property
    def _by_code(self) -> dict[str, Place]:
        return {place.code: place for place in self.places}

    @cached_property
    def _children(self) -> dict[str, tuple[Place, ...]]:
        found: defaultdict[str, list[Place]] = defaultdict(list)
        for place in self.places:
            if place.level is not PlaceLevel.LANDMARK:
                found[place.parent].append(place)
        return {code: tuple(children) for code, children in found.items()}

    def place(self, code: str | None) -> Place | None:
        return self._by_code.get(code or "")

    def district(self, code: str | None) -> Place | None:
        return self._at(code, PlaceLevel.DISTRICT)

    def subdistrict(self, code: str | None) -> Place | None:
        return self._at(code, PlaceLevel.SUBDISTRICT)

    def community(self, code: str | None) -> Place | None:
        return self._at(code, PlaceLevel.COMMUNITY)

    def _at(self, code: str | None, level: PlaceLevel) -> Place | None:
        place = self.place(code)
        return place if place and place.level is level else None

    def districts(self) -> tuple[Place, ...]:
        return self._children.get("", ())

    def within(self, code: str) -> tuple[Place, ...]:
        """The sub-districts of a district, or the communities of a sub-district, in the order of their codes."""
        return self._children.get(code, ())

    def chain(self, place: Place) -> tuple[Place, ...]:
        """The place and what is around it, outermost first."""
        above = self._by_code.get(place.parent)
        return (*self.chain(above), place) if above else (place,)

    def full_name(self, code: str | None) -> str:
        """昌平区天通苑北街道; empty for an unknown code."""
        place = self.place(code)
        return "".join(part.name for part in self.chain(place)) if place else ""

    def point(self, district: str | None, address: str | None) -> Point | None:
        """Where an address lies: the point of the longest name in it that is known to lie in that district."""
        named = [name for name in self._located if address and name in address]
        for name in sorted(named, key=len, reverse=True):
            for place in self._located[name]:
                if self.chain(place)[0].code == district:
                    return place.point
        return None

    @cached_property
    def _located(self) -> dict[str, list[Place]]:
        found: defaultdict[str, list[Place]] = defaultdict(list)
        for place in self.places:
            for name in (place.name, *place.aliases) if place.point else ():
                found[name].append(place)
        return dict(found)

    def search(self, text: str, limit: int = 10) -> list[Place]:
        """Places for the form's box, wide ones first: what begins with the text, then what holds it.

        Where nothing does, what sounds like it: whoever types by sound picks a wrong character (天通院).
        """
        wanted = "".join(text.split())
        if not wanted:
            return []
        ranked = [(rank, place) for place in self.places if (rank := _rank(place, wanted)) < _NO_MATCH]
        ranked.sort(key=lambda pair: pair[0])
        return [place for _, place in ranked[:limit]] or self._sounding_like(wanted, limit)

    @cached_property
    def _sounds(self) -> list[str]:
        return [near_sound(place.name) for place in self.places]

    def _sounding_like(self, wanted: str, limit: int) -> list[Place]:
        if len(wanted) < _SHORTEST_BY_SOUND:
            return []
        near = process.extract(near_sound(wanted), self._sounds, scorer=fuzz.partial_ratio, score_cutoff=_ALIKE, limit=None)
        longer = [(-score, _depth(self.places[index]), index) for sound, score, index in near if len(sound) >= len(wanted)]
        return [self.places[index] for *_, index in sorted(longer)[:limit]]


_NO_MATCH = 100
_SHORTEST_BY_SOUND = 2
_ALIKE = 85
"""Part of the syllables that must be the same, in percent, for a name to be offered by its sound."""


def _depth(place: Place) -> int:
    return list(PlaceLevel).index(place.level)


def _rank(place: Place, wanted: str) -> int:
    depth = _depth(place)
    names = (place.name, *place.aliases, *place.weak)
    if wanted in names or wanted == place.code:
        return depth
    if any(name.startswith(wanted) for name in names):
        return 10 + depth
    return 20 + depth if any(wanted in name for name in names) else _NO_MATCH


def load_gazetteer(folder: Path, local: Path | None = None) -> Gazetteer:
    """Reads the five files of the folder, and the city's own list if there is one. Raises DataError with file and line."""
    digest = sha256()
    for name in FILES:
        path = folder / name
        if not path.exists():
            raise DataError(f"{path} is missing: the gazetteer is {', '.join(FILES)}.")
        digest.update(path.read_bytes())
    places = list(_places(folder))
    if local is not None and local.exists():
        digest.update(local.read_bytes())
        places.extend(_own(read_places(local, administrative_codes(places))))
    return Gazetteer(tuple(places), digest.hexdigest()[:12])


def administrative_codes(places: Iterable[Place]) -> frozenset[str]:
    """In which a place may lie."""
    return frozenset(place.code for place in places if place.level is not PlaceLevel.LANDMARK)


def _own(places: Iterable[LocalPlace]) -> Iterator[Place]:
    """A place that spans several stands once for each."""
    for number, place in enumerate(places, 1):
        for part, code in enumerate(place.codes, 1):
            yield Place(f"M{number}.{part}", place.name, PlaceLevel.LANDMARK, code, place.aliases, point=place.point)


def _places(folder: Path) -> Iterator[Place]:
    extra, weak, bare = _read_aliases(folder / "aliases.csv")
    for file, level, cut in (
        ("districts.csv", PlaceLevel.DISTRICT, 0),
        ("subdistricts.csv", PlaceLevel.SUBDISTRICT, 6),
        ("communities.csv", PlaceLevel.COMMUNITY, 9),
    ):
        for code, name in _rows(folder / file, ("code", "name")):
            names = dict.fromkeys((*short_names(name, level), *extra.get(code, ())))
            names.pop(name, None)
            strong = tuple(short for short in names if not _is_weak(short, level, weak))
            unsure = tuple(short for short in names if short not in strong)
            told = tuple(short for short in unsure if short in bare and level is PlaceLevel.SUBDISTRICT)
            yield Place(code, name, level, code[:cut], strong, unsure, told)
    yield from _landmarks(folder / "landmarks.csv", bare)


def _landmarks(path: Path, bare: frozenset[str]) -> Iterator[Place]:
    """A landmark that spans several places stands once for each."""
    for number, (name, _, codes, aliases) in enumerate(_rows(path, ("name", "kind", "code", "aliases")), 1):
        for part, code in enumerate(codes.split("/")):
            others = [alias for alias in aliases.split("/") if alias]
            told = tuple(alias for alias in others if alias in bare)
            strong = tuple(alias for alias in others if alias not in bare)
            yield Place(f"L{number}" + "abcdefgh"[part], name, PlaceLevel.LANDMARK, code, strong, told, told)


def _is_weak(short: str, level: PlaceLevel, weak: frozenset[str]) -> bool:
    return (short in weak and level is not PlaceLevel.DISTRICT) or (level is PlaceLevel.COMMUNITY and len(short) <= 2)


_ENDINGS = {
    PlaceLevel.DISTRICT: re.compile("(区)$"),
    PlaceLevel.SUBDISTRICT: re.compile("((?:回族|满族)?(?:街道|地区|镇|乡))$"),
    PlaceLevel.COMMUNITY: re.compile(
        "((?:社区)?(?:居民委员会|居委会|村民委员会|村委会)|联合社区.*|社区居民|社区|股份经济合作社生活区|虚拟社区.*|商务公寓工作站)$"
    ),
}
_PART = re.compile("(?:第?[一二三四五六七八九十]+(?:[东西南北])?(?:社区|区|里)?|[东西南北中]+(?:区|里)?)$")
"""The end of a community's name that tells it from its sisters: 上地东里第一, 劲松一区."""


def short_names(name: str, level: PlaceLevel) -> list[str]:
    """What a place is called in daily speech, from its official name."""
    short = _ENDINGS[level].sub("", name)
    if level is PlaceLevel.SUBDISTRICT:
        kinds = ("镇", "乡") if name.endswith("地区") else ()
        return [short, *(short + kind for kind in kinds)] if len(short) > 1 else []
    if level is PlaceLevel.COMMUNITY and len(short) > 1:
        bare = short.removesuffix("村") if len(short) > 2 else short
        return [short, bare, bare + ("村" if "村" in name else "社区"), *numbered(bare)]
    return [short] if len(short) > 1 else []


def numbered(short: str) -> list[str]:
    """Other ways to say a numbered part: 上地东里第一 is 上地东里一区 and 上地东里一社区."""
    found = re.fullmatch("(.+?)第([一二三四五六七八九十]+)", short)
    return [f"{found[1]}{found[2]}区", f"{found[1]}{found[2]}社区", f"{found[1]}{found[2]}"] if found else []


def family_name(short: str) -> str:
    """What several communities share: 劲松 of 劲松一区; empty where nothing is left that names a place."""
    family = _PART.sub("", short)
    return family if family != short and len(family) > 2 else ""


def _read_aliases(path: Path) -> tuple[dict[str, list[str]], frozenset[str], frozenset[str]]:
    """Other names by code; the weak ones; and those of the weak that count where a place is told."""
    extra: defaultdict[str, list[str]] = defaultdict(list)
    weak, bare = set(), set()
    for code, alias, strength in _rows(path, ("code", "alias", "strength")):
        if code:
            extra[code].append(alias)
        if strength in ("weak", "bare"):
            weak.add(alias)
        if strength == "bare":
            bare.add(alias)
    return extra, frozenset(weak), frozenset(bare)


def _rows(path: Path, columns: Iterable[str]) -> Iterator[list[str]]:
    wanted = list(columns)
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        if next(reader, None) != wanted:
            raise DataError(f"{path}:1: expected the columns {','.join(wanted)}")
        for row in reader:
            if len(row) != len(wanted):
                raise DataError(f"{path}:{reader.line_num}: expected {len(wanted)} columns")
            yield row
