"""The simulated carrier and the real webhooks, over HTTP and websockets: what callers live through, and what is known."""

import asyncio
import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from commands.call.carrier import Caller, Human
from commands.call.happenings import What
from commands.call.sound import silence
from commands.recordings import import_all
from intake.calls import conversation_ended
from intake.fetching import fetch_due_recordings
from intake.outcome import Ending, Outcome
from models.call import CallState
from models.case import CaseState
from models.recording import RecordingState
from tests.integration.telephony.exchange_office import CALLER, DOWN, HUMAN, Switch
from tests.integration.telephony.stage import SENTENCE, Ear, Stage, hanging_up, make_stage, pressing
from webhooks.fetchers import make_fetchers
from webhooks.twilio.rest import TwilioRest


@pytest.fixture
def stage(tmp_path: Path, empty_tables: Path) -> Stage:
    return make_stage(tmp_path, empty_tables)


@pytest.fixture
def staffed_stage(tmp_path: Path, empty_tables: Path) -> Stage:
    return make_stage(tmp_path, empty_tables, human_number=HUMAN)


def end(ear: Ear, switch: Switch, ending: Ending) -> None:
    call = switch.call(ear.start["callSid"])
    conversation_ended(switch.office, call.id, Outcome(ending, "test", heard_anything=True))


async def greet_and_leave(ear: Ear, switch: Switch) -> None:
    await ear.play(500, "notice-1")
    await ear.until("mark")
    end(ear, switch, Ending.GOODBYE)
    await ear.wire.close()


async def converse(ear: Ear, switch: Switch) -> None:
    await ear.play(500, "notice-1")
    await ear.until("mark")
    await ear.until_voice()
    await ear.play(300, "closing-2")
    while (await ear.until("mark"))["mark"]["name"] != "closing-2":
        pass
    end(ear, switch, Ending.GOODBYE)
    await ear.wire.close()


async def transfer(ear: Ear, switch: Switch) -> None:
    end(ear, switch, Ending.TRANSFER)
    await ear.wire.close()


async def die(ear: Ear, _switch: Switch) -> None:
    await ear.play(5000, "notice-1")
    await ear.until("media")
    ear.wire.transport.abort()


async def die_for_good(ear: Ear, switch: Switch) -> None:
    switch.media.state = DOWN
    await die(ear, switch)


# the stream


def test_a_conversation_ends_as_the_carrier_expects(stage: Stage) -> None:
    show = stage.call(converse)

    assert show.result.problems == []
    assert show.result.ended_by == "system"
    assert What.TURN in show.kinds()
    assert stage.switch.call(show.call.sid).state is CallState.ENDED
    assert stage.switch.case().state is CaseState.PROPOSED


