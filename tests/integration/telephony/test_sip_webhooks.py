"""The PBX's three addresses, as the dialplan asks them."""

from pathlib import Path

import pytest

from config.stream_token import Side, read_stream_token
from intake.accounts import Role, add_account
from intake.fetching import fetch_due_recordings
from intake.seats import ready, sit_down
from intake.spool import take_in_spool
from models.call import CallState
from models.case import CaseState
from models.recording import RecordingState
from tests.integration.telephony.exchange_office import DOWN, FULL, HUMAN, Switch, make_settings
from webhooks.fetchers import make_fetchers

CALL = "1700000000.1"


@pytest.mark.parametrize(("method", "name"), [("POST", "event"), ("GET", "next"), ("POST", "recording")])
@pytest.mark.parametrize("token", ["", "wrong", "pbx-toke", "口令"])
def test_without_the_token_nobody_is_served(switch: Switch, method: str, name: str, token: str) -> None:
    answer = switch.pbx(method, name, token.encode().decode("latin-1"), event="opened", call=CALL)

    assert answer.status_code == 401
    assert switch.count_cases() == 0


def test_a_call_opens_once_and_ends_once(switch: Switch) -> None:
    for _ in range(2):
        answer = switch.pbx("POST", "event", event="opened", call=CALL, caller="13800138000")
        grant = read_stream_token("s" * 40, answer.text.removeprefix("connect "), switch.clock.now())
        assert (grant.call_id, grant.carrier_call_id, grant.stream) == (switch.call(CALL, "sip").id, CALL, 1)
    for _ in range(2):
        assert switch.pbx("POST", "event", event="ended", call=CALL).status_code == 200

    assert switch.count_cases() == 1
    assert switch.call(CALL, "sip").state is CallState.ENDED


def test_next_is_one_line_that_a_dialplan_can_read(staffed: Switch) -> None:
    staffed.pbx("POST", "event", event="opened", call=CALL)

    assert staffed.pbx("GET", "next", call=CALL).text.startswith("connect ")
    staffed.media.state = DOWN
    assert staffed.pbx("GET", "next", call=CALL).text == f"dial {HUMAN} 20 sorry_failure&transfer"
    assert staffed.pbx("GET", "next", call=CALL, dial="NOANSWER").text == "record call_back"
    assert staffed.pbx("GET", "next", call=CALL, recorded="1").text == "hangup recorded&goodbye"
    assert (staffed.case().state, staffed.case().urgent) == (CaseState.CALLBACK, True)


def test_a_stream_that_broke_gets_a_second_one_that_goes_on(switch: Switch) -> None:
    switch.pbx("POST", "event", event="opened", call=CALL)

    line = switch.pbx("GET", "next", call=CALL).text

    assert read_stream_token("s" * 40, line.removeprefix("connect "), switch.clock.now()).stream == 2


def test_when_a_human_picks_up_each_side_of_the_talk_gets_a_token_of_its_own(switch: Switch) -> None:
    switch.pbx("POST", "event", event="opened", call=CALL)

    word, *tokens = switch.pbx("POST", "event", event="answered", call=CALL, target="PJSIP/seat1001").text.split()

    grants = [read_stream_token("s" * 40, token, switch.clock.now()) for token in tokens]
    assert word == "listen"
    assert [grant.talk.side for grant in grants if grant.talk] == [Side.CALLER, Side.HUMAN]
    assert {(grant.call_id, grant.carrier_call_id) for grant in grants} == {(switch.call(CALL, "sip").id, CALL)}


def test_without_the_media_process_nobody_listens_to_a_talk(switch: Switch) -> None:
    switch.pbx("POST", "event", event="opened", call=CALL)
    switch.media.state = DOWN

    assert switch.pbx("POST", "event", event="answered", call=CALL, target="PJSIP/seat1001").text == "ok"


def test_without_the_media_process_the_first_answer_is_the_recorder(switch: Switch) -> None:
    switch.media.state = DOWN

    assert switch.pbx("POST", "event", event="opened", call=CALL).text == "record leave_message"
    assert switch.case().state is CaseState.CALLBACK


def test_without_room_the_first_answer_is_a_human(staffed: Switch) -> None:
    staffed.media.state = FULL

    assert staffed.pbx("POST", "event", event="opened", call=CALL).text == f"dial {HUMAN} 20 transfer"


def test_a_call_whose_beginning_never_came_has_a_case_when_its_end_is_told(switch: Switch) -> None:
    assert switch.pbx("POST", "event", event="ended", call=CALL, caller="13800138000", dialled="12345").status_code == 200

    assert switch.call(CALL, "sip").state is CallState.ENDED
    assert switch.case().state is CaseState.CALLBACK


