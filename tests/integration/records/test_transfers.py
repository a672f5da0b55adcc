from datetime import timedelta

import pytest

from intake.calls import call_ended, conversation_ended, media_started
from intake.errors import UnknownCall
from intake.listening import add_utterance
from intake.next_step import Dial, HangUp, NextStep, Reconnect, TakeMessage
from intake.outcome import DialResult, Ending, Outcome
from intake.transfers import divert_call, take_next_step, transfer_result
from models.call import Call, CallState
from models.case import CaseState
from tests.integration.records.bureau import Bureau, heard

ASKED = Outcome(Ending.TRANSFER, "asked", heard_anything=True)


def ask_next(bureau: Bureau, dial: DialResult | None = None, *, recorded: bool = False, media_is_up: bool = True) -> NextStep:
    return take_next_step(bureau.office, "twilio", "CA1", media_is_up=media_is_up, dial=dial, recorded=recorded)


def test_a_human_who_answered_leaves_the_case_proposed(bureau: Bureau) -> None:
    call = bureau.ring()
    conversation_ended(bureau.office, call.call_id, ASKED)
    assert bureau.case(call.case_no).state is CaseState.OPEN
    assert ask_next(bureau) == Dial("12345")
    assert ask_next(bureau, DialResult.ANSWERED) == HangUp()
    call_ended(bureau.office, "twilio", "CA1", "completed")
    assert bureau.case(call.case_no).state is CaseState.PROPOSED
    assert not bureau.case(call.case_no).urgent


@pytest.mark.parametrize("dial", [DialResult.BUSY, DialResult.NO_ANSWER, DialResult.FAILED])
def test_a_human_not_reached_is_an_urgent_call_back(bureau: Bureau, dial: DialResult) -> None:
    call = bureau.ring()
    conversation_ended(bureau.office, call.call_id, ASKED)
    ask_next(bureau)
    assert ask_next(bureau, dial) == TakeMessage("no_human_reached")
    case = bureau.case(call.case_no)
    assert (case.state, case.urgent, case.callback_reason) == (CaseState.CALLBACK, True, "no_human_reached")
    assert bureau.one(Call).state is CallState.RECORDING
    assert ask_next(bureau, recorded=True) == HangUp()


def test_the_same_question_again_has_the_same_answer(bureau: Bureau) -> None:
    call = bureau.ring()
    conversation_ended(bureau.office, call.call_id, ASKED)
    assert ask_next(bureau) == ask_next(bureau) == Dial("12345")
    assert ask_next(bureau, DialResult.BUSY) == ask_next(bureau, DialResult.BUSY) == TakeMessage("no_human_reached")
    assert len(bureau.moves(call.case_no)) == 2


def test_an_end_told_before_the_answered_transfer_is_corrected(bureau: Bureau) -> None:
    call = bureau.ring()
    conversation_ended(bureau.office, call.call_id, ASKED)
    ask_next(bureau)
    call_ended(bureau.office, "twilio", "CA1", "completed")
    assert bureau.case(call.case_no).state is CaseState.CALLBACK
    transfer_result(bureau.office, call.call_id, DialResult.ANSWERED)
    case = bureau.case(call.case_no)
    assert (case.state, case.callback_reason) == (CaseState.PROPOSED, None)


def test_a_caller_who_hangs_up_while_it_rings_is_called_back_first(bureau: Bureau) -> None:
    call = bureau.ring()
    conversation_ended(bureau.office, call.call_id, ASKED)
    ask_next(bureau)
    assert ask_next(bureau, DialResult.CANCELLED) == TakeMessage("no_human_reached")
    case = bureau.case(call.case_no)
    assert (case.state, case.urgent) == (CaseState.CALLBACK, True)


def test_without_media_the_caller_is_recorded_at_once(bureau: Bureau) -> None:
    call = bureau.ring()
    divert_call(bureau.office, call.call_id, Outcome(Ending.FAILED, "media_down"))
    assert ask_next(bureau, media_is_up=False) == TakeMessage("media_down")
    case = bureau.case(call.case_no)
    assert (case.state, case.callback_reason, case.urgent) == (CaseState.CALLBACK, "message", False)


def test_without_room_the_caller_goes_to_a_human(bureau: Bureau) -> None:
    call = bureau.ring()
    divert_call(bureau.office, call.call_id, Outcome(Ending.OVERFLOW, "full"))
    assert ask_next(bureau) == Dial("12345")


def test_a_broken_stream_is_connected_again_and_the_conversation_goes_on(bureau: Bureau) -> None:
    call = bureau.ring()
    media_started(bureau.office, call.call_id, "vosk", "first")
    add_utterance(bureau.office, call.call_id, heard())
    assert ask_next(bureau) == Reconnect()
    media_started(bureau.office, call.call_id, "vosk", "second")
    assert bureau.case(call.case_no).state is CaseState.OPEN


def test_a_stream_that_breaks_again_and_again_ends_with_a_human(bureau: Bureau) -> None:
    bureau.ring()
    assert [ask_next(bureau) for _ in range(4)] == [Reconnect(), Reconnect(), Dial("12345"), Dial("12345")]


def test_a_caller_whose_call_was_swept_still_reaches_a_human(bureau: Bureau) -> None:
    bureau.ring()
    call_ended(bureau.office, "twilio", "CA1", "no_sign_of_life")
    assert ask_next(bureau) == Dial("12345")


def test_a_late_result_moves_no_case_that_a_person_has_settled(bureau: Bureau) -> None:
    call = bureau.ring()
    conversation_ended(bureau.office, call.call_id, Outcome(Ending.GOODBYE, heard_anything=True))
    bureau.clock.advance(timedelta(seconds=30))
    transfer_result(bureau.office, call.call_id, DialResult.BUSY)
    assert bureau.case(call.case_no).state is CaseState.PROPOSED


def test_an_unknown_call_has_no_next_step(bureau: Bureau) -> None:
    with pytest.raises(UnknownCall):
        ask_next(bureau)
