"""The rows of `flask bench propose` about real tickets of other cities that were labelled by hand: a figure for sanity.

The labels (tests/data/real_tickets.csv) name file, row and codes, no text: the texts belong to the development data
and stay there. Tickets are written, longer than calls, and of other cities, so places and some matters do not fit.
"""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from classifier.pipeline import ABSTAIN, Understanding
from classifier.scoring import share, top
from commands.bench import Row
from commands.bench_matters import DATA, MatterCall, answers_of

LABELS: Final = DATA / "real_tickets.csv"
TEXTS: Final = DATA.parents[2] / "shared" / "data"


def ticket_rows(understanding: Understanding) -> Iterator[Row]:
    tickets = read_tickets(LABELS, TEXTS)
    if not tickets:
        yield Row("real tickets", f"not measured: {TEXTS.name}/ of the development data is not beside the project")
        return
    answers = answers_of(understanding, tickets)
    placed = [answer for answer in answers if answer.right]
    yield Row(f"real tickets of other cities, {len(placed)} with a leaf: first", f"{100 * top(placed):.1f} %")
    yield Row("real tickets: first five", f"{100 * top(placed, 5):.1f} %")
    homeless = [answer.score < ABSTAIN for answer in answers if not answer.right]
    yield Row(f"real tickets: {len(homeless)} without a leaf, left open", f"{100 * share(homeless):.1f} %")


def read_tickets(labels: Path, texts: Path) -> Sequence[MatterCall]:
    """Those whose text is there; without codes where no leaf fits. `row` counts a file's tickets from 0."""
    with labels.open(encoding="utf-8", newline="") as lines:
        marked = list(csv.DictReader(lines))
    tables = {name: _texts(texts / name) for name in {line["file"] for line in marked}}
    return [
        MatterCall(tables[line["file"]][int(line["row"])], tuple(f"{line['code']} {line['also']}".split()), noise=0)
        for line in marked
        if len(tables[line["file"]]) > int(line["row"])
    ]


def _texts(path: Path) -> list[str]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return [f"{line['title']}\n{line['text']}" for line in csv.DictReader(lines)]
