"""Twilio's five addresses over a real database: what the caller gets and what becomes of the case."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from config.stream_token import read_stream_token
from intake.calls import conversation_ended, media_started
from intake.outcome import Ending, Outcome
from intake.spool import take_in_spool
from intake.sweeps import sweep_silent_calls
from models.call import CallState
from models.case import CaseState
from tests.integration.telephony.exchange_office import (
    ACCOUNT,
    CALL,
    CALLER,
    DOWN,
    FULL,
    HUMAN,
    TOKEN,
    UP,
    Switch,
    make_settings,
)

NAMES = ("voice", "next", "recording", "status", "stream")
RECORDED = {"RecordingSid": "RE1", "RecordingUrl": "https://api.twilio.com/RE1", "RecordingDuration": "20"}


def tags(verbs: list[object]) -> list[str]:
    return [verb.tag for verb in verbs]  # type: ignore[attr-defined]


def end(switch: Switch, ending: Ending, reason: str = "", *, heard: bool = True) -> None:
    """The media process has had its conversation."""
    conversation_ended(switch.office, switch.call().id, Outcome(ending, reason, heard_anything=heard))


# who may ask


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("signature", ["", "forged", "é"])
def test_a_forged_or_missing_signature_is_refused_without_a_word(switch: Switch, name: str, signature: str) -> None:
    answer = switch.post(name, signature=signature.encode("latin-1").decode("latin-1"))

    assert (answer.status_code, answer.data) == (403, b"")
    assert switch.count_cases() == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_body_too_large_to_check_is_refused(switch: Switch, name: str) -> None:
    assert switch.post(name, Text="x" * 70_000).status_code == 403


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("call", ["", "x" * 10_000, "a\0b", "通话"])
def test_a_signed_but_unusable_request_is_answered_with_an_apology_and_a_recorder(switch: Switch, name: str, call: str) -> None:
    verbs = switch.ask(name, CallSid=call)

    assert tags(verbs) == ["Play", "Record", "Play", "Hangup"]
    assert "leave_message" in verbs[0].text


@pytest.mark.parametrize("name", NAMES)
def test_where_a_human_can_be_rung_an_unusable_request_leads_there(staffed: Switch, name: str) -> None:
    verbs = staffed.ask(name, CallSid="")

    assert tags(verbs) == ["Play", "Play", "Dial"]
    assert verbs[2][0].text == HUMAN


def test_an_unusable_question_after_a_message_or_a_dial_leads_in_no_circle(staffed: Switch) -> None:
    assert tags(staffed.ask("next", CallSid="", **RECORDED))[-1] == "Hangup"
    assert "Record" in tags(staffed.ask("next", CallSid="", DialCallStatus="busy"))
    assert tags(staffed.ask("next", CallSid="", DialCallStatus="completed")) == ["Hangup"]


def test_rubbish_in_every_field_costs_no_call(switch: Switch) -> None:
    rubbish = {"From": "\0" * 50, "To": "x" * 10_000, "SampleName": "../../etc/passwd", "CallerName": "😀", "Ж": "Ж"}

    assert tags(switch.ask("voice", **rubbish)) == ["Connect", "Redirect"]
    assert switch.call().sample is None


# the beginning


def test_a_call_is_connected_to_the_media_process_with_a_token_for_this_call_alone(switch: Switch) -> None:
    connect, redirect = switch.ask("voice", SampleName="no-heating")

    stream = connect[0]
    assert stream.get("url") == "ws://127.0.0.1:8001/media/twilio"
    assert stream.get("statusCallback") == "http://127.0.0.1:8000/webhooks/twilio/stream"
    secret = switch.settings.secret_key.get_secret_value()
    grant = read_stream_token(secret, stream[0].get("value"), switch.clock.now())
    call = switch.call()
    assert (grant.call_id, grant.case_no, grant.carrier_call_id) == (call.id, call.case_no, CALL)
    assert (grant.sample, grant.stream) == ("no-heating", 1)
    assert redirect.text == "http://127.0.0.1:8000/webhooks/twilio/next"
    assert switch.case().state is CaseState.OPEN


def test_the_same_call_from_four_threads_at_once_is_one_case(switch: Switch) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: switch.post("voice"), range(8)))

    assert {answer.status_code for answer in answers} == {200}
    assert all(b"<Connect>" in answer.data for answer in answers)
    assert switch.count_cases() == 1


def test_a_voice_webhook_that_comes_again_after_the_conversation_asks_for_the_next_step(staffed: Switch) -> None:
    staffed.ask("voice")
    end(staffed, Ending.TRANSFER, "key_0")

    assert tags(staffed.ask("voice")) == ["Dial"]
    assert staffed.count_cases() == 1


def test_with_the_media_process_away_the_caller_is_recorded_at_once(staffed: Switch) -> None:
    staffed.media.state = DOWN

    verbs = staffed.ask("voice")

    assert tags(verbs) == ["Play", "Record", "Play", "Hangup"]
    assert verbs[1].get("recordingStatusCallback").endswith("/webhooks/twilio/recording")
    assert staffed.case().state is CaseState.CALLBACK


def test_a_full_media_process_sends_the_caller_to_a_human(staffed: Switch) -> None:
    staffed.media.state = FULL

    verbs = staffed.ask("voice")

    assert tags(verbs) == ["Play", "Dial"]
    assert (verbs[1].get("timeout"), verbs[1][0].text) == ("20", HUMAN)


def test_a_full_media_process_without_a_human_lets_the_caller_leave_a_message(switch: Switch) -> None:
    switch.media.state = FULL

    assert "Record" in tags(switch.ask("voice"))
    assert switch.case().state is CaseState.CALLBACK


# what is next


def test_after_goodbye_the_call_is_over(staffed: Switch) -> None:
    staffed.ask("voice")
    end(staffed, Ending.GOODBYE)

    assert tags(staffed.ask("next")) == ["Hangup"]
    assert staffed.case().state is CaseState.PROPOSED


def test_a_caller_who_wants_a_human_is_put_through_without_another_word(staffed: Switch) -> None:
    staffed.ask("voice")
    end(staffed, Ending.TRANSFER, "key_0")

    verbs = staffed.ask("next")

    assert tags(verbs) == ["Dial"]
    assert verbs[0].get("action").endswith("/webhooks/twilio/next")


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "canceled"])
def test_a_human_who_does_not_answer_means_a_message_and_an_urgent_call_back(staffed: Switch, status: str) -> None:
    staffed.ask("voice")
    end(staffed, Ending.TRANSFER, "key_0")
    staffed.ask("next")

    verbs = staffed.ask("next", DialCallStatus=status)

    assert tags(verbs) == ["Play", "Record", "Play", "Hangup"]
    assert "call_back" in verbs[0].text
    case = staffed.case()
    assert (case.state, case.urgent) == (CaseState.CALLBACK, True)


def test_without_a_human_number_a_transfer_is_a_message_and_an_urgent_call_back(switch: Switch) -> None:
    switch.ask("voice")
    end(switch, Ending.TRANSFER, "danger")

    assert "Record" in tags(switch.ask("next"))
    assert (switch.case().state, switch.case().urgent) == (CaseState.CALLBACK, True)


def test_after_a_human_has_spoken_the_call_is_over_and_the_case_is_proposed(staffed: Switch) -> None:
    staffed.ask("voice")
    end(staffed, Ending.TRANSFER, "asked")
    staffed.ask("next")

    assert tags(staffed.ask("next", DialCallStatus="completed")) == ["Hangup"]
    assert staffed.case().state is CaseState.PROPOSED


def test_after_the_message_the_caller_is_thanked(switch: Switch) -> None:
    switch.ask("voice")
    end(switch, Ending.TRANSFER, "asked")
    switch.ask("next")

    verbs = switch.ask("next", **RECORDED)

    assert tags(verbs) == ["Play", "Play", "Hangup"]
    assert "recorded" in verbs[0].text


def test_a_conversation_that_broke_off_goes_on_where_the_media_process_is_back(switch: Switch) -> None:
    switch.ask("voice")
    media_started(switch.office, switch.call().id, "none", "nonce")

    connect, _redirect = switch.ask("next")

    assert connect.tag == "Connect"
    grant = read_stream_token(switch.settings.secret_key.get_secret_value(), connect[0][0].get("value"), switch.clock.now())
    assert (grant.stream, connect[0].get("name")) == (2, "2")


def test_a_conversation_that_broke_off_goes_to_a_human_where_the_media_process_stays_away(staffed: Switch) -> None:
    staffed.ask("voice")
    staffed.media.state = DOWN

    verbs = staffed.ask("next")

    assert tags(verbs) == ["Play", "Play", "Dial"]
    assert staffed.call().state is CallState.TRANSFERRING


def test_the_same_question_twice_has_the_same_answer(staffed: Switch) -> None:
    staffed.ask("voice")
    end(staffed, Ending.TRANSFER, "key_0")

    assert staffed.post("next").data == staffed.post("next").data
    assert staffed.post("next", DialCallStatus="busy").data == staffed.post("next", DialCallStatus="busy").data


def test_a_question_about_an_unknown_call_serves_whoever_is_on_the_line(staffed: Switch) -> None:
    assert tags(staffed.ask("next")) == ["Play", "Play", "Dial"]


# out of order


def test_a_status_before_the_call_is_known_changes_nothing(switch: Switch) -> None:
    switch.tell("status", CallStatus="completed")

    assert switch.count_cases() == 0
    assert tags(switch.ask("voice")) == ["Connect", "Redirect"]


def test_the_end_is_reported_once_and_stays(switch: Switch) -> None:
    switch.ask("voice")
    switch.tell("status", CallStatus="completed")
    ended_at = switch.call().ended_at
    switch.clock.advance(timedelta(seconds=5))
    switch.tell("status", CallStatus="failed")

    assert switch.call().ended_at == ended_at
    assert switch.case().state is CaseState.CALLBACK


def test_a_status_of_a_call_that_goes_on_ends_nothing(switch: Switch) -> None:
    switch.ask("voice")
    switch.tell("status", CallStatus="in-progress")

    assert switch.call().state is CallState.TALKING


def test_a_question_after_the_end_reopens_nothing(staffed: Switch) -> None:
    staffed.ask("voice")
    end(staffed, Ending.GOODBYE)
    staffed.tell("status", CallStatus="completed")

    assert tags(staffed.ask("next")) == ["Hangup"]
    assert staffed.call().state is CallState.ENDED


def test_a_dial_result_after_the_end_still_tells_that_a_human_spoke(staffed: Switch) -> None:
    staffed.ask("voice")
    end(staffed, Ending.TRANSFER, "key_0")
    staffed.ask("next")
    staffed.tell("status", CallStatus="completed")
    staffed.ask("next", DialCallStatus="completed")

    assert staffed.case().state is CaseState.PROPOSED


def test_a_call_that_nobody_hears_of_again_is_swept(switch: Switch) -> None:
    switch.ask("voice")
    switch.clock.advance(timedelta(seconds=61))
    sweep_silent_calls(switch.office)

    assert switch.case().state is CaseState.CALLBACK


# recordings


def test_a_recording_is_announced_once_however_often_it_is_told(switch: Switch) -> None:
    switch.ask("voice")
    for _ in range(3):
        switch.tell("recording", RecordingStatus="completed", **RECORDED)

    (recording,) = switch.recordings()
    assert (recording.carrier_recording_id, recording.duration_ms) == ("RE1", 20_000)


def test_a_recording_of_an_unknown_call_has_a_case_all_the_same(switch: Switch) -> None:
    switch.tell("recording", RecordingStatus="completed", **RECORDED)

    assert len(switch.recordings()) == 1
    assert switch.count_cases() == 1


@pytest.mark.parametrize("status", ["absent", "failed", "in-progress"])
def test_a_recording_that_is_not_there_is_not_waited_for(switch: Switch, status: str) -> None:
    switch.ask("voice")
    switch.tell("recording", RecordingStatus=status, **RECORDED)

    assert switch.recordings() == []


# broken streams


def test_a_broken_stream_redirects_the_live_call(switch: Switch) -> None:
    switch.ask("voice")
    switch.tell("stream", StreamEvent="stream-error", StreamName="1")

    assert switch.live_calls.redirected == [(CALL, "http://127.0.0.1:8000/webhooks/twilio/next")]


@pytest.mark.parametrize("event", ["stream-started", "stream-stopped", ""])
def test_other_news_of_a_stream_redirect_nothing(switch: Switch, event: str) -> None:
    switch.ask("voice")
    switch.tell("stream", StreamEvent=event)

    assert switch.live_calls.redirected == []


def test_late_news_of_the_first_stream_does_not_disturb_the_second(switch: Switch) -> None:
    switch.ask("voice")
    switch.ask("next")
    switch.tell("stream", StreamEvent="stream-error", StreamName="1")

    assert switch.live_calls.redirected == []


def test_late_news_of_a_stream_does_not_tear_a_caller_from_a_human(staffed: Switch) -> None:
    staffed.ask("voice")
    staffed.media.state = DOWN
    staffed.ask("next")
    staffed.tell("stream", StreamEvent="stream-error", StreamName="1")

    assert staffed.live_calls.redirected == []


def test_a_carrier_that_cannot_be_asked_to_redirect_breaks_nothing(switch: Switch) -> None:
    switch.ask("voice")
    switch.live_calls.is_away = True

    switch.tell("stream", StreamEvent="stream-error")


# failures of ours


@pytest.fixture
def broken(tmp_path: Path) -> Switch:
    """The database cannot be used: it has no tables."""
    return Switch(make_settings(tmp_path))


def test_with_the_database_away_the_caller_is_recorded_and_the_call_is_kept(broken: Switch) -> None:
    assert "Record" in tags(broken.ask("voice"))
    broken.tell("recording", RecordingStatus="completed", **RECORDED)
    assert tags(broken.ask("next", **RECORDED))[-1] == "Hangup"
    broken.tell("status", CallStatus="completed")

    broken.migrate()
    take_in_spool(broken.office)

    assert broken.case().state is CaseState.CALLBACK
    assert len(broken.recordings()) == 1
    assert broken.call().state is CallState.ENDED


def test_a_spooled_call_lies_nowhere_with_its_number_open(broken: Switch, tmp_path: Path) -> None:
    broken.ask("voice")

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if re.search(rb"13800138000", path.read_bytes())]


def test_with_the_database_away_every_address_answers(broken: Switch) -> None:
    for name in ("voice", "next"):
        assert "Record" in tags(broken.ask(name))
    broken.tell("recording", RecordingStatus="completed", **RECORDED)
    broken.tell("status", CallStatus="completed")
    assert "Record" in tags(broken.ask("stream", StreamEvent="stream-error"))


class BrokenMedia:
    def ask(self) -> object:
        raise RuntimeError("a bug")


@pytest.mark.parametrize("name", ["voice", "next"])
def test_a_bug_of_ours_leads_to_a_human(staffed: Switch, name: str) -> None:
    staffed.ask("voice")
    staffed.media.ask = BrokenMedia().ask  # type: ignore[assignment, method-assign]

    assert tags(staffed.ask(name)) == ["Play", "Play", "Dial"]


# prompts


def test_the_prompts_in_twiml_can_be_fetched_by_anybody(switch: Switch) -> None:
    switch.media.state = DOWN
    address = switch.ask("voice")[0].text

    answer = switch.app.test_client().get(address.removeprefix("http://127.0.0.1:8000"))

    assert (answer.status_code, answer.mimetype) == (200, "audio/wav")
    assert answer.data.startswith(b"RIFF")
    assert "max-age" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("name", ["none", "..%2f..%2fvar%2fhotline.env", "prompts.toml"])
def test_nothing_else_can_be_fetched_there(switch: Switch, name: str) -> None:
    assert switch.app.test_client().get(f"/webhooks/twilio/prompts/{name}.wav").status_code == 404


def test_no_log_line_holds_a_number_or_a_token(switch: Switch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    switch.ask("voice")
    switch.ask("next", CallSid="")
    switch.tell("stream", StreamEvent="stream-error")

    assert CALLER not in caplog.text
    assert TOKEN not in caplog.text
    assert ACCOUNT not in caplog.text
    assert switch.media.state is UP


# the carrier reports the end before the last words are recognised


def test_what_was_heard_last_becomes_a_case_although_the_end_was_reported_before(switch: Switch) -> None:
    switch.ask("voice")
    media_started(switch.office, switch.call().id, "vosk", "nonce")
    switch.tell("status", CallStatus="completed")
    end(switch, Ending.HUNG_UP, "hung_up")

    assert switch.case().state is CaseState.PROPOSED
    assert switch.case().callback_reason is None


def test_a_human_wanted_by_a_caller_who_had_gone_is_an_urgent_call_back(switch: Switch) -> None:
    switch.ask("voice")
    switch.tell("status", CallStatus="completed")
    end(switch, Ending.TRANSFER, "danger")

    assert (switch.case().state, switch.case().urgent) == (CaseState.CALLBACK, True)
    assert switch.case().callback_reason == "no_human_reached"


def test_a_caller_who_said_nothing_is_called_back_in_whichever_order_it_is_told(switch: Switch) -> None:
    switch.ask("voice")
    switch.tell("status", CallStatus="completed")
    end(switch, Ending.HUNG_UP, "hung_up", heard=False)

    assert (switch.case().state, switch.case().urgent) == (CaseState.CALLBACK, False)
