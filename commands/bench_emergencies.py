"""The rows of `flask bench propose` about emergencies: how many are heard, and how often one is heard where there is none."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from classifier.danger_corpus import FOLDER, LEXICON, Origin, danger_corpus, with_misheard
from classifier.hazards import load_hazards
from classifier.pipeline import DangerFinder, Understanding
from classifier.proposal import Urgency
from classifier.scoring import share
from classifier.taxonomy import Taxonomy
from commands.bench import Row
from commands.bench_matters import DATA, read_matter_calls

UNSEEN: Final = DATA / "emergencies_unseen.jsonl"
"""Written by somebody who never saw the list of phrases; neither is the list mended on it, nor the judge trained."""
MENDED_ON: Final = DATA / "emergencies.jsonl"
"""Written before the list was looked at, and the list was mended on it since; the judge was not trained on it, but whoever
wrote its sentences had read it."""
NOISY: Final = DATA / "noisy_emergencies.jsonl"
"""The same, with characters misheard (python -m tests.make_noise)."""
ORDINARY: Final = ("spoken_calls.jsonl", "calls_[ab].jsonl")
NAMED: Final = 10
"""Mistakes told by their line."""
RECALL_TARGET: Final = "99 %"
FALSE_TARGET: Final = "at most 2 %"

Hears = Callable[[str], bool]


def emergency_rows(understanding: Understanding, find_danger: DangerFinder, taxonomy: Taxonomy) -> Iterator[Row]:
    def proposed(text: str) -> bool:
        return understanding.propose(text).urgency is Urgency.EMERGENCY

    def conversation(text: str) -> bool:
        return find_danger(text) is not None or understanding.propose(text).is_alarm

    for path, which in ((UNSEEN, "that nothing was mended on"), (MENDED_ON, "that the list was mended on")):
        told = _read(path)
        yield from _rows(told, which, proposed)
        yield from _mistaken(told, path, proposed)
        yield from _rows(told, f"{which}, by the conversation", conversation)
        yield from _rows(told, f"{which}, by the list of phrases alone", lambda text: find_danger(text) is not None)
    yield from _noise_rows(proposed)
    yield from _ordinary_rows(taxonomy, proposed, conversation)
    yield from _held_out_rows(taxonomy)


def _read(path: Path) -> list[tuple[str, bool, int]]:
    """Text, whether it is a danger, and per cent of the characters that were misheard."""
    lines = (json.loads(line) for line in path.read_text("utf-8").splitlines())
    return [(line["text"], bool(line["danger"]), line.get("noise", 0)) for line in lines]


def _rows(told: Sequence[tuple[str, bool, int]], which: str, hears: Hears) -> Iterator[Row]:
    found = [hears(text) for text, is_real, _ in told if is_real]
    false = [hears(text) for text, is_real, _ in told if not is_real]
    yield Row(f"emergencies: recall, {len(found)} {which}", _percent(found), RECALL_TARGET)
    yield Row(f"emergencies: false alarms, {len(false)} harmless ones {which}", _percent(false), FALSE_TARGET)


def _mistaken(told: Sequence[tuple[str, bool, int]], path: Path, hears: Hears) -> Iterator[Row]:
    """Named by line of the file, counted from 1: what residents say stays out of the output."""
    wrong = [str(line) for line, (text, is_real, _) in enumerate(told, start=1) if hears(text) is not is_real]
    if wrong:
        yield Row(f"emergencies: mistaken lines of {path.name}", ", ".join(wrong[:NAMED]))


def _noise_rows(hears: Hears) -> Iterator[Row]:
    told = _read(NOISY)
    for noise in sorted({noise for _, _, noise in told}):
        some = [item for item in told if item[2] == noise]
        yield from _rows(some, f"that the list was mended on, {noise} % of the characters misheard", hears)


def _ordinary_rows(taxonomy: Taxonomy, proposed: Hears, conversation: Hears) -> Iterator[Row]:
    """Calls of every matter. Some of those labelled otherwise do tell of danger (an electric line down, a fainted person)."""
    calls = [call for pattern in ORDINARY for call in read_matter_calls(taxonomy, pattern)]

    def is_emergency(code: str) -> bool:
        leaf = taxonomy.leaf(code)
        return leaf is not None and leaf.urgency is Urgency.EMERGENCY

    others = [call.text for call in calls if not any(map(is_emergency, call.codes))]
    for whose, hears in (("the proposal", proposed), ("the conversation", conversation)):
        count = sum(map(hears, others))
        yield Row(f"emergencies: of {len(others)} calls labelled otherwise, called one by {whose}", str(count))


def _held_out_rows(taxonomy: Taxonomy) -> Iterator[Row]:
    """The judge alone, on sentences that it was trained without, a fifth at a time."""
    from classifier.danger_training import held_out, limits_of, read  # noqa: PLC0415 - brings scikit-learn

    corpus = danger_corpus(taxonomy)
    heard_so = with_misheard(corpus)
    margin = held_out(read(heard_so.texts, load_hazards(FOLDER / LEXICON)), heard_so)
    heard = margin >= limits_of(margin, corpus).alone
    kinds = (("written ones", "written neighbours", Origin.WRITTEN), ("of the taxonomy", "of the taxonomy", Origin.TAXONOMY))
    for dangers, harmless, origin in kinds:
        found, false = (heard[(corpus.is_danger == kind) & (corpus.origin == origin)].tolist() for kind in (True, False))
        yield Row(f"judge of danger alone, held out: recall, {len(found)} {dangers}", _percent(found))
        yield Row(f"judge of danger alone, held out: false alarms, {len(false)} {harmless}", _percent(false), FALSE_TARGET)


def _percent(answers: Sequence[bool]) -> str:
    return f"{100 * share(answers):.1f} %"
