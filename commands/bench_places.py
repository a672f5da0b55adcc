"""The rows of `flask bench propose` about places: how often the right one is found under noise, and what more places cost."""

import json
import random
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from time import thread_time
from typing import Final

from classifier.clean import clean, plain_text
from classifier.gazetteer import Gazetteer, Place, PlaceLevel
from classifier.location import PlaceFinder
from classifier.sound import near_sound
from commands.bench import Row

CALLS: Final = Path(__file__).resolve().parent.parent / "tests" / "data" / "place_calls.jsonl"
MADE_UP: Final = 100_000
"""Places with which the growth of the cost is measured."""
INVENTED: Final = 0.5
"""Score from which a place that nobody said counts as invented."""
_TARGETS: Final = {0: ("98 %", "96 %", "98 %"), 10: ("", "92 %", ""), 20: ("", "85 %", ""), 30: ("", "75 %", "")}


@dataclass(frozen=True, slots=True)
class PlaceCall:
    text: str
    district: str | None
    """None: no place was said."""
    subdistricts: tuple[str, ...]
    """Codes that count as right."""
    noise: int
    """Per cent of the characters that were misheard."""


@dataclass(frozen=True, slots=True)
class Answer:
    district: str | None
    subdistrict: str | None
    score: float


Finder = Callable[[str], Sequence[Answer]]


def read_place_calls(path: Path = CALLS) -> list[PlaceCall]:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [PlaceCall(row["text"], row["district"], tuple(row["subdistricts"]), row["noise"]) for row in rows]


def place_rows(gazetteer: Gazetteer) -> Iterator[Row]:
    calls = read_place_calls()
    places = PlaceFinder(gazetteer)
    written, heard = BaseLine(gazetteer, str), BaseLine(gazetteer, near_sound)
    for noise in sorted({call.noise for call in calls}):
        some = [call for call in calls if call.noise == noise]
        yield from _rows_at(noise, [call for call in some if call.district], lambda text: answers_of(places, text))
        said = [call for call in some if call.subdistricts]
        for name, line in (("exact longest match", written), ("plain near-sound match", heard)):
            found = [_is_top(line.find(call.text), call, 1) for call in said]
            yield Row(f"base line, {name}: sub-district, first, {noise} % noise", _percent(found))
        silent = [answers_of(places, call.text) for call in some if not call.district]
        invented = [bool(answers) and answers[0].score > INVENTED for answers in silent]
        yield Row(f"place invented where none was said, {noise} % noise", _percent(invented), "at most 2 %")


def answers_of(places: PlaceFinder, text: str) -> list[Answer]:
    found = places.find(clean(text), text).candidates
    return [Answer(place.district_code, place.subdistrict_code, place.score) for place in found]


def _rows_at(noise: int, calls: Sequence[PlaceCall], find: Finder) -> Iterator[Row]:
    answers = [(call, find(call.text)) for call in calls]
    wanted = _TARGETS[noise]
    right = [bool(found) and found[0].district == call.district for call, found in answers]
    yield Row(f"district, {noise} % noise", _percent(right), wanted[0])
    said = [(call, found) for call, found in answers if call.subdistricts]
    yield Row(f"sub-district, first, {noise} % noise", _percent([_is_top(found, call, 1) for call, found in said]), wanted[1])
    yield Row(
        f"sub-district, first three, {noise} % noise", _percent([_is_top(found, call, 3) for call, found in said]), wanted[2]
    )


def _is_top(found: Sequence[Answer], call: PlaceCall, count: int) -> bool:
    return any(answer.subdistrict in call.subdistricts for answer in found[:count])


