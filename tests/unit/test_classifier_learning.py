"""The trained model: versions, learning, validity of leaves, calibration, and what bad input does."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from classifier.blend import VIEWS, Blend, Example, fit, with_curve
from classifier.corpus import Labelled, Role, corpus_of, flat_corpus
from classifier.learning import Quality, labelled, quality
from classifier.matter import MatterIndex
from classifier.model import MatterModel, lexical_model
from classifier.scoring import Answer, calibration_error, macro_f1, top
from classifier.stored import Card, Stored, load, load_card, save
from classifier.taxonomy import Taxonomy, load_taxonomy
from classifier.versions import BASE, UnknownVersion, Versions, model_in_use
from config.errors import DataError

FIELDS: dict[str, object] = {
    "kind": "help",
    "urgency": "normal",
    "deadline_h": 168,
    "organisation": "物业",
    "questions": ["请问在哪里？"],
}
MATTERS = {
    "停水": ("断水 没水", ["水龙头拧开一滴水都没有", "从早上到现在家里没水用", "整栋楼都断水了", "水管里不出水"]),
    "漏水": ("渗水 滴水", ["天花板一直往下滴水", "楼上漏水把我家墙泡了", "厕所顶上渗水发霉", "水顺着墙往下流"]),
    "停电": ("断电 没电", ["家里突然没电了", "一到晚上就跳闸", "整个小区黑灯瞎火", "电表箱冒烟以后停电"]),
    "噪音": ("吵 太响", ["楼上半夜装修吵得睡不着", "广场舞音响声音太大", "工地夜里打桩", "烧烤摊吵到两点"]),
}


def leaf(code: str, name: str, **more: object) -> dict[str, object]:
    aliases, examples = MATTERS[name]
    said = {
        "name": name,
        "spoken": f"{name}了",
        "definition": f"家里{name}的事",
        "aliases": aliases.split(),
        "examples": examples,
    }
    return {"code": code, **said, **FIELDS, **more}


def town(tmp_path: Path, **more: object) -> Taxonomy:
    """Two groups of two leaves; `more` goes into the last one."""
    groups = [
        {"code": "0101", "name": "水", "leaves": [leaf("010101", "停水"), leaf("010102", "漏水")]},
        {"code": "0102", "name": "别的", "leaves": [leaf("010201", "停电"), leaf("010202", "噪音", **more)]},
    ]
    folder = tmp_path / "taxonomy"
    folder.mkdir(exist_ok=True)
    (folder / "01.json").write_text(json.dumps({"code": "01", "name": "家", "groups": groups}), "utf-8")
    return load_taxonomy(folder)


@pytest.fixture(scope="module")
def taxonomy(tmp_path_factory: pytest.TempPathFactory) -> Taxonomy:
    return town(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def trained(taxonomy: Taxonomy) -> MatterModel:
    from classifier.training import train

    return train(corpus_of(taxonomy), ["你好", "听得见吗"], lambda _: None)


def stored(model: MatterModel, taxonomy: Taxonomy) -> Stored:
    return Stored(Card("", taxonomy.version, "2026-01-05T09:00:00+08:00", 4, 24, 3, {"first": 0.5}), model)


def first(index: MatterIndex, text: str) -> str:
    found = index.rank(text)
    return found[0].leaf.code if found else ""


def test_every_own_sentence_is_known_after_training(taxonomy: Taxonomy, trained: MatterModel) -> None:
    index = MatterIndex(taxonomy, trained)
    assert all(first(index, text) == each.code for each in taxonomy.leaves for text in each.examples)


def test_a_misheard_sentence_is_found_by_its_sound(taxonomy: Taxonomy, trained: MatterModel) -> None:
    assert first(MatterIndex(taxonomy, trained), "楼尚楼水把我加强跑了") == "010102"


def test_a_confirmed_call_teaches_its_leaf(taxonomy: Taxonomy) -> None:
    from classifier.training import make

    text = "抽油烟机嗡嗡嗡震得慌"
    calls = [Labelled(text, "010202"), Labelled("油烟机嗡嗡响个不停", "010202"), Labelled("什么", "999999")]
    corpus = corpus_of(taxonomy, calls)
    assert list(corpus.role).count(Role.CONFIRMED) == 2
    before, after = MatterIndex(taxonomy, lexical_model(corpus_of(taxonomy))), MatterIndex(taxonomy, make(corpus))
    assert first(before, text) != "010202"
    assert first(after, text) == "010202"


def test_a_version_comes_back_as_it_was_stored(taxonomy: Taxonomy, trained: MatterModel, tmp_path: Path) -> None:
    path = tmp_path / "1.npz"
    save(path, stored(trained, taxonomy))
    again = load(path)
    text = "天花板滴水，还停电"
    found, expected = MatterIndex(taxonomy, again.model).rank(text), MatterIndex(taxonomy, trained).rank(text)
    assert found == expected and found
    assert again.card == load_card(path) == stored(trained, taxonomy).card
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "foreign", "format"])
def test_a_damaged_version_is_named_and_the_base_stands_in(
    taxonomy: Taxonomy, trained: MatterModel, tmp_path: Path, damage: str
) -> None:
    versions = Versions(tmp_path)
    name = versions.add(stored(trained, taxonomy))
    versions.promote(name, taxonomy)
    path = tmp_path / f"{name}.npz"
    whole = path.read_bytes()
    middle = len(whole) // 2
    if damage == "foreign":
        np.savez(path, card=np.frombuffer(b"[]", dtype=np.uint8))
    elif damage == "format":
        np.savez(path, card=np.frombuffer(b'{"format": 99}', dtype=np.uint8))
    else:
        changed = {"empty": b"", "cut": whole[:middle], "flipped": whole[:middle] + bytes(8) + whole[middle + 8 :]}
        path.write_bytes(changed[damage])
    with pytest.raises(DataError, match="rollback"):
        versions.load(name, taxonomy)
    standing_in = model_in_use(versions, taxonomy)
    assert standing_in.card.name == "untrained"
    assert first(MatterIndex(taxonomy, standing_in.model), "水龙头没有水") == "010101"
    with pytest.raises(DataError):
        versions.promote(name, taxonomy)


def test_versions_are_promoted_and_rolled_back(taxonomy: Taxonomy, trained: MatterModel, tmp_path: Path) -> None:
    versions = Versions(tmp_path / "classifier")
    assert (versions.in_use(), versions.cards(), versions.stamp()) == (BASE, [], 0)
    assert [versions.add(stored(trained, taxonomy)) for _ in range(2)] == ["1", "2"]
    assert versions.in_use() == BASE
    versions.promote("1", taxonomy)
    before = versions.stamp()
    versions.promote("2", taxonomy)
    assert versions.in_use() == "2" and versions.stamp() != before
    assert model_in_use(versions, taxonomy).card.name == "2"
    assert versions.roll_back() == "1"
    assert versions.roll_back() == BASE
    assert versions.roll_back() == BASE
    assert [card.name for card in versions.cards() if isinstance(card, Card)] == ["1", "2"]


@pytest.mark.parametrize("name", ["3", "", "../1", "one"])
def test_a_version_that_is_not_there_is_refused(taxonomy: Taxonomy, tmp_path: Path, name: str) -> None:
    with pytest.raises(UnknownVersion, match="it has base"):
        Versions(tmp_path).promote(name, taxonomy)


def test_a_leaf_is_proposed_only_while_it_is_valid(tmp_path: Path) -> None:
    taxonomy = town(tmp_path, valid_from="2026-03-01", valid_to="2026-05-31")
    day = date(2026, 3, 1)
    index = MatterIndex(taxonomy, today=lambda: day)
    assert first(index, "工地夜里打桩太吵") == "010202"
    day = date(2026, 6, 1)
    assert "010202" not in [match.leaf.code for match in index.rank("工地夜里打桩太吵")]
    known = taxonomy.leaf("010202")
    assert known is not None and not known.is_valid(day)


def test_a_model_older_than_the_taxonomy_knows_moved_leaves_and_drops_lost_ones(
    taxonomy: Taxonomy, trained: MatterModel
) -> None:
    kept = tuple(replace(each, code="020101") if each.code == "010101" else each for each in taxonomy.leaves[:3])
    index = MatterIndex(Taxonomy(kept, {"010101": "0", "0": "020101"}, "new"), trained)
    assert first(index, "水龙头拧开一滴水都没有") == "020101"
    assert all(match.leaf.code != "010202" for match in index.rank("工地夜里打桩"))


def test_a_circle_of_moved_codes_ends(taxonomy: Taxonomy) -> None:
    assert replace(taxonomy, moved={"a": "b", "b": "a"}).leaf("a") is None


def test_calls_that_no_version_saw_are_measured(taxonomy: Taxonomy, trained: MatterModel) -> None:
    calls = [("我家水龙头不出水", "010101"), ("广场舞太吵", "010202"), ("喂", "010101"), ("吵", "gone"), ("。", "010101")]
    asked = labelled(calls, lambda text: text.replace("喂", "").replace("。", "，"))
    assert [item.code for item in asked] == ["010101", "010202", "gone"]
    found = quality(trained, taxonomy, asked)
    assert (found.calls, found.first, found.five) == (2, 1.0, 1.0)


def test_only_more_right_answers_are_better() -> None:
    old = Quality(100, 0.7, 0.9, 0.1)
    assert replace(old, first=0.71).is_better_than(old)
    assert not old.is_better_than(old)
    assert not replace(old, first=0.71, five=0.89).is_better_than(old)


def test_the_blend_learns_which_view_tells() -> None:
    chance = np.random.default_rng(1)
    examples = []
    for _ in range(300):
        views = chance.normal(size=(len(VIEWS), 4))
        views[2:] = 0
        examples.append(Example(views, int(views[1].argmax())))
    found = fit(examples)
    assert found.weights[VIEWS[1]] > 5 * found.weights.get(VIEWS[0], 0.0)
    assert "leaf" not in found.weights
    assert VIEWS[1] not in fit(examples, [VIEWS[1]]).weights


def test_the_curve_makes_scores_true() -> None:
    chance = np.random.default_rng(2)
    blend = Blend({VIEWS[0]: 3.0}, 0.0)
    examples = []
    for _ in range(600):
        views = np.zeros((len(VIEWS), 3))
        views[0] = chance.uniform(0, 2, 3)
        best = int(views[0].argmax())
        examples.append(Example(views, best if chance.uniform() < 0.5 else (best + 1) % 3))
    told = with_curve(blend, examples)
    answers = []
    for each in examples:
        scores = told.probabilities(told.logits(each.views))
        assert scores.sum() <= 1 + 1e-9 and (scores >= 0).all()
        ranked = tuple((str(at), float(scores[at])) for at in np.argsort(-scores))
        answers.append(Answer((str(each.right),), ranked))
    assert calibration_error(answers) < 0.05
    assert Blend.from_json(json.loads(json.dumps(told.to_json()))) == told


def test_figures_are_what_they_are_called() -> None:
    answers = [
        Answer(("a",), (("a", 0.9), ("b", 0.1))),
        Answer(("a", "b"), (("b", 0.6),)),
        Answer(("b",), (("a", 0.5), ("b", 0.4))),
        Answer(("c",), ()),
    ]
    assert (top(answers), top(answers, 5)) == (0.5, 0.75)
    assert macro_f1(answers[:1]) == 1.0
    assert macro_f1(answers) == pytest.approx((0.5 + 0 + 0) / 3)
    assert calibration_error(answers[:1]) == pytest.approx(0.1)


def test_any_labelled_set_is_learnt() -> None:
    from classifier.training import train

    texts = [Labelled(text, name) for name, (_, examples) in MATTERS.items() for text in examples]
    corpus = flat_corpus(texts)
    model = train(corpus, [], lambda _: None)
    looked = model.look("一滴水都没有，水龙头不出水")
    best = looked.leaves[model.blend.logits(looked.views).argmax()]
    assert corpus.codes[best] == "停水"
