"""The city's names that hold a spoken numeral (三里屯, 劲松一区): they are written as they are, whatever stands around them."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from asr.numerals import NUMERAL_SIGNS

_ENDING = re.compile("(?:社区|社区居委会|社区居民委员会|居委会|居民委员会|村委会|村民委员会|街道|地区|镇|乡)$")
_NUMBER_ALONE = re.compile(f"第?[{NUMERAL_SIGNS}]+(?:号院|号楼|号|[院楼层区里村街条])?$")
_SHORTEST = 3


class NumberedNames:
    """Finds such names in a text. The work depends on the text's length, not on how many names there are."""

    def __init__(self, names: Iterable[str]) -> None:
        self.all = frozenset(name for name in names if _has_numeral(name))
        self._lengths: defaultdict[str, set[int]] = defaultdict(set)
        for name in self.all:
            self._lengths[name[:2]].add(len(name))

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where they stand, the longest at each place, without overlap."""
        at = 0
        while at < len(text) - 1:
            lengths = self._lengths.get(text[at : at + 2], ())
            length = max((len(name) for length in lengths if (name := text[at : at + length]) in self.all), default=0)
            if length:
                yield at, at + length
            at += length or 1


@cache
def city_names(folder: Path) -> NumberedNames:
    """Of the gazetteer in `folder`; a file that is not there holds no names."""
    return NumberedNames(name for official in _official(folder) for name in _spoken(official))


def _official(folder: Path) -> Iterator[str]:
    for file, columns in (
        ("subdistricts.csv", ("name",)),
        ("communities.csv", ("name",)),
        ("landmarks.csv", ("name", "aliases")),
        ("aliases.csv", ("alias",)),
    ):
        path = folder / file
        if not path.exists():
            continue
        with path.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                for column in columns:
                    yield from filter(None, (row.get(column) or "").split("/"))


def _spoken(official: str) -> Iterator[str]:
    """The name and what is left of it without its ending, unless that is a bare number: 十一号院 may be anybody's."""
    yield official
    short = official
    while (shorter := _ENDING.sub("", short)) != short:
        short = shorter
        if len(short) >= _SHORTEST and not _NUMBER_ALONE.match(short):
            yield short


def _has_numeral(name: str) -> bool:
    return len(name) > 1 and any(sign in NUMERAL_SIGNS for sign in name)
