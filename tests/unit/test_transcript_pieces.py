"""A sentence is cut for the page without losing a character."""

from hypothesis import given
from hypothesis import strategies as st

from console.transcript import cut, lines, locate
from intake.queries_case import CategorySeen, CorrectionSeen, ProposalSeen, UtteranceSeen, WordSeen


def said(text: str, words: tuple[WordSeen, ...] = (), sequence: int = 0) -> UtteranceSeen:
    return UtteranceSeen("c", sequence, text, text, words, 0, 1000, "vosk", None)


def proposal(text: str, *evidence: tuple[int, int]) -> ProposalSeen:
    return ProposalSeen(1, text, (CategorySeen("01", "停暖", ("停暖",), 0.9, evidence),), (), ())


def test_words_carry_their_second_and_their_doubt() -> None:
    pieces = cut("家里冷。", (WordSeen("家里", 100, 0.95), WordSeen("冷", 400, 0.3)), {})
    assert [(piece.text, piece.start_ms, piece.is_unsure) for piece in pieces] == [
        ("家里", 100, False),
        ("冷", 400, True),
        ("。", None, False),
    ]


def test_numbers_in_figures_keep_the_second_and_the_doubt_of_what_was_heard() -> None:
    heard = ("我", "住", "三", "号楼", "五", "零", "一", "三", "天")
    words = tuple(WordSeen(word, 100 * place, 0.4 if word == "零" else 0.9) for place, word in enumerate(heard))
    pieces = cut("我住3号楼501，三天", words, {})
    assert [(piece.text, piece.start_ms, piece.is_unsure) for piece in pieces] == [
        ("我", 0, False),
        ("住", 100, False),
        ("3", 200, False),
        ("号楼", 300, False),
        ("501", 400, True),
        ("，", None, False),
        ("三", 700, False),
        ("天", 800, False),
    ]


def test_evidence_is_found_in_the_sentence_that_it_came_from() -> None:
    first, second = lines([said("家里冷"), said("暖气停了", sequence=1)], proposal("家里冷\n暖气停了", (4, 6)))
    assert all(not piece.evidence for piece in first.pieces)
    assert [(piece.text, piece.evidence) for piece in second.pieces] == [("暖气", ("c1",)), ("停了", ())]


def test_evidence_across_two_sentences_marks_both() -> None:
    first, second = lines([said("家里冷"), said("停暖", sequence=1)], proposal("家里冷停暖", (2, 4)))
    assert [piece.text for piece in first.pieces if piece.evidence] == ["冷"]
    assert [piece.text for piece in second.pieces if piece.evidence] == ["停"]


def test_a_sentence_that_came_after_the_proposal_has_no_evidence() -> None:
    _, late = lines([said("停暖"), said("快来修", sequence=1)], proposal("停暖", (0, 2)))
    assert late.pieces[0].evidence == ()


def test_the_same_words_twice_are_told_apart() -> None:
    assert locate(["冷", "冷"], "冷。冷") == [(0, 1), (2, 3)]


spans = st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda pair: (min(pair), max(pair)))


@given(st.text("家里冷暖气12，", max_size=20), st.lists(st.text("家里冷暖气", min_size=1, max_size=3)), st.lists(spans))
def test_pieces_always_join_to_the_sentence(text: str, words: list[str], evidence: list[tuple[int, int]]) -> None:
    seen = tuple(WordSeen(word, 10 * place, 0.5) for place, word in enumerate(words))
    assert "".join(piece.text for piece in cut(text, seen, {"c1": evidence})) == text


def test_a_misheard_name_opens_at_its_first_piece_and_closes_at_its_last() -> None:
    words = (WordSeen("住", 0, None), WordSeen("回龙", 100, None), WordSeen("关", 300, None), WordSeen("那边", 400, None))
    pieces = cut("住回龙关那边", words, {}, (CorrectionSeen(1, 4, "回龙观"),))
    assert [(piece.text, piece.meant, piece.ends_misheard) for piece in pieces] == [
        ("住", None, False),
        ("回龙", "回龙观", False),
        ("关", None, True),
        ("那边", None, False),
    ]
