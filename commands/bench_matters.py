"""The rows of `flask bench propose` about matters: how often the right leaf is proposed, how true its score is, the cost."""

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import thread_time
from typing import Final

from classifier.corpus import corpus_of
from classifier.matter import MatterIndex
from classifier.model import lexical_model
from classifier.pipeline import ABSTAIN, Understanding
from classifier.scoring import Answer, calibration_error, share, top
from classifier.taxonomy import Leaf, Taxonomy
from commands.bench import Row

DATA: Final = Path(__file__).resolve().parent.parent / "tests" / "data"
CONFUSIONS: Final = 10
MADE_UP: Final = 20_000
"""Leaves with which the growth of the cost is measured."""
DOMAIN_DIGITS: Final = 2


@dataclass(frozen=True, slots=True)
class MatterCall:
    text: str
    codes: tuple[str, ...]
    """That count as right, the best one first."""
    noise: int
    """Per cent of the characters that were misheard."""


def read_matter_calls(taxonomy: Taxonomy, pattern: str) -> list[MatterCall]:
    """Of all files of tests/data that the pattern names; codes of an earlier taxonomy are brought up to date."""
    lines = [json.loads(line) for path in sorted(DATA.glob(pattern)) for line in path.read_text("utf-8").splitlines()]
    return [MatterCall(line["text"], _codes(taxonomy, line), line.get("noise", 0)) for line in lines]


def _codes(taxonomy: Taxonomy, line: dict[str, object]) -> tuple[str, ...]:
    named = [*_list(line.get("categories")), *_list(line.get("category")), *_list(line.get("also"))]
    return tuple(leaf.code if (leaf := taxonomy.leaf(code)) else code for code in named)


def _list(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(item) for item in value] if isinstance(value, list) else []


def matter_rows(understanding: Understanding, taxonomy: Taxonomy) -> Iterator[Row]:
    calls = read_matter_calls(taxonomy, "spoken_calls*.jsonl")
    answers = answers_of(understanding, calls)
    yield from _quality_rows("", answers, ("95 %", "75 %", "93 %"))
    yield Row("abstained", _percent([answer.score < ABSTAIN for answer in answers]))
    taken = [answer.score >= ABSTAIN and not answer.is_right() for answer in answers]
    yield Row("wrong leaf above the abstain level", _percent(taken))
    yield Row("expected calibration error", f"{calibration_error(answers):.3f}", "0.05")
    yield from _apart_rows(understanding, taxonomy)
    misheard = read_matter_calls(taxonomy, "noisy_calls*.jsonl")
    for noise in sorted({call.noise for call in misheard}):
        some = [call for call in misheard if call.noise == noise]
        yield from _quality_rows(f", {noise} % of the characters misheard", answers_of(understanding, some), ("", "", ""))
    yield from _confusion_rows(taxonomy, answers)


def _apart_rows(understanding: Understanding, taxonomy: Taxonomy) -> Iterator[Row]:
    """Calls whose authors saw names and definitions of the leaves only. Nothing was trained on them; the scores were made
    true on the first file, so only the second says how true they are."""
    fitted, unseen = (answers_of(understanding, read_matter_calls(taxonomy, f"calls_{name}.jsonl")) for name in "ab")
    answers = [*fitted, *unseen]
    suffix = f", {len(answers)} calls written apart"
    yield from _quality_rows(suffix, answers, ("95 %", "75 %", "93 %"))
    taken = [answer.score >= ABSTAIN and not answer.is_right() for answer in answers]
    yield Row(f"wrong leaf above the abstain level{suffix}", _percent(taken))
    error = f"{calibration_error(unseen):.3f}"
    yield Row(f"expected calibration error, {len(unseen)} calls written apart that it was not fitted on", error, "0.05")
    yield from _confusion_rows(taxonomy, answers)


def answers_of(understanding: Understanding, calls: Sequence[MatterCall]) -> list[Answer]:
    proposals = (understanding.propose(call.text) for call in calls)
    return [
        Answer(call.codes, tuple((candidate.code, candidate.score) for candidate in proposal.categories))
        for call, proposal in zip(calls, proposals, strict=True)
    ]


def _quality_rows(suffix: str, answers: Sequence[Answer], targets: tuple[str, str, str]) -> Iterator[Row]:
    domains = [answer.first[:DOMAIN_DIGITS] in {code[:DOMAIN_DIGITS] for code in answer.right} for answer in answers]
    yield Row(f"level 1, first candidate{suffix}", _percent(domains), targets[0])
    yield Row(f"leaf, first candidate{suffix}", f"{100 * top(answers):.1f} %", targets[1])
    yield Row(f"leaf, first five{suffix}", f"{100 * top(answers, 5):.1f} %", targets[2])


def _confusion_rows(taxonomy: Taxonomy, answers: Sequence[Answer]) -> Iterator[Row]:
    """The most frequent ones, the right leaf first."""
    wrong = Counter((answer.right[0], answer.first) for answer in answers if answer.right and not answer.is_right())
    for (right, first), count in wrong.most_common(CONFUSIONS):
        yield Row(f"taken for another: {_name(taxonomy, right)} for {_name(taxonomy, first)}", str(count))


def _name(taxonomy: Taxonomy, code: str) -> str:
    leaf = taxonomy.leaf(code)
    return f"{code} {leaf.name}" if leaf else "nothing"


def growth_rows(taxonomy: Taxonomy, texts: Sequence[str]) -> Iterator[Row]:
    """The lexical stages alone, with the city's leaves and with so many made-up ones: cost grows no faster than the leaves."""
    for leaves in (taxonomy, made_up(taxonomy, MADE_UP)):
        started = thread_time()
        model = lexical_model(corpus_of(leaves))
        build_s = thread_time() - started
        index = MatterIndex(leaves, model)
        times = sorted(_milliseconds(index, text) for text in texts)
        yield Row(f"matters alone, untrained, {len(leaves.leaves)} leaves, median", f"{times[len(times) // 2]:.1f} ms")
        yield Row(f"index of {len(leaves.leaves)} leaves, built anew", f"{build_s:.1f} s")


def _milliseconds(index: MatterIndex, text: str) -> float:
    started = thread_time()
    index.rank(text)
    return (thread_time() - started) * 1000


def made_up(taxonomy: Taxonomy, count: int) -> Taxonomy:
    """The city's leaves over and over, each time with a third of the characters changed for others."""
    chance = random.Random(5)  # noqa: S311 - the same leaves in each run
    letters = sorted({letter for leaf in taxonomy.leaves for text in leaf.examples for letter in text})
    leaves = list(taxonomy.leaves)
    round_number = 0
    while len(leaves) < count:
        round_number += 1
        changed = chance.sample(letters, len(letters) // 3)
        table = str.maketrans(dict(zip(changed, chance.sample(changed, len(changed)), strict=True)))
        leaves.extend(_changed(leaf, table, round_number) for leaf in taxonomy.leaves)
    return replace(taxonomy, leaves=tuple(leaves[:count]), version=f"made-up-{count}")


def _changed(leaf: Leaf, table: dict[int, str], number: int) -> Leaf:
    return replace(
        leaf,
        code=f"{number:02d}{leaf.code}",
        path=tuple(f"{name}{number}" for name in leaf.path),
        name=leaf.name.translate(table),
        spoken=leaf.spoken.translate(table),
        definition=leaf.definition.translate(table),
        aliases=tuple(alias.translate(table) for alias in leaf.aliases),
        examples=tuple(example.translate(table) for example in leaf.examples),
    )


def _percent(answers: Sequence[bool]) -> str:
    return f"{100 * share(answers):.1f} %"
