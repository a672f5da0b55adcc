"""The rows of `flask bench propose` about emergencies: how many are heard, and how often one is heard where there is none."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from classifier.pipeline import DangerFinder
from classifier.scoring import share
from commands.bench import Row
from commands.bench_matters import DATA

UNSEEN: Final = DATA / "emergencies_unseen.jsonl"
"""Written by somebody who never saw the list of phrases; the list is not mended on it."""
MENDED_ON: Final = DATA / "emergencies.jsonl"
"""Written before the list was looked at, and the list was mended on it since: it only guards what was won."""
NAMED: Final = 10
"""Mistakes told by their line."""


def emergency_rows(find_danger: DangerFinder) -> Iterator[Row]:
    yield from _rows_of(UNSEEN, "that the list was never mended on", find_danger)
    yield from _rows_of(MENDED_ON, "that the list was mended on", find_danger)


def _rows_of(sentences: Path, which: str, find_danger: DangerFinder) -> Iterator[Row]:
    """Mistakes are named by line of the file, counted from 1: what residents say stays out of the output."""
    told = [json.loads(line) for line in sentences.read_text("utf-8").splitlines()]
    answers = [(line, bool(said["danger"]), find_danger(said["text"]) is not None) for line, said in enumerate(told, start=1)]
    found = [heard for _, is_real, heard in answers if is_real]
    false = [heard for _, is_real, heard in answers if not is_real]
    yield Row(f"emergencies: recall, {len(found)} {which}", _percent(found), "99 %")
    yield Row(f"emergencies: false alarms, {len(false)} harmless ones {which}", _percent(false), "at most 2 %")
    wrong = [str(line) for line, is_real, heard in answers if is_real is not heard]
    if wrong:
        yield Row(f"emergencies: mistaken lines of {sentences.name}", ", ".join(wrong[:NAMED]))


def _percent(answers: Sequence[bool]) -> str:
    return f"{100 * share(answers):.1f} %"
