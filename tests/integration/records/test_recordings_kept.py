from datetime import timedelta

import pytest

from intake.calls import call_ended
from intake.errors import UnknownCall
from intake.listening import add_utterance
from intake.outcome import Ending, Outcome
from intake.recordings import (
    MOST_ATTEMPTS,
    AnnouncedRecording,
    UnknownRecording,
    due_recordings,
    find_recording,
    recording_announced,
    recording_fetched,
    recording_not_fetched,
    recording_refused,
    recording_stored,
    recordings_to_transcribe,
    transcript_of_recording,
)
from intake.transfers import divert_call, take_next_step
from models.case import CaseState
from models.event import Event
from models.recording import Recording, RecordingState
from models.utterance import Utterance
from tests.integration.records.bureau import Bureau, heard

ANNOUNCED = AnnouncedRecording("twilio", "CA1", "RE1", "http://127.0.0.1:9/RE1", 4000)


def test_a_file_is_one_recording_however_often_it_is_told(bureau: Bureau) -> None:
    call = bureau.ring()
    first = recording_stored(bureau.office, call.call_id, "recordings/a.wav", 4000)
    second = recording_stored(bureau.office, call.call_id, "recordings/a.wav", 4000)
    assert first == second == bureau.one(Recording).id
    assert bureau.event_kinds().count("recording.ready") == 1
    found = find_recording(bureau.office, first)
    assert found is not None
    assert (found.path, found.case_no, found.tracks) == ("recordings/a.wav", call.case_no, "caller,system")


def test_an_announced_recording_is_fetched_once(bureau: Bureau) -> None:
    bureau.ring()
    assert recording_announced(bureau.office, ANNOUNCED) == recording_announced(bureau.office, ANNOUNCED)
    (due,) = due_recordings(bureau.office)
    assert (due.url, due.attempt) == ("http://127.0.0.1:9/RE1", 1)
    assert due_recordings(bureau.office) == []
    recording_fetched(bureau.office, due.id, "recordings/RE1.wav", 4100)
    recording_fetched(bureau.office, due.id, "recordings/other.wav", 1)
    assert bureau.one(Recording).path == "recordings/RE1.wav"
    bureau.clock.advance(timedelta(days=1))
    assert due_recordings(bureau.office) == []


def test_a_recording_of_an_unknown_call_is_refused(bureau: Bureau) -> None:
    with pytest.raises(UnknownCall):
        recording_announced(bureau.office, ANNOUNCED)


def test_a_fetch_that_died_is_taken_up_by_another_worker(bureau: Bureau) -> None:
    bureau.ring()
    recording_announced(bureau.office, ANNOUNCED)
    due_recordings(bureau.office)
    bureau.clock.advance(timedelta(seconds=121))
    (again,) = due_recordings(bureau.office)
    assert again.attempt == 2


def test_a_failed_fetch_waits_longer_each_time(bureau: Bureau) -> None:
    bureau.ring()
    recording_announced(bureau.office, ANNOUNCED)
    waits = []
    for _ in range(4):
        (due,) = due_recordings(bureau.office)
        recording_not_fetched(bureau.office, due.id, "404")
        next_at = bureau.one(Recording).next_attempt_at
        assert next_at is not None
        waits.append((next_at - bureau.clock.now()).total_seconds())
        bureau.clock.at = next_at
    assert waits == [2, 5, 15, 60]


def test_a_recording_that_never_comes_is_given_up_with_an_alarm(bureau: Bureau) -> None:
    bureau.ring()
    recording_id = recording_announced(bureau.office, ANNOUNCED)
    with bureau.database.transaction() as session:
        session.get_one(Recording, recording_id).attempts = MOST_ATTEMPTS - 1
    due_recordings(bureau.office)
    recording_not_fetched(bureau.office, recording_id, "404")
    assert bureau.one(Recording).state is RecordingState.FAILED
    assert bureau.one(Event, Event.kind == "alarm").data["name"] == "recording_lost"


def test_a_refused_address_is_never_asked_again(bureau: Bureau) -> None:
    bureau.ring()
    recording_id = recording_announced(bureau.office, ANNOUNCED)
    recording_refused(bureau.office, recording_id, "another host")
    bureau.clock.advance(timedelta(days=1))
    assert due_recordings(bureau.office) == []


def test_an_unknown_recording_is_named(bureau: Bureau) -> None:
    with pytest.raises(UnknownRecording):
        recording_fetched(bureau.office, "0" * 32, "x.wav", 1)
    with pytest.raises(UnknownRecording):
        transcript_of_recording(bureau.office, "0" * 32, [])


def test_a_message_becomes_a_proposed_case_once_it_is_understood(bureau: Bureau) -> None:
    call = bureau.ring()
    divert_call(bureau.office, call.call_id, Outcome(Ending.FAILED, "media_down"))
    take_next_step(bureau.office, "twilio", "CA1", media_is_up=False)
    recording_id = _fetched(bureau)
    call_ended(bureau.office, "twilio", "CA1", "completed")
    assert bureau.case(call.case_no).state is CaseState.CALLBACK
    assert [file.id for file in recordings_to_transcribe(bureau.office)] == [recording_id]
    transcript_of_recording(bureau.office, recording_id, [heard(0, "我家暖气不热"), heard(0, "在天通苑")])
    case = bureau.case(call.case_no)
    assert (case.state, case.narrative, case.summary) == (CaseState.PROPOSED, "我家暖气不热\n在天通苑", "家中暖气不热")
    assert recordings_to_transcribe(bureau.office) == []


def test_a_message_without_words_stays_a_call_back(bureau: Bureau) -> None:
    call = bureau.ring()
    recording_id = _fetched(bureau)
    call_ended(bureau.office, "twilio", "CA1", "completed")
    transcript_of_recording(bureau.office, recording_id, [])
    case = bureau.case(call.case_no)
    assert (case.state, case.callback_reason) == (CaseState.CALLBACK, "message")


def test_a_caller_who_was_promised_a_call_back_is_called_back_whatever_the_message_says(bureau: Bureau) -> None:
    call = bureau.ring()
    divert_call(bureau.office, call.call_id, Outcome(Ending.TRANSFER, "asked"))
    recording_id = _fetched(bureau)
    call_ended(bureau.office, "twilio", "CA1", "completed")
    transcript_of_recording(bureau.office, recording_id, [heard()])
    case = bureau.case(call.case_no)
    assert (case.state, case.urgent, case.summary) == (CaseState.CALLBACK, True, "家中暖气不热")


def test_a_transcript_comes_after_what_was_heard_live_and_only_once(bureau: Bureau) -> None:
    call = bureau.ring()
    add_utterance(bureau.office, call.call_id, heard(0, "先说的"))
    recording_id = _fetched(bureau)
    transcript_of_recording(bureau.office, recording_id, [heard(0, "后说的")])
    transcript_of_recording(bureau.office, recording_id, [heard(0, "再来一遍")])
    texts = sorted((row.sequence, row.text) for row in bureau.all(Utterance))
    assert texts == [(0, "先说的"), (1, "后说的")]


def _fetched(bureau: Bureau) -> str:
    recording_id = recording_announced(bureau.office, ANNOUNCED)
    due_recordings(bureau.office)
    recording_fetched(bureau.office, recording_id, "recordings/RE1.wav", 4000)
    return recording_id
