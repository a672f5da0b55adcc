"""Calling back through Twilio: the humans' number first, then the resident's."""

import asyncio
from pathlib import Path

import pytest

from commands.call.archive import Archive
from commands.call.rest_api import RestApi
from commands.trial_system import free_ports
from intake.accounts import Role, add_account
from intake.call_back_rules import CallBackOutcome
from intake.call_backs import PREFIX, start_call_back
from intake.queries_call_backs import call_back_of
from models.case import CaseState
from tests.integration.telephony.exchange_office import ACCOUNT, CALLER, HUMAN, TOKEN, Switch, make_settings
from webhooks.diallers import make_dialler
from webhooks.sip.ari import ExchangeUnavailable
from webhooks.twilio.rest import CarrierUnavailable

OURS = "CA" + "9" * 32
NUMBER = "+861088881234"


class Rung:
    needs_seat = False

    def ring(self, call: str, seat: str) -> None: ...


def start(switch: Switch) -> tuple[str, str]:
    """Somebody was silent; the case's number and the id of the call that we place."""
    switch.post("voice")
    switch.post("status", CallStatus="completed")
    wang = add_account(switch.office, "wang", "a long password", Role.OPERATOR).actor
    case_no = switch.case().case_no
    return case_no, PREFIX + start_call_back(switch.office, Rung(), case_no, wang)


def outcome(switch: Switch, case_no: str) -> CallBackOutcome | None:
    seen = call_back_of(switch.office, case_no)
    assert seen is not None
    return seen.attempts[-1].outcome


def test_the_resident_is_rung_when_the_humans_have_picked_up_and_the_case_is_theirs_when_he_answers(switch: Switch) -> None:
    case_no, call = start(switch)

    for _ in range(2):
        dial = next(verb for verb in switch.ask(f"call-back/{call}", CallSid=OURS) if verb.tag == "Dial")
        assert [number.text for number in dial] == [CALLER]
        assert dial.get("action", "").endswith(f"/called-back/{call}")
    for _ in range(2):
        assert switch.ask(f"call-back-answered/{call}", CallSid="CA" + "8" * 32) == []
    assert switch.case().state is CaseState.PROPOSED
    for _ in range(2):
        assert [verb.tag for verb in switch.ask(f"called-back/{call}", CallSid=OURS, DialCallStatus="completed")] == ["Hangup"]
    assert outcome(switch, case_no) is CallBackOutcome.REACHED


def test_who_does_not_answer_stays_on_the_list(switch: Switch) -> None:
    case_no, call = start(switch)
    switch.ask(f"call-back/{call}", CallSid=OURS)

    verbs = switch.ask(f"called-back/{call}", CallSid=OURS, DialCallStatus="no-answer")

    assert [verb.tag for verb in verbs] == ["Play", "Hangup"]
    assert (outcome(switch, case_no), switch.case().state) == (CallBackOutcome.NO_ANSWER, CaseState.CALLBACK)


def test_humans_who_do_not_pick_up_are_no_attempt_on_the_resident(switch: Switch) -> None:
    case_no, call = start(switch)

    switch.ask(f"called-back/{call}", CallSid=OURS, CallStatus="no-answer")

    assert outcome(switch, case_no) is CallBackOutcome.OPERATOR_ABSENT
    assert [verb.tag for verb in switch.ask(f"call-back/{call}", CallSid=OURS)] == ["Hangup"]


@pytest.mark.parametrize("name", ["call-back", "call-back-answered", "called-back"])
def test_a_forged_word_is_refused_and_one_about_nothing_ends_the_call(switch: Switch, name: str) -> None:
    unknown = PREFIX + "0" * 32

    assert switch.post(f"{name}/{unknown}", signature="forged").status_code == 403
    assert all(verb.tag == "Hangup" for verb in switch.ask(f"{name}/{unknown}", CallSid=OURS))


def test_the_carrier_is_asked_by_its_own_library_to_call_the_humans_first(tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_ports(1)[0]}"
    twilio = {"account_sid": ACCOUNT, "auth_token": TOKEN, "api_url": address, "number": NUMBER}
    dialler = make_dialler(make_settings(tmp_path, twilio=twilio, human_number=HUMAN))

    async def place() -> RestApi:
        api = RestApi(address, ACCOUNT, TOKEN, Archive(tmp_path / "carrier"))
        await api.start()
        await asyncio.to_thread(dialler.ring, "back-1", "")
        await api.stop()
        return api

    (form,) = asyncio.run(place()).placed
    assert (form["To"], form["From"]) == (HUMAN, NUMBER)
    assert form["Url"].endswith("/webhooks/twilio/call-back/back-1")
    with pytest.raises(CarrierUnavailable):
        dialler.ring("back-2", "")


def test_an_operator_at_a_seat_is_rung_by_the_exchange(tmp_path: Path) -> None:
    sip = {"token": "t", "ari_port": free_ports(1)[0]}
    twilio = {"account_sid": ACCOUNT, "auth_token": TOKEN, "number": NUMBER}
    dialler = make_dialler(make_settings(tmp_path, twilio=twilio, human_number=HUMAN, sip=sip))

    with pytest.raises(ExchangeUnavailable):
        dialler.ring("back-1", "seat1001")