class BaseLine:
    """The longest name of the gazetteer that stands in the text, letter by letter or by near sound.

    A district that is said too decides between places of one name.
    """

    def __init__(self, gazetteer: Gazetteer, spell: Callable[[str], str]) -> None:
        self._spell = spell
        self._gazetteer = gazetteer
        self._names: defaultdict[str, list[Place]] = defaultdict(list)
        for place in gazetteer.places:
            for name in {place.name, *place.aliases}:
                if len(name) > 1:
                    self._names[spell(plain_text(name))].append(place)
        self._longest = max(map(len, self._names))

    def find(self, text: str) -> list[Answer]:
        hits = sorted(self._hits(self._spell(clean(text).text)), key=len, reverse=True)
        districts = {place.code for hit in hits for place in self._names[hit] if place.level is PlaceLevel.DISTRICT}
        answers = [self._answer(place) for hit in hits for place in self._names[hit]]
        within = [answer for answer in answers if answer.district in districts]
        return sorted(dict.fromkeys(within or answers), key=lambda answer: answer.subdistrict is None)

    def _hits(self, text: str) -> Iterator[str]:
        at = 0
        while at < len(text):
            longest = range(min(self._longest, len(text) - at), 1, -1)
            name = next((text[at : at + length] for length in longest if text[at : at + length] in self._names), "")
            if name:
                yield name
            at += max(len(name), 1)

    def _answer(self, place: Place) -> Answer:
        codes = {part.level: part.code for part in self._gazetteer.chain(place)}
        return Answer(codes.get(PlaceLevel.DISTRICT), codes.get(PlaceLevel.SUBDISTRICT), 1.0)


def growth_rows(gazetteer: Gazetteer, texts: Sequence[str]) -> Iterator[Row]:
    """The city's places, and so many made-up ones more: the cost grows no faster than the places."""
    for places in (gazetteer, made_up(gazetteer, MADE_UP)):
        started = thread_time()
        finder = PlaceFinder(places)
        build_s = thread_time() - started
        times = sorted(_milliseconds(finder, text) for text in texts)
        count = len(places.places)
        yield Row(f"places alone, {count} places, median of 200 characters", f"{times[len(times) // 2]:.1f} ms")
        yield Row(f"places alone, {count} places, p99", f"{times[int(len(times) * 0.99)]:.1f} ms")
        yield Row(f"names of {count} places, read", f"{build_s:.1f} s")
        yield Row(f"names of {count} places, memory", f"{_memory_mb(places):.0f} MB")


def _milliseconds(finder: PlaceFinder, text: str) -> float:
    started = thread_time()
    finder.find(clean(text), text)
    return (thread_time() - started) * 1000


def made_up(gazetteer: Gazetteer, count: int) -> Gazetteer:
    """The city's places and communities more with names of characters that follow each other in real ones."""
    chance = random.Random(7)  # noqa: S311 - the same places in each run
    follows: defaultdict[str, list[str]] = defaultdict(list)
    short = [place.aliases[0] for place in gazetteer.places if place.level is PlaceLevel.COMMUNITY and place.aliases]
    for name in short:
        for one, other in pairwise(name):
            follows[one].append(other)
    subdistricts = [place for district in gazetteer.districts() for place in gazetteer.within(district.code)]
    more: list[Place] = []
    while len(gazetteer.places) + len(more) < count:
        name = _walk(follows, chance)
        around = chance.choice(subdistricts)
        code = f"{around.code}{len(more):06d}"
        more.append(Place(code, name + "社区居委会", PlaceLevel.COMMUNITY, around.code, (name, name + "社区")))
    return replace(gazetteer, places=(*gazetteer.places, *more), version=f"made-up-{count}")


def _walk(follows: dict[str, list[str]], chance: random.Random) -> str:
    name = chance.choice(tuple(follows))
    for _ in range(chance.choice((2, 3, 3, 4, 5))):
        name += chance.choice(follows.get(name[-1]) or tuple(follows))
    return name


def _memory_mb(places: Gazetteer) -> float:
    """What a finder of these places holds, once it stands; what else the process needs or has freed does not count."""
    tracemalloc.start()
    finder = PlaceFinder(places)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del finder
    return held / 1024 / 1024


def _percent(answers: Sequence[bool]) -> str:
    return f"{100 * sum(answers) / max(len(answers), 1):.1f} %"
