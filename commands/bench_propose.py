"""`flask bench propose`: how well and how fast calls are understood, on the sentences of tests/data."""

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import thread_time
from typing import Final

from classifier.gazetteer import Gazetteer, Place, load_gazetteer
from classifier.pipeline import Understanding
from classifier.proposal import Proposal
from classifier.sound import misheard
from classifier.taxonomy import load_taxonomy
from classifier.versions import base_of
from commands.bench import BenchReport, Row
from commands.bench_matters import growth_rows, matter_rows
from intake.office import CITY_DATA
from ivr.danger import find_danger

CALLS: Final = CITY_DATA.parent / "tests" / "data" / "spoken_calls.jsonl"
NOISE: Final = (0.1, 0.2, 0.3)
_FRAMES: Final = (
    "我住在{}，家里没水了",
    "{}这边的路灯坏了好几天了",
    "我反映一下，在{}附近有人摆摊",
    "您好，{}，电梯停了",
    "就是{}那个地方，太吵了",
)


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
    understanding = Understanding(taxonomy, gazetteer, find_danger, base_of(taxonomy))
    load_s = thread_time() - started
    calls = read_calls(CALLS)
    proposals = [understanding.propose(call.text) for call in calls]
    return BenchReport(
        f"Understanding: {len(calls)} spoken test sentences, version {understanding.version}",
        (
            *matter_rows(understanding, taxonomy),
            *_place_rows(calls, proposals),
            *_noise_rows(understanding, gazetteer),
            *_cost_rows(understanding, calls, load_s),
            *growth_rows(taxonomy, _long_texts(calls)),
        ),
    )


def read_calls(path: Path) -> list[Call]:
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [Call(line["text"], tuple(line["categories"]), line["district"], line["subdistrict"]) for line in lines]


def _place_rows(calls: Sequence[Call], proposals: Sequence[Proposal]) -> Iterator[Row]:
    said = [(call, proposal) for call, proposal in zip(calls, proposals, strict=True) if call.district]
    silent = [proposal for call, proposal in zip(calls, proposals, strict=True) if not call.district]
    districts = [_place(proposal)[0] == call.district for call, proposal in said]
    yield Row("district, where a place was said", _percent(districts), "98 %")
    subdistricts = [_place(proposal)[1] == call.subdistrict for call, proposal in said if call.subdistrict]
    yield Row("sub-district, first candidate", _percent(subdistricts), "96 %")
    invented = [bool(proposal.locations) and proposal.locations[0].score > 0.5 for proposal in silent]
    yield Row("place invented where none was said", _percent(invented), "at most 2 %")


def _place(proposal: Proposal) -> tuple[str | None, str | None]:
    best = proposal.locations[0] if proposal.locations else None
    return (best.district_code, best.subdistrict_code) if best else (None, None)


def _noise_rows(understanding: Understanding, gazetteer: Gazetteer) -> Iterator[Row]:
    """Every sub-district in a frame, by its full name, its own, or district and short name; so many of the name's characters
    misheard, two thirds of them as another of the same sound and one third as one of a near sound."""
    chance = random.Random(12345)  # noqa: S311 - the same noise in each run
    places = [place for district in gazetteer.districts() for place in gazetteer.within(district.code)]
    for rate, target in zip((0.0, *NOISE), ("96 %", "92 %", "85 %", "75 %"), strict=True):
        found = [_is_found(understanding, _noisy(_said(gazetteer, place, chance), rate, chance), place) for place in places]
        yield Row(f"sub-district, {rate:.0%} of its name's characters misheard", _percent(found), target)


def _said(gazetteer: Gazetteer, place: Place, chance: random.Random) -> str:
    short = place.aliases[0] if place.aliases else place.name
    return chance.choice((gazetteer.full_name(place.code), place.name, gazetteer.full_name(place.parent) + short))


def _noisy(name: str, rate: float, chance: random.Random) -> str:
    return "".join(_misheard(one, chance) if chance.random() < rate else one for one in name)


def _misheard(character: str, chance: random.Random) -> str:
    return chance.choice(misheard(character, nearly=chance.random() < 1 / 3))


def _is_found(understanding: Understanding, name: str, place: Place) -> bool:
    proposal = understanding.propose(_FRAMES[int(place.code) % len(_FRAMES)].format(name))
    return _place(proposal)[1] == place.code


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
    understanding = Understanding(taxonomy, load_gazetteer(CITY_DATA / "gazetteer"), find_danger, base_of(taxonomy))
    return understanding.propose("天通苑北街道，暖气不热")


def _percent(answers: Sequence[bool]) -> str:
    return f"{100 * sum(answers) / max(len(answers), 1):.1f} %"
