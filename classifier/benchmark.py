"""The pipeline of matters on any labelled set: trained on one table, measured on another.

python -m classifier.benchmark --train A.csv --test B.csv [--text COLUMN --label COLUMN]
python -m classifier.benchmark --folds 5 --train A.csv [--text COLUMN --label COLUMN]
"""

import argparse
import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zlib import crc32

import numpy as np

from classifier.clean import plain_text
from classifier.corpus import Labelled, flat_corpus
from classifier.scoring import Answer, calibration_error, macro_f1, top
from config.errors import DataError

TEXT: Final = ("text", "content", "message", "sentence", "内容", "文本", "留言详情", "诉求内容")
LABEL: Final = ("label", "category", "class", "一级标签", "标签", "类别", "分类")
"""Names by which the columns are found if none is given."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Figures:
    texts: int
    labels: int
    accuracy: float
    macro_f1: float
    top3: float
    calibration: float


def read_table(path: Path, text: str | None = None, label: str | None = None) -> list[Labelled]:
    """Rows with a text and a label. Raises DataError for a file that is none, or without such columns."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            names = rows.fieldnames or []
            text_column, label_column = _column(path, names, text, TEXT), _column(path, names, label, LABEL)
            pairs = [(row[text_column] or "", (row[label_column] or "").strip()) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is no table in UTF-8: {type(error).__name__}") from error
    found = [Labelled(text, label) for text, label in pairs if label and plain_text(text)]
    if len({item.code for item in found}) < 2:
        raise DataError(f"{path}: at least two labels with texts are needed.")
    return found


def _column(path: Path, names: Sequence[str], wanted: str | None, usual: Sequence[str]) -> str:
    for name in (wanted,) if wanted else usual:
        if name in names:
            return name
    raise DataError(f"{path} has no column {wanted or ' or '.join(usual)}; its columns are {', '.join(names)}.")


def answers(train: Sequence[Labelled], test: Sequence[Labelled], progress: Progress) -> list[Answer]:
    """What a model of the training rows alone says of the test rows."""
    from classifier.training import train as train_model  # noqa: PLC0415 - brings scikit-learn

    corpus = flat_corpus(train)
    model = train_model(corpus, [], progress)
    found = []
    for item in test:
        looked = model.look(plain_text(item.text))
        probability = model.blend.probabilities(model.blend.logits(looked.views))
        best = np.argsort(-probability)[:5]
        given = tuple((corpus.codes[int(looked.leaves[place])], float(probability[place])) for place in best)
        found.append(Answer((item.code,), given))
    return found


def figures(found: Sequence[Answer]) -> Figures:
    labels = len({answer.right[0] for answer in found})
    return Figures(len(found), labels, top(found), macro_f1(found), top(found, 3), calibration_error(found))


def folds_of(rows: Sequence[Labelled], count: int) -> Iterator[tuple[list[Labelled], list[Labelled]]]:
    """Rows to train on and to test on, each row tested once; equal texts are always in the same fold."""
    fold = [crc32(plain_text(row.text).encode()) % count for row in rows]
    for number in range(count):
        yield (
            [row for row, its in zip(rows, fold, strict=True) if its != number],
            [row for row, its in zip(rows, fold, strict=True) if its == number],
        )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Train the pipeline of matters on a labelled table, measure it on another.")
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--test", type=Path)
    parser.add_argument("--folds", type=int, default=0, help="instead of --test: so many folds of the training table")
    parser.add_argument("--text", help="column of the texts")
    parser.add_argument("--label", help="column of the labels")
    options = parser.parse_args(arguments)
    if (options.test is None) == (options.folds < 2):
        parser.error("give either --test or --folds (2 or more)")
    try:
        found = _measured(options)
    except DataError as error:
        print(error, file=sys.stderr)
        return 2
    _print(figures(found))
    return 0


def _measured(options: argparse.Namespace) -> list[Answer]:
    train = read_table(options.train, options.text, options.label)
    if options.test is not None:
        return answers(train, read_table(options.test, options.text, options.label), _say)
    found = []
    for number, (some, rest) in enumerate(folds_of(train, options.folds), 1):
        _say(f"fold {number} of {options.folds}")
        found.extend(answers(some, rest, lambda _: None))
    return found


def _say(step: str) -> None:
    print(step, file=sys.stderr, flush=True)


def _print(found: Figures) -> None:
    print(f"texts {found.texts}")
    print(f"labels {found.labels}")
    print(f"accuracy {found.accuracy:.4f}")
    print(f"macro-F1 {found.macro_f1:.4f}")
    print(f"top-3 {found.top3:.4f}")
    print(f"expected calibration error {found.calibration:.4f}")


if __name__ == "__main__":
    sys.exit(main())
