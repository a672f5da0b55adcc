"""The city's places: districts, sub-districts and zones, communities and villages, landmarks. Data of `config/gazetteer/`."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from pathlib import Path

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
    """6, 9 or 12 digits for a district, sub-district or community; `L` and a row number for a landmark."""
    name: str
    """Official: 天通苑北街道."""
    level: PlaceLevel
    parent: str
    """Code of the place around it; empty for a district."""
    aliases: tuple[str, ...]
    """Other names it goes by, the official one without its ending among them."""
    weak: tuple[str, ...] = ()
    """Those of its short names that are ordinary words (平房, 光明): they count only beside another place."""


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

    def search(self, text: str, limit: int = 10) -> list[Place]:
        """Places for the form's box, wide ones first: what begins with the text, then what holds it."""
        wanted = "".join(text.split())
        if not wanted:
            return []
        ranked = [(rank, place) for place in self.places if (rank := _rank(place, wanted)) < _NO_MATCH]
        ranked.sort(key=lambda pair: pair[0])
        return [place for _, place in ranked[:limit]]


_NO_MATCH = 100


def _rank(place: Place, wanted: str) -> int:
    depth = list(PlaceLevel).index(place.level)
    names = (place.name, *place.aliases, *place.weak)
    if wanted in names or wanted == place.code:
        return depth
    if any(name.startswith(wanted) for name in names):
        return 10 + depth
    return 20 + depth if any(wanted in name for name in names) else _NO_MATCH


def load_gazetteer(folder: Path) -> Gazetteer:
    """Reads the five files of the folder. Raises DataError, which names the file and line."""
    digest = sha256()
    for name in FILES:
        path = folder / name
        if not path.exists():
            raise DataError(f"{path} is missing: the gazetteer is {', '.join(FILES)}.")
        digest.update(path.read_bytes())
    return Gazetteer(tuple(_places(folder)), digest.hexdigest()[:12])


def _places(folder: Path) -> Iterator[Place]:
    raise NotImplementedError


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