def test_the_stream_is_told_what_twilio_tells(stage: Stage) -> None:
    show = stage.call(converse)

    (ear,) = show.ears
    assert ear.start["callSid"] == show.call.sid
    assert ear.start["mediaFormat"] == {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
    assert set(ear.start["customParameters"]) == {"token"}
    media = [message for message in ear.messages if message["event"] == "media"]
    assert [message["media"]["timestamp"] for message in media] == [str(at * 20) for at in range(len(media))]
    assert all(isinstance(message["sequenceNumber"], str) for message in ear.messages)
    assert {len(base64.b64decode(message["media"]["payload"])) for message in media} == {160}
    assert base64.b64decode(media[0]["media"]["payload"]) == silence(20)


def test_a_mark_comes_back_only_after_what_was_before_it(stage: Stage) -> None:
    async def measure(ear: Ear, switch: Switch) -> None:
        await ear.play(1000, "long")
        await ear.until("mark")
        end(ear, switch, Ending.GOODBYE)
        await ear.wire.close()

    (ear,) = stage.call(measure).ears

    before = [message for message in ear.messages if message["event"] == "media"]
    assert len(before) >= 50  # 50 frames of 20 ms


def test_clear_gives_the_marks_back_at_once(stage: Stage) -> None:
    async def interrupt(ear: Ear, switch: Switch) -> None:
        await ear.play(60_000, "endless")
        await ear.until("media")
        await ear.send("clear")
        assert (await ear.until("mark"))["mark"]["name"] == "endless"
        end(ear, switch, Ending.GOODBYE)
        await ear.wire.close()

    show = stage.call(interrupt)

    assert What.STOPPED in show.kinds()
    assert show.result.is_good


def test_keys_are_pressed_when_they_are_due(stage: Stage) -> None:
    async def wait_for_a_key(ear: Ear, switch: Switch) -> None:
        assert (await ear.until("dtmf"))["dtmf"] == {"track": "inbound_track", "digit": "0"}
        await transfer(ear, switch)

    assert stage.call(wait_for_a_key, caller=pressing((1.0, "0"), (900, "9"))).result.is_good


def test_hanging_up_says_stop_and_ends_the_call(stage: Stage) -> None:
    async def listen(ear: Ear, _switch: Switch) -> None:
        await ear.until("stop")

    show = stage.call(listen, caller=hanging_up(2.0))

    assert (show.result.ended_by, show.result.problems) == ("caller", [])
    assert stage.switch.case().state is CaseState.CALLBACK


def test_a_system_that_says_nothing_is_reported_as_such(stage: Stage) -> None:
    async def be_silent(ear: Ear, _switch: Switch) -> None:
        await ear.until("stop")

    show = stage.call(be_silent)

    assert "said nothing" in show.result.problems[0]
    assert stage.switch.case().state is CaseState.CALLBACK


# broken streams


def test_a_broken_stream_is_redirected_and_goes_on_where_media_is_back(stage: Stage) -> None:
    show = stage.call(die, greet_and_leave)

    assert show.result.is_good
    assert What.REDIRECTED in show.kinds()
    assert len(show.ears) == 2
    assert show.ears[0].start["customParameters"] != show.ears[1].start["customParameters"]


def test_a_media_process_that_died_leaves_the_caller_with_the_recorder(stage: Stage) -> None:
    show = stage.call(die_for_good)

    assert show.result.is_good
    assert What.RECORDED in show.kinds()
    assert stage.switch.case().state is CaseState.CALLBACK
    assert len(stage.switch.recordings()) == 1


def test_a_media_process_that_died_leaves_the_caller_with_a_human_where_there_is_one(staffed_stage: Stage) -> None:
    show = staffed_stage.call(die_for_good)

    assert show.result.is_good
    assert What.TRANSFERRED in show.kinds()
    assert staffed_stage.switch.case().state is CaseState.PROPOSED


def test_a_media_process_that_was_never_there_leaves_the_caller_with_the_recorder(stage: Stage) -> None:
    stage.switch.media.state = DOWN

    show = stage.call()

    assert show.result.is_good
    assert show.ears == []
    assert What.RECORDED in show.kinds()


def test_a_stream_that_cannot_be_opened_ends_with_the_recorder(tmp_path: Path, empty_tables: Path) -> None:
    stage = make_stage(tmp_path, empty_tables, media_url="ws://127.0.0.1:9")

    show = stage.call()

    assert show.result.is_good
    assert What.STREAM_BROKE in show.kinds()
    assert What.RECORDED in show.kinds()


# humans and recorders


@pytest.mark.parametrize("human", [Human.BUSY, Human.NO_ANSWER, Human.FAILED])
def test_a_human_who_does_not_come_means_a_message_and_an_urgent_case(staffed_stage: Stage, human: Human) -> None:
    staffed_stage.human = human

    show = staffed_stage.call(transfer)

    assert show.result.is_good
    kinds = show.kinds()
    assert kinds.index(What.RINGING) < kinds.index(What.BEEP) < kinds.index(What.RECORDED)
    assert (staffed_stage.switch.case().state, staffed_stage.switch.case().urgent) == (CaseState.CALLBACK, True)


def test_the_message_is_fetched_by_the_system(stage: Stage) -> None:
    stage.switch.media.state = DOWN
    fetched: list[int] = []
    show = stage.call()

    # The carrier's API is there only while a call is: it is asked during the next one.
    async def fetch_old(ear: Ear, switch: Switch) -> None:
        fetchers = make_fetchers(switch.settings)
        fetched.append(await asyncio.to_thread(fetch_due_recordings, switch.office, fetchers))
        await greet_and_leave(ear, switch)

    stage.switch.media.state = replace(DOWN, is_up=True, accepts=True)
    stage.call(fetch_old)

    assert fetched == [1]
    assert stage.archive.is_collected(show.call.recordings[0])
    assert [recording.state for recording in stage.switch.recordings()] == [RecordingState.READY]


def test_a_message_ended_by_a_key_is_thanked_for(stage: Stage) -> None:
    stage.switch.media.state = DOWN

    # 15.4 s of apology, the tone, then ten seconds of words: the key comes in their midst, also where the machine is slow.
    story = replace(SENTENCE, mulaw=SENTENCE.mulaw * 10)
    show = stage.call(caller=replace(pressing((21.0, "#")), speeches=(story,)))

    assert show.result.is_good
    assert show.result.ended_by == "system"
    assert show.kinds()[-3:] == [What.SAYS, What.SAYS, What.HUNG_UP]


def test_who_says_nothing_to_the_recorder_is_let_go_kindly(stage: Stage) -> None:
    stage.switch.media.state = DOWN

    show = stage.call(caller=Caller(CALLER, ()))

    assert show.result.is_good
    assert What.RECORDED not in show.kinds()
    assert show.result.ended_by == "system"
    assert stage.switch.case().state is CaseState.CALLBACK


def test_what_was_said_before_hanging_up_on_the_recorder_is_kept(stage: Stage) -> None:
    stage.switch.media.state = DOWN
    long_story = replace(SENTENCE, mulaw=SENTENCE.mulaw * 60)

    show = stage.call(caller=hanging_up(20.0, long_story))

    assert show.result.ended_by == "caller"
    assert len(stage.switch.recordings()) == 1


# a system that does not answer as it should


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (("500 Oh", "text/html", b"<html>"), "answered 500"),
        (("403 No", "text/xml", b"<Response><Say language='zh-CN'>x</Say></Response>"), "answered 403"),
        (("200 OK", "text/html", b"<html></html>"), "no TwiML"),
        (("200 OK", "text/xml", b"<Response><Dance/></Response>"), "no verb"),
        (("200 OK", "text/xml", b"<Response><Connect><Stream url='wss://h/m?token=1'/></Connect></Response>"), "query string"),
        (("200 OK", "text/xml", b"<Response><Connect><Stream url='ws://10.0.0.1/m'/></Connect></Response>"), "wss://"),
    ],
)
def test_what_twilio_would_not_follow_is_fallen_back_from(stage: Stage, serve_wsgi, answer, why: str) -> None:  # type: ignore[no-untyped-def]
    status, kind, body = answer

    def system(_environ, start_response):  # type: ignore[no-untyped-def]
        start_response(status, [("Content-Type", kind)])
        return [body]

    stage.system_url = serve_wsgi(system)

    show = stage.call()

    assert not show.result.is_good
    assert why in show.result.problems[0]
    assert What.FALLBACK in show.kinds()
    assert What.RECORDED in show.kinds()


