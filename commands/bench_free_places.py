"""The rows of `flask bench propose` about places in free sentences, and about places found where another city's people write.

`tests/data/free_place_calls.jsonl` was written by hand before the finder was mended on it; only its half `tuned` was looked at
miss by miss, and the rows show the half `held`.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from classifier.gazetteer import Gazetteer
from classifier.location import PlaceFinder
from commands.bench import Row
from commands.bench_places import CALLS, INVENTED, Answer, PlaceCall, answers_of

FREE: Final = CALLS.with_name("free_place_calls.jsonl")
ELSEWHERE: Final = CALLS.parents[3] / "shared" / "data" / "complaints_tipdm" / "att2_labelled.csv"
_EVERY: Final = 3
_MESSAGES: Final = 900


def free_place_rows(gazetteer: Gazetteer) -> Iterator[Row]:
    places = PlaceFinder(gazetteer)
    calls = read_free_calls(FREE, "held")
    said = [(call, answers_of(places, call.text)) for call in calls if call.district]
    which = f"{len(calls)} free sentences, held-out half"
    yield Row(
        f"{which}: district", _percent([bool(found) and found[0].district == call.district for call, found in said]), "98 %"
    )
    narrow = [(call, found) for call, found in said if call.subdistricts]
    yield Row(f"{which}: sub-district, first", _percent([_within(call, found[:1]) for call, found in narrow]), "96 %")
    yield Row(f"{which}: sub-district, first three", _percent([_within(call, found[:3]) for call, found in narrow]), "98 %")
    silent = [answers_of(places, call.text) for call in calls if not call.district]
    yield Row(f"{which}: place invented where none was said", _percent([_invents(found) for found in silent]), "at most 2 %")
    yield _elsewhere_row(places)


def read_free_calls(path: Path, half: str) -> list[PlaceCall]:
    """The sentences of one half: `tuned` or `held`."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [PlaceCall(row["text"], row["district"], tuple(row["subdistricts"]), 0) for row in rows if row["half"] == half]


def _elsewhere_row(places: PlaceFinder) -> Row:
    name = "long messages of another city: a place over 0.5"
    if not ELSEWHERE.is_file():
        return Row(name, "not measured: the development data is not beside the project")
    with ELSEWHERE.open(encoding="utf-8-sig", newline="") as lines:
        texts = [f"{line['title']}\n{line['text']}" for line in islice(csv.DictReader(lines), 0, _EVERY * _MESSAGES, _EVERY)]
    return Row(name, f"{sum(_invents(answers_of(places, text)) for text in texts)} of {len(texts)}")


def _within(call: PlaceCall, found: Sequence[Answer]) -> bool:
    return any(answer.subdistrict in call.subdistricts for answer in found)


def _invents(found: Sequence[Answer]) -> bool:
    return bool(found) and found[0].score > INVENTED


def _percent(answers: Sequence[bool]) -> str:
    return f"{100 * sum(answers) / max(len(answers), 1):.1f} %"
