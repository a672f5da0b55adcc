"""The judge of danger: its sentences, its lexicon, what it weighs, and what comes of a missing or damaged one."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.clean import plain_text
from classifier.danger import STRETCH, DangerJudge, Limits, stretches
from classifier.danger_corpus import FILES, FOLDER, LEXICON, DangerCorpus, Origin, danger_corpus, read_sentences, with_misheard
from classifier.danger_stored import judge_of, judge_path, save_judge
from classifier.danger_training import limits_of, train_danger
from classifier.gazetteer import Gazetteer
from classifier.hazards import hazards_of, load_hazards
from classifier.index import Vocabulary
from classifier.pipeline import Understanding
from classifier.proposal import Urgency
from classifier.taxonomy import Taxonomy, load_taxonomy
from config.errors import DataError
from ivr.danger import find_danger
from tests.unit.ivr_danger_sentences import HARMLESS, sentences

ROOT = Path(__file__).resolve().parents[2]
HAZARDS = load_hazards(FOLDER / LEXICON)
DANGERS = ("孩子掉河里了", "老人掉水里了快来", "有人落水了在扑腾", "娃掉井里了", "人掉湖里了救命", "工人掉池子里没上来")
CALM = ("孩子学游泳报名", "河水发臭没人管", "湖边栏杆坏了", "井盖响", "手机掉水里了", "水费太贵")


@pytest.fixture(scope="module")
def judge() -> DangerJudge:
    """Small, of falls into water alone."""
    texts = (*DANGERS, *CALM) * 3
    is_danger = np.tile([True] * len(DANGERS) + [False] * len(CALM), 3)
    origin = np.tile([Origin.WRITTEN, Origin.TAXONOMY], len(texts) // 2).astype(np.int64)
    corpus = DangerCorpus(texts, is_danger, origin, np.arange(len(texts)))
    return train_danger(corpus, HAZARDS, Limits(alone=0.2, agreed=-0.2, sure=0.6))


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return load_taxonomy(ROOT / "config" / "taxonomy")


def test_no_sentence_stands_twice_and_none_is_a_test_sentence() -> None:
    written = [plain_text(text) for name in FILES for text in read_sentences(FOLDER / name)]
    tested = {
        plain_text(json.loads(line)["text"])
        for path in (ROOT / "tests" / "data").glob("emergencies*.jsonl")
        for line in path.read_text("utf-8").splitlines()
    }
    assert len(written) == len(set(written))
    assert len(tested & set(written)) == 0


def test_there_are_enough_sentences_of_both_kinds(taxonomy: Taxonomy) -> None:
    corpus = danger_corpus(taxonomy)
    written = corpus.origin == Origin.WRITTEN
    assert (corpus.is_danger & written).sum() >= 1_500
    assert (~corpus.is_danger & written).sum() >= 2_500


def test_what_a_file_says_of_a_sentence_goes_before_what_its_leaf_says(taxonomy: Taxonomy) -> None:
    corpus = danger_corpus(taxonomy)
    said = dict(zip(corpus.texts, corpus.is_danger.tolist(), strict=True))
    assert len(said) == len(corpus.texts)
    assert not said[plain_text("当年我是被拐来的，想采血找亲生父母")]
    assert plain_text("前头那车走S形，肯定喝多了，你们快拦住") not in said


def test_misheard_copies_sound_alike_and_know_their_sentence() -> None:
    texts = ("楼下着火了快来人救命", "水费太贵了怎么交", "煤气费怎么交")
    corpus = DangerCorpus(texts, np.array([True, False, False]), np.array([0, 0, 1]), np.arange(3))
    heard = with_misheard(corpus)
    assert heard.texts[:3] == texts
    assert heard.sentence.tolist() == [0, 1, 2, 0, 1]
    assert heard.is_danger.tolist() == [True, False, False, True, False]
    assert [len(text) for text in heard.texts[3:]] == [len(texts[0]), len(texts[1])]
    assert heard.texts[3:] != texts[:2]


def test_words_of_one_class_are_one_feature_and_the_longest_word_counts() -> None:
    hazards = hazards_of(("fall", "water", "child"), {"掉": (0,), "掉进": (0,), "河": (1,), "井": (1,), "娃": (2,)})
    one, other = hazards.find("娃掉进河"), hazards.find("娃掉井")
    assert set(one.keys.tolist()) == set(other.keys.tolist())
    assert one.length[:3].tolist() == [1, 2, 1]


def test_a_break_between_two_words_makes_another_pair() -> None:
    hazards = hazards_of(("fall", "water"), {"掉": (0,), "河": (1,)})
    assert set(hazards.find("掉河").keys.tolist()) != set(hazards.find("掉，河").keys.tolist())
    assert len(hazards.find("掉" + "了" * 30 + "河").keys) == 2


@pytest.mark.parametrize("lines", ["fire 着火\nfire 烧", "fire 着火\nsmoke"])
def test_a_lexicon_with_an_empty_or_doubled_class_is_refused_with_its_line(tmp_path: Path, lines: str) -> None:
    (tmp_path / "lexicon.txt").write_text(lines, "utf-8")
    with pytest.raises(DataError, match="line 2"):
        load_hazards(tmp_path / "lexicon.txt")


@given(st.text(alphabet="着火水，？", max_size=300))
def test_every_character_but_breaks_lies_in_a_stretch_that_is_not_too_long(text: str) -> None:
    begin, end = stretches(text)
    assert (end - begin <= STRETCH).all()
    covered = {at for first, last in zip(begin, end, strict=True) for at in range(first, last)}
    assert {at for at, character in enumerate(text) if character not in "，？"} <= covered


@given(st.text(max_size=120))
def test_the_judge_says_something_of_any_text(text: str) -> None:
    nothing = Vocabulary(np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.float32))
    judged = DangerJudge(HAZARDS, nothing, -1.0, Limits(0, 0, 0)).judge(plain_text(text))
    assert judged.margin == -1.0
    assert 0 <= judged.start <= judged.end <= len(plain_text(text))


def test_what_was_never_said_in_training_is_understood_by_its_class(judge: DangerJudge) -> None:
    assert judge.judge("闺女跌进池塘").margin > judge.judge("池塘门票").margin + 0.2


def test_the_worst_stretch_of_a_long_call_counts(judge: DangerJudge) -> None:
    long = "喂您好我是住在朝阳区的，" + "我想跟您反映一个事情，" * 8 + "孩子掉河里了，" + "麻烦您记一下，" * 8
    judged = judge.judge(long)
    assert "孩子掉河里了" in long[judged.start : judged.end]
    assert judged.margin > judge.limits.alone


def test_limits_rise_with_the_harmless_that_look_dangerous() -> None:
    margin = np.concatenate([np.full(10, 2.0), np.linspace(-1, 0, 100), np.linspace(-2, -1, 100)])
    origin = np.repeat([Origin.WRITTEN, Origin.WRITTEN, Origin.TAXONOMY], [10, 100, 100])
    corpus = DangerCorpus((), np.arange(210) < 10, origin, np.arange(210))
    limits = limits_of(margin, corpus)
    assert limits.agreed < limits.alone < limits.sure < 0
    assert limits.alone == pytest.approx(-0.04)


def test_a_judge_is_the_same_after_it_was_kept(judge: DangerJudge, taxonomy: Taxonomy, tmp_path: Path) -> None:
    save_judge(judge, judge_path(taxonomy, tmp_path))
    kept = judge_of(taxonomy, tmp_path)
    assert kept is not None
    assert kept.judge("孩子掉河里了") == judge.judge("孩子掉河里了")
    assert kept.limits == judge.limits


def test_without_a_judge_or_with_a_damaged_one_the_list_stands_alone(
    judge: DangerJudge, taxonomy: Taxonomy, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert judge_of(taxonomy, tmp_path) is None
    path = judge_path(taxonomy, tmp_path)
    save_judge(judge, path)
    path.write_bytes(path.read_bytes()[:-200])
    assert judge_of(taxonomy, tmp_path) is None
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]


def test_the_judge_hears_what_the_list_has_no_words_for(judge: DangerJudge) -> None:
    call = "娃掉塘里头，够不着"
    assert find_danger(call) is None
    assert _urgency(call, None) is Urgency.NORMAL
    assert _urgency(call, judge) is Urgency.EMERGENCY


def test_the_list_is_not_believed_where_the_judge_is_sure_of_none(judge: DangerJudge) -> None:
    call = "水费太贵，跟抢劫我有什么两样"
    assert find_danger(call) is not None
    assert _urgency(call, None) is Urgency.EMERGENCY
    assert _urgency(call, judge) is Urgency.NORMAL


def test_only_a_sure_judge_sounds_the_alarm(judge: DangerJudge) -> None:
    calm = DangerJudge(HAZARDS, judge.words, judge.bias, Limits(alone=0.2, agreed=-0.2, sure=9.0))
    assert _understanding(judge).propose("孩子掉河里了，快来").is_alarm
    proposal = _understanding(calm).propose("孩子掉河里了，快来")
    assert proposal.urgency is Urgency.EMERGENCY
    assert not proposal.is_alarm


def test_the_trained_judge_lets_harmless_words_of_danger_pass(taxonomy: Taxonomy) -> None:
    trained = judge_of(taxonomy)
    if trained is None:
        pytest.skip("the judge is not trained yet: python -m classifier.build")
    harmless = [plain_text(text) for text in sentences(HARMLESS)]
    sure = [text for text in harmless if trained.judge(text).margin >= trained.limits.sure]
    assert sure == []
    for text in ("火车站怎么走", "灭火器过期了谁换", "没有着火，就是误报", "煤气费怎么交", "去年着过火，现在没事"):
        assert trained.confirms(plain_text(text), heard=find_danger(text) is not None) is None


def _understanding(judge: DangerJudge | None) -> Understanding:
    return Understanding(Taxonomy((), {}, "none"), Gazetteer((), "none"), find_danger, judge=judge)


def _urgency(text: str, judge: DangerJudge | None) -> Urgency:
    return _understanding(judge).propose(text).urgency
