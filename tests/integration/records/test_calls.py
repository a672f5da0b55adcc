from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from intake.calls import (
    IncomingCall,
    call_ended,
    conversation_ended,
    find_call,
    media_started,
    open_call,
    save_conversation,
    sign_of_life,
)
from intake.errors import StreamTokenUsed, UnknownCall
from intake.listening import HUMAN, add_utterance
from intake.office import Office
from intake.outcome import Ending, Outcome
from intake.queries_case import case_page
from models.call import Call, CallState
from models.case import Case, CaseState
from models.utterance import Utterance
from tests.integration.records.bureau import NUMBER, Bureau, heard


def test_a_call_comes_with_its_case_and_number(bureau: Bureau) -> None:
    opened = bureau.ring()
    case = bureau.case(opened.case_no)
    assert (opened.case_no, opened.is_new, case.state) == ("260105000001", True, CaseState.OPEN)
    assert case.answered_at == bureau.clock.now()
    assert bureau.moves(opened.case_no) == [(None, CaseState.OPEN, "call")]
    assert bureau.event_kinds() == ["case.moved", "call.opened"]


def test_the_same_webhook_again_opens_nothing(bureau: Bureau) -> None:
    first, second = bureau.ring(), bureau.ring()
    assert (second.call_id, second.case_no, second.is_new) == (first.call_id, first.case_no, False)
    assert len(bureau.all(Case)) == 1


def test_case_numbers_count_from_one_on_each_day_of_the_city(bureau: Bureau) -> None:
    bureau.clock.at = datetime(2026, 1, 5, 15, 59, tzinfo=UTC)
    before_midnight = [bureau.ring("CA1").case_no, bureau.ring("CA2").case_no]
    bureau.clock.advance(timedelta(minutes=1))
    after_midnight = [bureau.ring("CA3").case_no, bureau.ring("CA4").case_no]
    assert before_midnight == ["260105000001", "260105000002"]
    assert after_midnight == ["260106000001", "260106000002"]


def test_the_callers_number_is_sealed_and_found_in_every_spelling(bureau: Bureau) -> None:
    bureau.ring("CA1", NUMBER)
    bureau.ring("CA2", f"+86{NUMBER}")
    bureau.ring("CA3", f"0{NUMBER}")
    first, second, third = bureau.all(Call)
    assert first.caller_hash == second.caller_hash == third.caller_hash
    assert first.caller_sealed is not None
    assert bureau.office.sealer.unseal(first.caller_sealed) == f"+86{NUMBER}"


def test_a_caller_without_a_number_has_none(bureau: Bureau) -> None:
    bureau.ring(number=None)
    call = bureau.one(Call)
    assert (call.caller_sealed, call.caller_hash) == (None, None)


def test_an_unknown_call_is_not_found(office: Office) -> None:
    assert find_call(office, "twilio", "CA-nobody") is None
    with pytest.raises(UnknownCall):
        call_ended(office, "twilio", "CA-nobody", "completed")
    with pytest.raises(UnknownCall):
        save_conversation(office, "0" * 32, {})


def test_a_call_takes_one_audio_stream(bureau: Bureau) -> None:
    call = bureau.ring()
    media_started(bureau.office, call.call_id, "vosk", "nonce-1")
    media_started(bureau.office, call.call_id, "vosk", "nonce-1")
    with pytest.raises(StreamTokenUsed):
        media_started(bureau.office, call.call_id, "vosk", "nonce-2")
    assert bureau.event_kinds().count("call.media_started") == 1


def test_an_ended_call_takes_no_audio_stream(bureau: Bureau) -> None:
    call = bureau.ring()
    call_ended(bureau.office, "twilio", "CA1", "completed")
    with pytest.raises(StreamTokenUsed):
        media_started(bureau.office, call.call_id, "vosk", "nonce-1")


def test_a_saved_conversation_is_there_for_the_next_stream(bureau: Bureau) -> None:
    call = bureau.ring()
    save_conversation(bureau.office, call.call_id, {"step": "place"}, lag_ms=40)
    save_conversation(bureau.office, call.call_id, {"step": "readback"}, lag_ms=20)
    assert media_started(bureau.office, call.call_id, "vosk", "n").conversation == {"step": "readback"}
    assert bureau.one(Call).lag_ms == 40


def test_goodbye_proposes_the_case_at_once(bureau: Bureau) -> None:
    call = bureau.ring()
    add_utterance(bureau.office, call.call_id, heard())
    conversation_ended(bureau.office, call.call_id, Outcome(Ending.GOODBYE, "confirmed", heard_anything=True))
    assert bureau.case(call.case_no).state is CaseState.PROPOSED
    assert bureau.case(call.case_no).hung_up_at == bureau.clock.now()