def test_a_document_that_leads_back_to_itself_is_given_up(stage: Stage, serve_wsgi) -> None:  # type: ignore[no-untyped-def]
    def system(_environ, start_response):  # type: ignore[no-untyped-def]
        start_response("200 OK", [("Content-Type", "text/xml")])
        return [b"<Response><Redirect>/webhooks/twilio/voice</Redirect></Response>"]

    stage.system_url = serve_wsgi(system)

    assert "on and on" in stage.call().result.problems[0]


def test_a_system_that_does_not_run_is_said_to_be_unreachable(stage: Stage) -> None:
    stage.is_served, stage.falls_back_at_once = False, False

    show = stage.call()

    assert show.result.unreachable
    assert show.happened == []


def test_a_system_that_does_not_run_is_fallen_back_from_and_its_recordings_are_imported_once(stage: Stage) -> None:
    stage.is_served = False
    show = stage.call()
    assert What.RECORDED in show.kinds()
    assert stage.switch.count_cases() == 0

    imported: list[list[str]] = []

    async def import_twice(ear: Ear, switch: Switch) -> None:
        for _ in range(2):
            yesterday = datetime.now(UTC) - timedelta(days=1)
            imported.append(await asyncio.to_thread(import_all, switch.office, TwilioRest(switch.settings), yesterday))
        await greet_and_leave(ear, switch)

    stage.is_served = True
    stage.call(import_twice)

    assert [len(cases) for cases in imported] == [1, 0]
    assert len(stage.switch.recordings()) == 1
    assert stage.switch.count_cases() == 2
    assert stage.switch.call(show.call.sid).state is CallState.ENDED