def test_a_caller_on_the_line_gets_an_answer_whatever_fails(switch: Switch, staffed: Switch, tmp_path: Path) -> None:
    away = Switch(make_settings(tmp_path / "away"))

    assert switch.pbx("GET", "next", call="unknown").text == "record leave_message"
    assert staffed.pbx("GET", "next").text == f"dial {HUMAN} 20 sorry_failure&transfer"
    assert away.pbx("GET", "next", call=CALL).text == "record leave_message"


def test_what_is_no_request_is_told_so(switch: Switch) -> None:
    assert switch.pbx("POST", "event", event="opened").status_code == 400
    assert switch.pbx("POST", "recording", call=CALL, file="../x.wav").status_code == 400
    headers = {"Authorization": "Bearer pbx-token"}
    client = switch.app.test_client()
    assert client.post("/webhooks/sip/event", data=b"{", content_type="application/json", headers=headers).status_code == 400
    assert client.post("/webhooks/sip/event", json=[1], headers=headers).status_code == 400
    assert client.post("/webhooks/sip/event", data={"call": "x" * 20_000}, headers=headers).status_code == 400


def test_with_the_database_away_the_call_is_kept_for_later(tmp_path: Path) -> None:
    away = Switch(make_settings(tmp_path))
    assert away.pbx("POST", "event", event="opened", call=CALL).status_code == 200
    assert away.pbx("POST", "recording", call=CALL, file="in.wav").status_code == 200
    assert away.pbx("POST", "event", event="ended", call=CALL).status_code == 200

    away.migrate()
    take_in_spool(away.office)

    assert away.count_cases() == 1
    assert len(away.recordings()) == 1


def test_a_recording_of_the_pbx_is_taken_from_its_folder(switch: Switch, wav_file: bytes) -> None:
    folder = switch.settings.var / "pbx" / "calls"
    folder.mkdir(parents=True)
    (folder / "in.wav").write_bytes(wav_file)
    switch.pbx("POST", "event", event="opened", call=CALL)
    for _ in range(2):
        switch.pbx("POST", "recording", call=CALL, file="in.wav")

    assert fetch_due_recordings(switch.office, make_fetchers(switch.settings)) == 1

    (recording,) = switch.recordings()
    assert recording.state is RecordingState.READY
    assert (switch.settings.var / str(recording.path)).read_bytes() == wav_file


def test_a_link_out_of_the_pbx_folder_is_not_followed(switch: Switch, wav_file: bytes, tmp_path: Path) -> None:
    folder = switch.settings.var / "pbx" / "calls"
    folder.mkdir(parents=True)
    (tmp_path / "secret.wav").write_bytes(wav_file)
    (folder / "in.wav").symlink_to(tmp_path / "secret.wav")
    switch.pbx("POST", "event", event="opened", call=CALL)
    switch.pbx("POST", "recording", call=CALL, file="in.wav")

    assert fetch_due_recordings(switch.office, make_fetchers(switch.settings)) == 0
    assert switch.recordings()[0].state is RecordingState.FAILED


def test_a_ready_seat_is_rung_is_told_of_and_is_followed_by_goodbye(switch: Switch) -> None:
    operator = add_account(switch.office, "wang", "a long password", Role.OPERATOR).actor
    sit_down(switch.office, "seat1001", operator)
    ready(switch.office, operator)
    seat = {"call": CALL, "target": "PJSIP/seat1001"}
    switch.media.state = DOWN

    assert switch.pbx("POST", "event", event="opened", call=CALL).text == "dial PJSIP/seat1001 15 notice"
    assert switch.pbx("POST", "event", event="answered", **seat).text == "ok"
    assert switch.case().state is CaseState.PROPOSED
    assert switch.pbx("GET", "next", dial="ANSWER", **seat).text == "hangup goodbye"


def test_a_seat_that_does_not_answer_is_followed_by_the_next_one_or_the_usual_way(staffed: Switch) -> None:
    for name, seat in (("wang", "seat1001"), ("li", "seat1002")):
        operator = add_account(staffed.office, name, "a long password", Role.OPERATOR).actor
        sit_down(staffed.office, seat, operator)
        ready(staffed.office, operator)
    staffed.media.state = DOWN

    staffed.pbx("POST", "event", event="opened", call=CALL)
    first = staffed.pbx("GET", "next", call=CALL).text.split()[1]
    second = staffed.pbx("GET", "next", call=CALL, dial="NOANSWER", target=first).text
    assert {first, second.split()[1]} == {"PJSIP/seat1001", "PJSIP/seat1002"}
    assert second.endswith(" 15 next_seat")
    assert staffed.pbx("GET", "next", call=CALL, dial="LOST", target=second.split()[1]).text == "record call_back"