def test_the_first_outcome_stands(bureau: Bureau) -> None:
    call = bureau.ring()
    conversation_ended(bureau.office, call.call_id, Outcome(Ending.GOODBYE, heard_anything=True))
    conversation_ended(bureau.office, call.call_id, Outcome(Ending.HUNG_UP, urgent=True))
    found = find_call(bureau.office, "twilio", "CA1")
    assert found is not None
    assert found.outcome == Outcome(Ending.GOODBYE, heard_anything=True)
    assert not bureau.case(call.case_no).urgent


def test_hanging_up_without_a_word_is_called_back(bureau: Bureau) -> None:
    call = bureau.ring()
    conversation_ended(bureau.office, call.call_id, Outcome(Ending.HUNG_UP))
    case = bureau.case(call.case_no)
    assert (case.state, case.callback_reason, case.urgent) == (CaseState.CALLBACK, "nothing_heard", False)


def test_hanging_up_after_a_word_is_proposed(bureau: Bureau) -> None:
    call = bureau.ring()
    add_utterance(bureau.office, call.call_id, heard())
    call_ended(bureau.office, "twilio", "CA1", "completed")
    assert bureau.case(call.case_no).state is CaseState.PROPOSED


def test_voice_that_nobody_understood_is_proposed_too(bureau: Bureau) -> None:
    call = bureau.ring()
    conversation_ended(bureau.office, call.call_id, Outcome(Ending.HUNG_UP, heard_anything=True))
    assert bureau.case(call.case_no).state is CaseState.PROPOSED


def test_danger_makes_the_case_go_first(bureau: Bureau) -> None:
    call = bureau.ring()
    conversation_ended(bureau.office, call.call_id, Outcome(Ending.TRANSFER, "danger", urgent=True, heard_anything=True))
    case = bureau.case(call.case_no)
    assert (case.urgent, case.state) == (True, CaseState.OPEN)


def test_the_end_of_a_call_told_twice_or_late_changes_nothing(bureau: Bureau) -> None:
    call = bureau.ring()
    call_ended(bureau.office, "twilio", "CA1", "completed")
    bureau.clock.advance(timedelta(seconds=5))
    call_ended(bureau.office, "twilio", "CA1", "failed")
    conversation_ended(bureau.office, call.call_id, Outcome(Ending.HUNG_UP))
    assert bureau.one(Call).end_reason == "completed"
    assert len(bureau.moves(call.case_no)) == 2


def test_a_sentence_is_kept_once(bureau: Bureau) -> None:
    call = bureau.ring()
    add_utterance(bureau.office, call.call_id, heard(0, "暖气不热"))
    add_utterance(bureau.office, call.call_id, heard(0, "再说一遍"))
    add_utterance(bureau.office, call.call_id, heard(1, "在天通苑"))
    assert [row.text for row in bureau.all(Utterance, Utterance.sequence >= 0)].count("再说一遍") == 0
    assert bureau.case(call.case_no).narrative == "暖气不热\n在天通苑"


def test_a_humans_words_are_kept_and_are_not_the_callers(bureau: Bureau) -> None:
    call = bureau.ring()

    add_utterance(bureau.office, call.call_id, heard(1, "暖气不热"))
    add_utterance(bureau.office, call.call_id, replace(heard(5001, "您在哪个小区"), channel=HUMAN))

    assert bureau.case(call.case_no).narrative == "暖气不热"
    assert [said.channel for said in case_page(bureau.office, call.case_no).utterances] == ["caller", "human"]


def test_sentences_out_of_order_are_told_in_order(bureau: Bureau) -> None:
    call = bureau.ring()
    add_utterance(bureau.office, call.call_id, heard(1, "在天通苑"))
    add_utterance(bureau.office, call.call_id, heard(0, "暖气不热"))
    assert bureau.case(call.case_no).narrative == "暖气不热\n在天通苑"


def test_signs_of_life_move_no_version(bureau: Bureau) -> None:
    call = bureau.ring()
    before = bureau.one(Call).version
    bureau.clock.advance(timedelta(seconds=10))
    sign_of_life(bureau.office, [call.call_id, "0" * 32])
    assert bureau.one(Call).last_sign_at == bureau.clock.now()
    assert bureau.one(Call).version == before


def test_an_ended_call_gives_no_sign_of_life(bureau: Bureau) -> None:
    call = bureau.ring()
    call_ended(bureau.office, "twilio", "CA1", "completed")
    before = bureau.one(Call).last_sign_at
    bureau.clock.advance(timedelta(seconds=10))
    sign_of_life(bureau.office, [call.call_id])
    assert bureau.one(Call).last_sign_at == before
    assert bureau.one(Call).state is CallState.ENDED


def test_a_call_from_the_spool_keeps_the_time_when_it_was_answered(bureau: Bureau) -> None:
    at = bureau.clock.now() - timedelta(hours=1)
    opened = open_call(bureau.office, IncomingCall("twilio", "CA9"), at)
    assert bureau.case(opened.case_no).answered_at == at
