"""What is put beside an utterance afterwards: corrected names, and what a second engine heard."""

from dataclasses import replace

from classifier.misheard import Misheard
from intake.listening import add_utterance
from intake.queries_case import CorrectionSeen, case_page
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
