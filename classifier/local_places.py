"""A city's own list of places (roads, compounds, with their points): read and checked row by row, kept in one file of `var`."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from classifier.clean import BREAKS, plain_text
from classifier.coordinates import Datum, Point, to_wgs84
from config.errors import DataError

COLUMNS: Final = ("name", "kind", "code", "aliases", "longitude", "latitude", "datum")
KINDS: Final = ("road", "compound", "building", "station", "hospital", "school", "park", "market", "mall", "area")
LARGEST: Final = 200_000
"""Rows of a list."""
_SHOWN: Final = 20
"""Problems that an error names."""
_EAST: Final = (73.0, 136.0)
_NORTH: Final = (3.0, 54.0)
"""Degrees between which a point of China lies."""


class PlaceListWrong(DataError):
    """Rows of a list are unusable; the text names file, line and fix of each, and nothing was taken."""

    code = "place_list_wrong"


@dataclass(frozen=True, slots=True)
class LocalPlace:
    name: str
    kind: str
    codes: tuple[str, ...]
    """Districts, sub-districts or communities that it lies in; more than one where it spans them."""
    aliases: tuple[str, ...]
    point: Point | None

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """What tells it from every other: one name may stand in several districts."""
        return self.name, self.codes


@dataclass(frozen=True, slots=True)
class Taken:
    new: int
    changed: int
    same: int


def local_file(var: Path) -> Path:
    return var / "gazetteer" / "places.csv"


def read_places(path: Path, codes: frozenset[str]) -> list[LocalPlace]:
    """The rows of a list in UTF-8, with or without a byte-order mark. `codes`: those that exist in the city's gazetteer.

    Raises PlaceListWrong, which names every unusable row (the first twenty).
    """
    problems: list[str] = []
    found: dict[tuple[str, tuple[str, ...]], LocalPlace] = {}
    for line, row in _rows(path):
        try:
            place = _read_row(row, codes)
            if place.key in found:
                raise ValueError(f"{place.name} stands twice with the same code")
            found[place.key] = place
        except ValueError as problem:
            problems.append(f"{path}:{line}: {problem}")
    if problems:
        more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        raise PlaceListWrong("\n".join([*problems[:_SHOWN], *more]))
    _check_size(len(found))
    return list(found.values())


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line and stripped cells of every row that is not empty."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = "there is no such file" if isinstance(error, FileNotFoundError) else "it is no text in UTF-8 that may be read"
        raise PlaceListWrong(f"{path}: {why}.") from None
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        if tuple(next(reader, ())) != COLUMNS:
            raise PlaceListWrong(f"{path}:1: the first line must be {','.join(COLUMNS)}")
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield reader.line_num, cells
    except csv.Error:
        problem = "from here on this is no table: is a quotation mark open?"
        raise PlaceListWrong(f"{path}:{reader.line_num}: {problem}") from None


def _check_size(places: int) -> None:
    if places > LARGEST:
        raise PlaceListWrong(f"A city's own list holds at most {LARGEST} places; these would be {places}.")


def _read_row(row: Sequence[str], codes: frozenset[str]) -> LocalPlace:
    if len(row) != len(COLUMNS):
        raise ValueError(f"{len(COLUMNS)} columns are needed, here are {len(row)}")
    name, kind, code, aliases, longitude, latitude, datum = row
    names = (name, *(alias for alias in aliases.split("/") if alias))
    for one in names:
        _check_name(one)
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}")
    around = tuple(code.split("/"))
    unknown = [one for one in around if one not in codes]
    if unknown:
        raise ValueError(f"code {unknown[0] or '(empty)'} is no district, sub-district or community of this gazetteer")
    return LocalPlace(name, kind, around, names[1:], _point(longitude, latitude, datum))


def _check_name(name: str) -> None:
    plain = plain_text(name)
    if not 2 <= len(plain) <= 14 or any(mark in plain for mark in BREAKS):
        raise ValueError(f"a name has 2 to 14 characters and no punctuation: {name or '(empty)'}")


def _point(longitude: str, latitude: str, datum: str) -> Point | None:
    if not (longitude or latitude or datum):
        return None
    if datum not in {*Datum}:
        raise ValueError("datum must be WGS84 or GCJ02 where a point is given")
    try:
        east, north = float(longitude), float(latitude)
    except ValueError:
        raise ValueError("longitude and latitude must be decimal degrees, both or none") from None
    if not (_EAST[0] <= east <= _EAST[1] and _NORTH[0] <= north <= _NORTH[1]):
        raise ValueError("longitude must lie between 73 and 136, latitude between 3 and 54: were they exchanged?")
    return to_wgs84(east, north, Datum(datum))


def take_places(target: Path, places: Sequence[LocalPlace], codes: frozenset[str]) -> Taken:
    """Joins the places to those of `target`, which is replaced at once. One of the same name and codes takes the new values.

    Raises PlaceListWrong where both together are too many; `target` then stays as it is.
    """
    known = {place.key: place for place in read_places(target, codes)} if target.exists() else {}
    new = sum(place.key not in known for place in places)
    same = sum(known.get(place.key) == place for place in places)
    _check_size(len(known) + new)
    if len(places) > same:
        _write(target, {**known, **{place.key: place for place in places}}.values())
    return Taken(new, len(places) - new - same, same)


def _write(target: Path, places: Iterable[LocalPlace]) -> None:
    """Readers see the old file or the new one, never half of one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_suffix(".new")
    with beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for place in sorted(places, key=lambda place: place.key):
            point = (place.point.longitude, place.point.latitude, Datum.WGS84) if place.point else ("", "", "")
            writer.writerow((place.name, place.kind, "/".join(place.codes), "/".join(place.aliases), *point))
    beside.replace(target)
