"""Every leaf of two public schemes has a home among ours: tests/data/homes.csv holds the schemes' codes and ours, no words.

The sea has none in Beijing: its few leaves go to rivers, fish and general questions.
"""

import csv
from pathlib import Path

import pytest

from classifier.taxonomy import load_taxonomy

ROOT = Path(__file__).resolve().parents[2]
SCHEMES = {
    "guangdong": ("guangdong_db44t2479_2024_appendix_a.csv", "level_3_code", 514),
    "chaoyang": ("beijing_chaoyang_citymgmt_categories.csv", "code", 313),
}


def homes() -> list[tuple[str, str, str]]:
    with (ROOT / "tests" / "data" / "homes.csv").open(encoding="utf-8", newline="") as file:
        return [(row["scheme"], row["scheme_code"], row["code"]) for row in csv.DictReader(file)]


def test_every_home_is_a_leaf() -> None:
    taxonomy = load_taxonomy(ROOT / "config" / "taxonomy")
    assert [home for home in homes() if taxonomy.leaf(home[2]) is None] == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_leaf_of_the_scheme_is_listed(scheme: str) -> None:
    assert len({code for its, code, _ in homes() if its == scheme}) >= SCHEMES[scheme][2]


@pytest.mark.sharedfiles
@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_leaf_of_the_scheme_is_without_a_home(scheme: str) -> None:
    name, column, _ = SCHEMES[scheme]
    path = ROOT.parent / "shared" / "data" / "taxonomy" / name
    if not path.exists():
        pytest.skip("needs ../shared/data/taxonomy, which comes beside the project")
    with path.open(encoding="utf-8-sig", newline="") as file:
        codes = {row[column] for row in csv.DictReader(file)}
    assert codes - {code for its, code, _ in homes() if its == scheme} == set()
