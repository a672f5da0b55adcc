import json
from pathlib import Path

import pytest

from classifier.build import calibration_calls
from classifier.check import problems
from classifier.clean import plain_text
from classifier.taxonomy import Leaf, Taxonomy, load_taxonomy
from config.errors import DataError

ROOT = Path(__file__).resolve().parents[2]
TAXONOMY = load_taxonomy(ROOT / "config" / "taxonomy")

ITEM: dict[str, object] = {
    "code": "010101",
    "name": "停水",
    "spoken": "家里停水了",
    "definition": "没有水",
    "aliases": ["没水"],
    "examples": ["水龙头拧开没有水", "一上午没水用了", "整个楼断水"],
    "kind": "help",
    "urgency": "urgent",
    "deadline_h": 24,
    "organisation": "供水单位",
    "questions": ["请问停了多久？"],
}


def domain(*leaves: dict[str, object]) -> str:
    return json.dumps({"code": "01", "name": "水电", "groups": [{"code": "0101", "name": "供水", "leaves": list(leaves)}]})


def folder_with(tmp_path: Path, content: str) -> Path:
    (tmp_path / "01.json").write_text(content, "utf-8")
    return tmp_path


def small(*leaves: dict[str, object], path: Path) -> Taxonomy:
    return load_taxonomy(folder_with(path, domain(*leaves)))


def test_the_citys_taxonomy_has_no_problem() -> None:
    assert problems(TAXONOMY) == []


def test_at_least_two_hundred_matters_in_whole_levels() -> None:
    assert len(TAXONOMY.leaves) >= 200
    assert all(3 <= len(leaf.path) <= 4 and leaf.path[-1] == leaf.name for leaf in TAXONOMY.leaves)


def test_codes_hold_no_dot() -> None:
    assert all(leaf.code.isalnum() for leaf in TAXONOMY.leaves)


def test_no_test_sentence_is_an_example() -> None:
    files = [ROOT / "tests" / "data" / f"{name}.jsonl" for name in ("spoken_calls", "calls_a", "calls_b")]
    calls = [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]
    sentences = {plain_text(call["text"]) for call in calls}
    examples = {plain_text(example) for leaf in TAXONOMY.leaves for example in leaf.examples}
    assert not sentences & examples


def test_scores_are_measured_on_calls_that_they_were_not_made_true_on() -> None:
    files = [ROOT / "tests" / "data" / f"{name}.jsonl" for name in ("spoken_calls", "calls_b")]
    calls = [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]
    assert not {plain_text(call["text"]) for call in calls} & {plain_text(call.text) for call in calibration_calls()}


def test_the_calls_written_apart_name_leaves_that_exist() -> None:
    files = [ROOT / "tests" / "data" / f"calls_{name}.jsonl" for name in "ab"]
    calls = [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]
    assert [call["text"] for call in calls if not call["categories"]] == []
    assert {code for call in calls for code in call["categories"] if TAXONOMY.leaf(code) is None} == set()


def test_a_leaf_is_found_by_code_and_by_an_old_code(tmp_path: Path) -> None:
    (tmp_path / "moved.json").write_text('{"9": "010101"}', "utf-8")
    taxonomy = small(ITEM, path=tmp_path)
    leaf = taxonomy.leaf("010101")
    assert leaf is not None and leaf.spoken == "家里停水了"
    assert taxonomy.leaf("9") == leaf
    assert taxonomy.leaf("0") is None


@pytest.mark.parametrize("typed", ["暖气不热", "暖气 不热", "010101", "屋里冷", "暖汽不惹"])
def test_the_form_finds_a_leaf_by_what_is_typed(typed: str) -> None:
    assert "010101" in [leaf.code for leaf in TAXONOMY.search(typed)]


@pytest.mark.parametrize("typed", ["", "   ", "xyzzy"])
def test_nothing_is_found_for_nothing(typed: str) -> None:
    assert TAXONOMY.search(typed) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", " "), ("code", "01.01"), ("kind", "wish"), ("urgency", "soon"), ("deadline_h", 3), ("definition", None)],
)
def test_a_broken_leaf_is_refused_by_file_name(tmp_path: Path, field: str, value: object) -> None:
    with pytest.raises(DataError, match=r"01\.json"):
        small({**ITEM, field: value}, path=tmp_path)


@pytest.mark.parametrize("content", ["", "[", "[]", "{}", '{"name": "水电", "groups": [3]}'])
def test_a_broken_file_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(DataError):
        load_taxonomy(folder_with(tmp_path, content))


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no taxonomy"):
        load_taxonomy(tmp_path)


def test_a_code_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="010101 stands there twice"):
        small(ITEM, ITEM, path=tmp_path)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"examples": []}, "0 examples"),
        ({"aliases": []}, "no alias"),
        ({"questions": []}, "no question"),
        ({"aliases": [" 没水"]}, "white space"),
        ({"examples": ["我们这栋楼从昨天开始没有水", "我们那栋楼从昨天开始没有水", "断水"]}, "made after one pattern"),
        ({"examples": ["没水", "没水", "断了"]}, "the same example"),
    ],
)
def test_the_checker_names_a_weak_leaf(tmp_path: Path, change: dict[str, object], expected: str) -> None:
    assert any(expected in problem for problem in problems(small({**ITEM, **change}, path=tmp_path)))


def test_the_checker_names_overlapping_leaves(tmp_path: Path) -> None:
    other = {**ITEM, "code": "010102", "name": "断水", "spoken": "断水了", "definition": "断了", "aliases": ["断了水"]}
    found = problems(small(ITEM, {**other, "examples": ["水龙头拧开没有水啊", "甲", "乙"]}, path=tmp_path))
    assert any("nearly the same" in problem for problem in found)


def test_leaves_are_values() -> None:
    assert isinstance(hash(TAXONOMY.leaves[0]), int)
    assert isinstance(TAXONOMY.leaves[0], Leaf)
