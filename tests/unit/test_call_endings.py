import pytest

from intake.closing import CallFacts, decide_destination
from intake.next_step import Dial, HangUp, NextStep, Reconnect, Standing, TakeMessage, decide_next
from intake.outcome import DialResult, Ending
from models.case import CaseState

PROPOSED, CALLBACK = CaseState.PROPOSED, CaseState.CALLBACK


def facts(
    ending: Ending | None = None,
    dial: DialResult | None = None,
    *,
    wanted_human: bool = False,
    took_message: bool = False,
    heard_anything: bool = False,
) -> CallFacts:
    return CallFacts(ending, dial, wanted_human, took_message, heard_anything)


@pytest.mark.parametrize(
    ("given", "state", "reason", "urgent"),
    [
        (facts(), CALLBACK, "nothing_heard", False),
        (facts(heard_anything=True), PROPOSED, "hung_up", False),
        (facts(Ending.GOODBYE, heard_anything=True), PROPOSED, "goodbye", False),
        (facts(Ending.GOODBYE), CALLBACK, "nothing_heard", False),
        (facts(Ending.HUNG_UP, heard_anything=True), PROPOSED, "hung_up", False),
        (facts(Ending.TRANSFER, DialResult.ANSWERED, wanted_human=True), PROPOSED, "human_spoke", False),
        (facts(Ending.TRANSFER, wanted_human=True, heard_anything=True), CALLBACK, "no_human_reached", True),
        (facts(took_message=True), CALLBACK, "message", False),
        (facts(Ending.FAILED, took_message=True), CALLBACK, "message", False),
        (facts(Ending.FAILED, wanted_human=True, took_message=True), CALLBACK, "no_human_reached", True),
        (facts(Ending.OVERFLOW, DialResult.BUSY, wanted_human=True, took_message=True), CALLBACK, "no_human_reached", True),
    ],
)
def test_where_a_case_goes_when_its_call_is_over(given: CallFacts, state: CaseState, reason: str, urgent: bool) -> None:
    destination = decide_destination(given)
    assert (destination.state, destination.reason, destination.urgent) == (state, reason, urgent)


@pytest.mark.parametrize("dial", [DialResult.BUSY, DialResult.NO_ANSWER, DialResult.FAILED, DialResult.CANCELLED])
def test_a_human_wanted_and_not_reached_is_called_back_first_of_all(dial: DialResult) -> None:
    destination = decide_destination(facts(Ending.TRANSFER, dial, wanted_human=True, heard_anything=True))
    assert (destination.state, destination.urgent) == (CALLBACK, True)


def standing(
    ending: Ending | None = None,
    reason: str | None = None,
    dial: DialResult | None = None,
    *,
    streams: int = 0,
    is_over: bool = False,
    recorded: bool = False,
) -> Standing:
    return Standing(ending, reason, dial, streams, is_over, recorded)


HUMAN = "12345"


@pytest.mark.parametrize(
    ("call", "human_number", "media_is_up", "step"),
    [
        (standing(Ending.GOODBYE), HUMAN, True, HangUp()),
        (standing(Ending.HUNG_UP), HUMAN, False, HangUp()),
        (standing(Ending.TRANSFER, "key_0"), HUMAN, True, Dial(HUMAN)),
        (standing(Ending.TRANSFER, "key_0"), "", True, TakeMessage("key_0")),
        (standing(Ending.FAILED, "recognition"), HUMAN, False, Dial(HUMAN)),
        (standing(Ending.OVERFLOW, "full"), HUMAN, True, Dial(HUMAN)),
        (standing(Ending.FAILED, "media_down"), HUMAN, False, TakeMessage("media_down")),
        (standing(None), HUMAN, True, Reconnect()),
        (standing(None, streams=1), HUMAN, True, Reconnect()),
        (standing(None, streams=2), HUMAN, True, Dial(HUMAN)),
        (standing(None), HUMAN, False, Dial(HUMAN)),
        (standing(None), "", False, TakeMessage("failed")),
        (standing(None, is_over=True), HUMAN, True, Dial(HUMAN)),
        (standing(Ending.TRANSFER, dial=DialResult.ANSWERED), HUMAN, True, HangUp()),
        (standing(Ending.TRANSFER, dial=DialResult.CANCELLED), HUMAN, True, TakeMessage("no_human_reached")),
        (standing(Ending.TRANSFER, dial=DialResult.BUSY), HUMAN, True, TakeMessage("no_human_reached")),
        (standing(Ending.TRANSFER, dial=DialResult.NO_ANSWER), HUMAN, True, TakeMessage("no_human_reached")),
        (standing(Ending.TRANSFER, dial=DialResult.FAILED, recorded=True), HUMAN, True, HangUp()),
    ],
)
def test_what_the_carrier_is_told_to_do_next(call: Standing, human_number: str, media_is_up: bool, step: NextStep) -> None:
    assert decide_next(call, human_number=human_number, media_is_up=media_is_up) == step


def test_a_caller_who_is_not_done_is_never_dropped() -> None:
    unfinished = [Ending.TRANSFER, Ending.FAILED, Ending.OVERFLOW, None]
    results = [DialResult.CANCELLED, DialResult.BUSY, DialResult.NO_ANSWER, DialResult.FAILED, None]
    for ending in unfinished:
        for dial in results:
            for number in (HUMAN, ""):
                for is_up in (True, False):
                    assert decide_next(standing(ending, dial=dial), human_number=number, media_is_up=is_up) != HangUp()
