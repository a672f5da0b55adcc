"""`flask bench propose`: how well and how fast calls are understood, on the sentences of tests/data."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import thread_time
from typing import Final

from classifier.clean import plain_text
from classifier.danger_stored import judge_of
from classifier.gazetteer import load_gazetteer
from classifier.phones import find_phones
from classifier.pipeline import Understanding
from classifier.proposal import Proposal
from classifier.taxonomy import load_taxonomy
from classifier.versions import base_of
from commands.bench import BenchReport, Row
from commands.bench_articles import article_rows
from commands.bench_emergencies import emergency_rows
from commands.bench_free_places import free_place_rows
from commands.bench_matters import growth_rows, matter_rows
from commands.bench_places import growth_rows as place_growth_rows
from commands.bench_places import place_rows
from commands.bench_tickets import ticket_rows
from intake.office import CITY_DATA
from ivr.danger import find_danger

CALLS: Final = CITY_DATA.parent / "tests" / "data" / "spoken_calls.jsonl"
NUMBERS: Final = CALLS.with_name("spoken_numbers.tsv")


@dataclass(frozen=True, slots=True)
class Call:
    text: str
    categories: tuple[str, ...]
    """Codes that count as right."""
    district: str | None
    subdistrict: str | None


def run() -> BenchReport:
    started = thread_time()
    gazetteer = load_gazetteer(CITY_DATA / "gazetteer")
    taxonomy = load_taxonomy(CITY_DATA / "taxonomy")
    understanding = Understanding(taxonomy, gazetteer, find_danger, base_of(taxonomy), judge=judge_of(taxonomy))
    load_s = thread_time() - started
    calls = read_calls(CALLS)
    proposals = [understanding.propose(call.text) for call in calls]
    return BenchReport(
        f"Understanding: {len(calls)} spoken test sentences, version {understanding.version}",
        (
            *matter_rows(understanding, taxonomy),
            *ticket_rows(understanding),
            *article_rows(understanding, taxonomy),
            *_place_rows(calls, proposals, "spoken test sentences"),
            *_apart_place_rows(understanding),
            *place_rows(gazetteer),
            *free_place_rows(gazetteer),
            _phone_row(),
            *emergency_rows(understanding, find_danger, taxonomy),
            *_cost_rows(understanding, calls, load_s),
            *growth_rows(taxonomy, _long_texts(calls)),
            *place_growth_rows(gazetteer, _long_texts(calls)),
        ),
    )


def read_calls(path: Path) -> list[Call]:
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [Call(line["text"], tuple(line["categories"]), line["district"], line["subdistrict"]) for line in lines]


def _apart_place_rows(understanding: Understanding) -> Iterator[Row]:
    """Places were mended on the first file; of the second only the figures were looked at."""
    for name, which in (("calls_a", "calls written apart, mended on"), ("calls_b", "calls written apart, only counted")):
        calls = read_calls(CALLS.with_name(f"{name}.jsonl"))
        yield from _place_rows(calls, [understanding.propose(call.text) for call in calls], f"{len(calls)} {which}")


def _place_rows(calls: Sequence[Call], proposals: Sequence[Proposal], which: str) -> Iterator[Row]:
    said = [(call, proposal) for call, proposal in zip(calls, proposals, strict=True) if call.district]
    silent = [proposal for call, proposal in zip(calls, proposals, strict=True) if not call.district]
    districts = [_place(proposal)[0] == call.district for call, proposal in said]
    yield Row(f"{which}: district, where a place was said", _percent(districts), "98 %")
    subdistricts = [_place(proposal)[1] == call.subdistrict for call, proposal in said if call.subdistrict]
    yield Row(f"{which}: sub-district, first", _percent(subdistricts), "96 %")
    invented = [bool(proposal.locations) and proposal.locations[0].score > 0.5 for proposal in silent]
    yield Row(f"{which}: place invented where none was said", _percent(invented), "at most 2 %")


def _place(proposal: Proposal) -> tuple[str | None, str | None]:
    best = proposal.locations[0] if proposal.locations else None
    return (best.district_code, best.subdistrict_code) if best else (None, None)


def _phone_row() -> Row:
    """Of the sentences in which numbers are spoken, and of those with other numbers: exactly these, and no other."""
    lines = [line.split("\t") for line in NUMBERS.read_text("utf-8").splitlines()]
    right = [
        list(dict.fromkeys(phone.number for phone in find_phones(plain_text(text)))) == told.split() for text, told in lines
    ]
    return Row(f"telephone numbers exact, {len(lines)} spoken", _percent(right), "97 %")


def _cost_rows(understanding: Understanding, calls: Sequence[Call], load_s: float) -> Iterator[Row]:
    times = sorted(_milliseconds(lambda text=text: understanding.propose(text)) for text in _long_texts(calls) * 3)  # type: ignore[misc]
    yield Row("proposal, 200 characters, median", f"{times[len(times) // 2]:.1f} ms")
    yield Row("proposal, 200 characters, p99", f"{times[int(len(times) * 0.99)]:.1f} ms", "10 ms")
    yield Row("load", f"{load_s:.2f} s", "2 s")
    yield Row("memory of a process that only understands", f"{_memory_mb():.0f} MB", "300 MB")


def _long_texts(calls: Sequence[Call]) -> list[str]:
    """Of 200 characters."""
    return ["，".join(call.text for call in calls[start : start + 20])[:200] for start in range(len(calls) - 20)]


def _milliseconds(work: Callable[[], object]) -> float:
    """Of this thread on its core: what other processes do meanwhile does not count."""
    started = thread_time()
    work()
    return (thread_time() - started) * 1000


def _memory_mb() -> float:
    code = (
        "import resource; from commands.bench_propose import understanding_for_memory as u; u(); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60, cwd=CITY_DATA.parent
    )
    return int(done.stdout) / 1024


def understanding_for_memory() -> Proposal:
    taxonomy = load_taxonomy(CITY_DATA / "taxonomy")
    places = load_gazetteer(CITY_DATA / "gazetteer")
    understanding = Understanding(taxonomy, places, find_danger, base_of(taxonomy), judge=judge_of(taxonomy))
    return understanding.propose("天通苑北街道，暖气不热")


def _percent(answers: Sequence[bool]) -> str:
    return f"{100 * sum(answers) / max(len(answers), 1):.1f} %"
