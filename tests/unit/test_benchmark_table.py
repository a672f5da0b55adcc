"""The benchmark on any labelled table: which columns it takes, and what it refuses."""

from pathlib import Path

import pytest

from classifier.benchmark import folds_of, main, read_table
from config.errors import DataError

ROWS = [(f"{what}{number}号楼", name) for name, what in (("水", "家里停水了"), ("电", "突然没电了")) for number in range(12)]


def table(path: Path, header: str = "text,label") -> Path:
    path.write_text("\n".join([header, *(f"{text},{label}" for text, label in ROWS)]), "utf-8")
    return path


def test_columns_are_found_by_their_usual_names_or_as_told(tmp_path: Path) -> None:
    assert len(read_table(table(tmp_path / "a.csv"))) == len(ROWS)
    assert len(read_table(table(tmp_path / "b.csv", "words,matter"), "words", "matter")) == len(ROWS)


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "text,label\n水,\n", "text,label\n停水,水\n", "\ud800"])
def test_a_table_that_cannot_be_used_is_refused_by_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(DataError, match=r"bad\.csv"):
        read_table(path)


def test_every_row_is_tested_once_and_never_trained_on_then(tmp_path: Path) -> None:
    rows = read_table(table(tmp_path / "a.csv"))
    pairs = list(folds_of(rows, 3))
    assert sorted(row.text for _, test in pairs for row in test) == sorted(row.text for row in rows)
    assert all(not {row.text for row in train} & {row.text for row in test} for train, test in pairs)


def test_the_figures_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(table(tmp_path / "a.csv"))
    assert main(["--train", path, "--test", path]) == 0
    printed = capsys.readouterr().out
    assert "macro-F1 1.0000" in printed and "texts 24" in printed
    assert main(["--train", path, "--test", str(tmp_path / "none.csv")]) == 2
