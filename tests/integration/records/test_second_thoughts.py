"""What is put beside an utterance afterwards: corrected names, and what a second engine heard."""

from dataclasses import replace

import pytest

from classifier.misheard import Misheard
from intake.accounts import add_account
from intake.errors import UnknownCall
from intake.listening import HeardAgain, HeardWord, add_utterance
from intake.queries_case import CorrectionSeen, case_page
from intake.revising import revise_utterance
from models.account import Role
from models.case import Case
from models.proposal import Proposal
from models.utterance import Utterance
from tests.integration.records.bureau import Bureau, heard


def _hears_places(bureau: Bureau) -> None:
    def misheard(text: str) -> tuple[Misheard, ...]:
        at = text.find("回龙关")
        return (Misheard(at, at + 3, "回龙关", "回龙观", 0.9),) if at >= 0 else ()

    bureau.office = replace(bureau.office, misheard=misheard)


def test_a_misheard_name_is_kept_beside_the_text_which_stays(bureau: Bureau) -> None:
    _hears_places(bureau)
    call = bureau.ring()
    add_utterance(bureau.office, call.call_id, heard(0, "我住回龙关"))
    row = bureau.one(Utterance)
    assert (row.raw, row.text) == ("我住回龙关", "我住回龙关")
    assert row.corrections == [{"start": 2, "end": 5, "heard": "回龙关", "name": "回龙观", "score": 0.9}]
    (seen,) = case_page(bureau.office, call.case_no).utterances
    assert seen.corrections == (CorrectionSeen(2, 5, "回龙观"),)


AGAIN = HeardAgain(0, "我 住 回龙关 三号楼", "我住回龙关3号楼", "whisper", [HeardWord("我", 0, 100, None)])


def test_the_second_text_counts_and_both_are_kept(bureau: Bureau) -> None:
    _hears_places(bureau)
    call = bureau.ring()
    add_utterance(bureau.office, call.call_id, heard(0, "我住回龙三号楼"))
    revise_utterance(bureau.office, call.call_id, AGAIN)
    row = bureau.one(Utterance)
    assert (row.raw, row.first_text) == ("我住回龙三号楼", "我住回龙三号楼")
    assert (row.text, row.second_text, row.second_raw) == (AGAIN.text, AGAIN.text, AGAIN.raw)
    assert (row.engine, row.second_engine) == ("scripted", "whisper")
    assert [word["text"] for word in row.words] == ["我"]
    assert [one["name"] for one in row.corrections or []] == ["回龙观"]
    assert bureau.case(call.case_no).narrative == AGAIN.text
    (seen,) = case_page(bureau.office, call.case_no).utterances
    assert (seen.text, seen.second_text) == (AGAIN.text, None)


def test_a_sentence_that_an_operator_has_on_the_screen_is_not_rewritten(bureau: Bureau) -> None:
    case = bureau.proposed(said="我住回龙三号楼")
    operator = add_account(bureau.office, "wang", "correct horse battery", Role.OPERATOR)
    with bureau.database.transaction() as session:
        session.get_one(Case, case.id).owner_id = operator.id
    revise_utterance(bureau.office, bureau.one(Utterance).call_id, AGAIN)
    row = bureau.one(Utterance)
    assert (row.text, row.first_text, row.second_text) == ("我住回龙三号楼", "我住回龙三号楼", AGAIN.text)
    assert bureau.case(case.case_no).narrative == "我住回龙三号楼"
    (seen,) = case_page(bureau.office, case.case_no).utterances
    assert (seen.text, seen.second_text) == ("我住回龙三号楼", AGAIN.text)


def test_after_the_call_the_case_is_understood_anew_from_the_better_text(bureau: Bureau) -> None:
    case = bureau.proposed(said="我住回龙三号楼")
    revise_utterance(bureau.office, bureau.one(Utterance).call_id, AGAIN)
    newest = max(bureau.all(Proposal), key=lambda row: row.sequence)
    assert newest.text == AGAIN.text == bureau.case(case.case_no).narrative


def test_the_second_hearing_counts_once_and_a_lost_sentence_is_no_error(bureau: Bureau) -> None:
    call = bureau.ring()
    add_utterance(bureau.office, call.call_id, heard(0, "我住回龙三号楼"))
    revise_utterance(bureau.office, call.call_id, AGAIN)
    revise_utterance(bureau.office, call.call_id, replace(AGAIN, text="别的"))
    revise_utterance(bureau.office, call.call_id, replace(AGAIN, sequence=7))
    assert bureau.one(Utterance).text == AGAIN.text
    with pytest.raises(UnknownCall):
        revise_utterance(bureau.office, "no such call", AGAIN)
