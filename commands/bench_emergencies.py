"""The rows of `flask bench propose` about emergencies: how many are heard, and how often there is none."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from classifier.scoring import share
from commands.bench import Row
from commands.bench_matters import DATA

SENTENCES: Final = DATA / "emergencies.jsonl"
NAMED: Final = 10
"""Mistakes told by their line."""


def emergency_rows(find_danger: Callable[[str], object | None]) -> Iterator[Row]:
    """Mistakes are named by line of the file, counted from 1: what residents say stays out of the output."""
    lines = [json.loads(line) for line in SENTENCES.read_text("utf-8").splitlines()]
    heard = [find_danger(line["text"]) is not None for line in lines]
    real = [bool(line["danger"]) for line in lines]
    found = [was for was, is_real in zip(heard, real, strict=True) if is_real]
    false = [was for was, is_real in zip(heard, real, strict=True) if not is_real]
    yield Row(f"emergencies: recall, {len(found)} sentences", _percent(found), "99 %")
    yield Row(f"emergencies: false alarms, {len(false)} sentences without danger", _percent(false), "at most 2 %")
    pairs = list(enumerate(zip(heard, real, strict=True), start=1))
    yield from _line_rows("missed", [line for line, (was, is_real) in pairs if is_real and not was])
    yield from _line_rows("false alarm", [line for line, (was, is_real) in pairs if was and not is_real])


def _line_rows(mistake: str, lines: Sequence[int]) -> Iterator[Row]:
    if lines:
        yield Row(f"emergencies: {mistake}, lines of {SENTENCES.name}", ", ".join(map(str, lines[:NAMED])))


def _percent(answers: Sequence[bool]) -> str:
    return f"{100 * share(answers):.1f} %"
