"""The conversation sentence by sentence."""

import pytest

from ivr.actions import Ending, Expects, Finish, Listen, Play, Prepare, Spoken
from ivr.events import (
    Answered,
    Event,
    Failed,
    HungUp,
    KeyPressed,
    PromptEnded,
    Reading,
    RecognitionFailed,
    Silence,
    SpeechHeard,
    SpeechStarted,
    SpeechUnclear,
    TimeUp,
    UnderstandingFailed,
    Understood,
)
from ivr.flow import PHASES
from ivr.patience import ANSWER_MS, PAUSE_MS, UNDERSTANDING_MS
from ivr.state import Phase, Reason, opening
from tests.unit.ivr_caller import (
    CASE_NO,
    HEATING,
    STARTS,
    Line,
    at_closing,
    at_confirm,
    at_correction,
    at_detail,
    at_leaving,
    at_place,
    at_question,
    at_read_back,
)

NOTHING = Reading(None, None, "")


# -- greeting


def test_the_caller_first_hears_who_speaks_and_that_the_call_is_recorded() -> None:
    line = Line().tell(Answered())
    assert line.plays_now == ["notice"]
    assert [action.interruptible for action in line.last if isinstance(action, Play)] == [False]


def test_then_comes_one_open_question_and_the_way_to_a_human() -> None:
    line = Line().tell(Answered()).prompt_ends()
    assert line.plays_now == ["human_hint", "ask_matter"]
    assert line.listens_now == Listen(Expects.MATTER, ANSWER_MS[Expects.MATTER])


def test_the_notice_is_heard_to_its_end_whoever_speaks() -> None:
    assert not Line().tell(Answered(), SpeechStarted()).stopped_now


def test_who_tells_the_matter_into_the_notice_is_not_asked_for_it() -> None:
    line = Line().tell(Answered()).says("我家停水了").understood(HEATING).prompt_ends()
    assert line.plays_now == []
    assert line.tell(Silence()).plays_now[0] == "readback_matter"


def test_who_still_speaks_when_the_notice_ends_is_let_finish() -> None:
    line = Line().tell(Answered(), SpeechStarted()).prompt_ends()
    assert line.plays_now == []
    assert line.tell(SpeechHeard("我家停水了")).reads_now == "我家停水了"


def test_a_hello_into_the_notice_is_answered_by_the_question() -> None:
    assert Line().tell(Answered()).says("喂，你好").prompt_ends().plays_now == ["human_hint", "ask_matter"]


def test_a_hello_at_the_question_is_answered_by_the_question() -> None:
    assert at_question().says("喂，你好").plays_now == ["ask_matter"]


# -- listening


def test_the_question_stops_when_the_caller_speaks() -> None:
    line = Line().tell(Answered()).prompt_ends().tell(SpeechStarted())
    assert line.stopped_now


def test_an_utterance_waits_a_short_pause_before_the_answer_and_is_read_meanwhile() -> None:
    line = at_question().says("我家暖气不热")
    assert line.listens_now == Listen(Expects.MATTER, PAUSE_MS)
    assert line.reads_now == "我家暖气不热"
    assert line.plays_now == []


def test_who_keeps_speaking_is_not_interrupted() -> None:
    line = at_question().says("我家暖气").understood(NOTHING).tell(SpeechStarted())
    assert line.plays_now == []
    line.tell(SpeechHeard("一直不热"))
    assert line.reads_now == "我家暖气，一直不热"
    assert line.plays_now == []


def test_an_answer_that_comes_while_the_caller_speaks_again_is_not_played() -> None:
    line = at_question().says("我家暖气不热").tell(Silence(), SpeechStarted()).understood(HEATING)
    assert line.plays_now == []
    assert line.tell(SpeechHeard("都三天了")).plays_now == []


def test_an_answer_to_earlier_words_is_not_taken_for_the_newest() -> None:
    line = at_question().says("我家暖气").says("不热")
    line.tell(Understood(NOTHING, 1), Silence())
    assert line.plays_now == []
    assert line.tell(Understood(HEATING, 2)).plays_now[0] == "readback_matter"


def test_the_voice_is_prepared_before_the_caller_waits_for_it() -> None:
    line = at_question().says("我家暖气不热，在天通苑北一区").understood(HEATING)
    assert line.last == (Prepare((Spoken("暖气不热"), Spoken("天通苑北一区"))),)


def test_a_slow_understanding_is_waited_for_and_answered_as_soon_as_it_comes() -> None:
    line = at_question().says("我家暖气不热").tell(Silence())
    assert line.listens_now == Listen(Expects.MATTER, UNDERSTANDING_MS)
    assert line.understood(HEATING).plays_now[0] == "readback_matter"


def test_an_understanding_that_never_comes_leads_to_a_human() -> None:
    line = at_question().says("我家暖气不热").tell(Silence(), Silence())
    assert line.state.leaving == Reason.UNDERSTANDING_FAILED


def test_a_filler_is_no_answer_and_no_silence() -> None:
    line = at_question().says("嗯，那个")
    assert line.plays_now == []
    assert line.listens_now == Listen(Expects.MATTER, ANSWER_MS[Expects.MATTER])


def test_voice_without_words_is_asked_for_again_and_never_counts_as_silence() -> None:
    line = at_question().tell(Silence()).prompt_ends().tell(SpeechStarted(), SpeechUnclear())
    assert line.plays_now == ["not_heard", "ask_matter"]
    line.prompt_ends().tell(Silence())
    assert line.plays_now == ["still_there", "ask_matter"]


def test_noise_after_words_does_not_take_them_away() -> None:
    line = at_question().says("我家暖气不热").understood(HEATING).tell(SpeechStarted(), SpeechUnclear())
    assert line.plays_now == []
    assert line.listens_now == Listen(Expects.MATTER, PAUSE_MS)
    assert line.tell(Silence()).plays_now[0] == "readback_matter"


def test_three_times_voice_without_words_leads_to_a_human() -> None:
    line = at_question().tell(SpeechUnclear(), SpeechUnclear())
    assert line.phase is Phase.MATTER
    assert line.tell(SpeechUnclear()).state.leaving == Reason.UNCLEAR


def test_two_silences_lead_to_a_human() -> None:
    line = at_question().tell(Silence())
    assert line.plays_now == ["still_there", "ask_matter"]
    line.prompt_ends().tell(Silence())
    assert line.plays_now == ["sorry_silence", "transfer"]
    assert line.prompt_ends().outcome is not None
    assert line.outcome and line.outcome.reason == Reason.SILENCE


def test_silences_apart_from_each_other_do_not_add_up() -> None:
    line = at_question().tell(Silence()).prompt_ends().tells("我家暖气不热", Reading("暖气不热", None, "")).prompt_ends()
    assert line.tell(Silence()).plays_now == ["still_there", "ask_place"]


def test_who_only_ever_says_hm_is_taken_to_a_human() -> None:
    line = at_question()
    for _ in range(4):
        line.prompt_ends().says("嗯").tell(Silence())
    assert line.state.leaving == Reason.UNCLEAR


@pytest.mark.parametrize("ask", [KeyPressed("3"), KeyPressed("*"), SpeechHeard("没听清"), SpeechHeard("再说一遍")])
def test_the_question_is_said_again_at_wish(ask: Event) -> None:
    assert at_question().tell(ask).plays_now == ["ask_matter"]


def test_who_asks_again_and_again_is_taken_to_a_human() -> None:
    line = at_question().tell(*[KeyPressed("3")] * 3)
    assert line.phase is Phase.MATTER
    assert line.tell(KeyPressed("3")).state.leaving == Reason.UNCLEAR


@pytest.mark.parametrize("digit", ["1", "2", "5", "9", "#"])
def test_other_keys_disturb_no_question(digit: str) -> None:
    assert at_question().tell(KeyPressed(digit)).last == ()


# -- what is missing


def test_a_missing_place_is_asked_for_once() -> None:
    line = at_question().tells("我家暖气不热", Reading("暖气不热", None, "我家暖气不热"))
    assert line.plays_now == ["ask_place"]
    assert line.listens_now == Listen(Expects.PLACE, ANSWER_MS[Expects.PLACE])
    line.prompt_ends().says("我不知道啊")
    assert line.reads_now == "我家暖气不热，我不知道啊"
    line.understood(Reading("暖气不热", None, "我家暖气不热")).tell(Silence())
    assert line.plays_now == ["readback_matter", "暖气不热", "readback_question", "readback_help"]


def test_a_place_that_no_gazetteer_knows_is_read_back_in_the_callers_words() -> None:
    line = at_place().tells("嗯，在幸福里小区三号楼", Reading("暖气不热", None, ""))
    assert line.plays_now[2:4] == ["readback_place", "幸福里小区三号楼"]


def test_an_unclear_matter_is_asked_for_once() -> None:
    line = at_question().tells("就是那个事", Reading(None, None, "就是那个事"))
    assert line.plays_now == ["ask_detail"]
    line.prompt_ends().tells("哎呀就是那个", Reading(None, "望京街道", "就是那个事"))
    assert line.plays_now[:4] == ["readback_matter", "就是那个事", "readback_place", "望京街道"]


def test_matter_and_place_both_missing_are_asked_for_one_after_the_other() -> None:
    line = at_question().tells("我要反映个事儿", NOTHING)
    assert line.plays_now == ["ask_detail"]
    line.prompt_ends().tells("暖气不热", Reading("暖气不热", None, ""))
    assert line.plays_now == ["ask_place"]
    line.prompt_ends().tells("天通苑北一区", HEATING)
    assert line.plays_now[0] == "readback_matter"


def test_nothing_missing_nothing_asked() -> None:
    assert at_read_back().plays_now == [
        "readback_matter",
        "暖气不热",
        "readback_place",
        "天通苑北一区",
        "readback_question",
        "readback_help",
    ]


def test_later_answers_take_nothing_away() -> None:
    line = at_place().tells("天通苑北一区", Reading(None, "天通苑北一区", "天通苑北一区"))
    assert line.plays_now[1:4] == ["暖气不热", "readback_place", "天通苑北一区"]


def test_long_own_words_are_cut_at_a_pause() -> None:
    words = "我跟你说这个事情已经很久很久了，一直没有人来管过我们这个地方，我打了好多次电话都没有用，气死我了"
    line = at_detail().tells(words, Reading(None, "望京街道", words))
    assert line.plays_now[1] == "我跟你说这个事情已经很久很久了，一直没有人来管过我们这个地方"


# -- read-back


@pytest.mark.parametrize("yes", [SpeechHeard("对"), SpeechHeard("是的，没错"), KeyPressed("1"), SpeechHeard("嗯")])
def test_yes_brings_number_and_goodbye(yes: Event) -> None:
    line = at_confirm().tell(yes)
    assert line.plays_now == [
        *[
            "noted",
            "case_number",
            "digit_2",
            "digit_6",
            "digit_0",
            "digit_7",
            "pause",
            "digit_0",
            "digit_2",
            "digit_0",
            "digit_0",
        ],
        *["pause", "digit_0", "digit_1", "digit_2", "digit_3", "case_number_again", "goodbye"],
    ]
    outcome = line.prompt_ends().outcome
    assert outcome is not None
    assert (outcome.ending, outcome.reason, outcome.confirmed_by_caller) == (Ending.GOODBYE, Reason.CONFIRMED, True)


def test_yes_needs_no_pause_and_may_come_into_the_prompt() -> None:
    line = at_read_back().tell(SpeechStarted())
    assert line.stopped_now
    assert line.tell(SpeechHeard("对，没错")).plays_now[0] == "noted"


def test_a_sound_of_listening_into_the_read_back_is_no_yes() -> None:
    line = at_read_back().says("嗯")
    assert line.phase is Phase.CONFIRM
    assert line.plays_now[0] == "readback_matter"


@pytest.mark.parametrize("ask", [KeyPressed("3"), KeyPressed("*"), SpeechHeard("再说一遍"), SpeechHeard("没听清")])
def test_the_read_back_is_said_again_at_wish(ask: Event) -> None:
    assert at_confirm().tell(ask).plays_now[0] == "readback_matter"


def test_no_alone_asks_for_the_right_words_after_a_short_pause() -> None:
    line = at_confirm().says("不对")
    assert line.plays_now == []
    assert line.listens_now == Listen(Expects.YES_NO, PAUSE_MS)
    assert line.tell(Silence()).plays_now == ["ask_correction"]


def test_key_2_asks_for_the_right_words_at_once() -> None:
    assert at_read_back().tell(KeyPressed("2")).plays_now == ["ask_correction"]


@pytest.mark.parametrize("said", [["不对，是天通苑南"], ["不对", "是天通苑南"], ["不对", "嗯", "是天通苑南"]])
def test_the_right_words_are_taken_in_the_same_breath_or_the_next(said: list[str]) -> None:
    line = at_confirm()
    for text in said:
        line.says(text)
    assert line.reads_now == "天通苑南"
    line.understood(Reading(None, "天通苑南", "天通苑南")).tell(Silence())
    assert line.plays_now[:4] == ["readback_matter", "暖气不热", "readback_place", "天通苑南"]


def test_words_beside_a_no_that_mean_nothing_are_asked_for_again() -> None:
    line = at_confirm().tells("不对，乱七八糟的", NOTHING)
    assert line.plays_now == ["ask_correction"]
    line.prompt_ends().tells("是楼上漏水", Reading("房屋漏水", None, ""))
    assert line.plays_now[:2] == ["readback_matter", "房屋漏水"]


def test_no_and_then_yes_after_all_is_yes() -> None:
    assert at_confirm().says("不对").says("哦对，没错").plays_now[0] == "noted"


def test_a_corrected_matter_keeps_the_place() -> None:
    line = at_correction().tells("是楼上漏水", Reading("房屋漏水", None, "楼上漏水"))
    assert line.plays_now[:4] == ["readback_matter", "房屋漏水", "readback_place", "天通苑北一区"]


def test_a_correction_below_the_abstain_level_is_read_back_in_own_words() -> None:
    line = at_correction().tells("不是那个意思，是门口的事", Reading(None, None, "门口的事"))
    assert line.plays_now[:2] == ["readback_matter", "门口的事"]


def test_a_corrected_place_displaces_the_answer_about_it() -> None:
    line = at_place().tells("天通苑北一区", HEATING).prompt_ends()
    line.tells("不对，是天通苑南", Reading(None, "天通苑南", ""))
    assert line.state.words == "我家暖气不热，天通苑南"


def test_a_correction_of_everything_displaces_everything() -> None:
    line = at_correction().tells("望京路灯不亮", Reading("路灯不亮", "望京街道", ""))
    assert line.state.words == "望京路灯不亮"


def test_words_that_are_neither_yes_nor_no_are_taken_as_the_correction() -> None:
    line = at_confirm().tells("是天通苑南", Reading(None, "天通苑南", ""))
    assert line.plays_now[1:4] == ["暖气不热", "readback_place", "天通苑南"]
    assert line.state.corrected


def test_background_talk_at_the_read_back_changes_nothing() -> None:
    line = at_confirm().tells("今天晚上吃什么呀", NOTHING)
    assert line.plays_now[:4] == ["readback_matter", "暖气不热", "readback_place", "天通苑北一区"]


@pytest.mark.parametrize("no", [SpeechHeard("不对"), KeyPressed("2"), SpeechHeard("不对，是回龙观")])
def test_a_second_failed_read_back_leads_to_a_human(no: Event) -> None:
    line = at_correction().tells("是楼上漏水", Reading("房屋漏水", None, "")).prompt_ends().tell(no)
    assert line.state.leaving == Reason.READBACK_FAILED
    assert line.plays_now == ["sorry_unclear", "transfer"]


def test_voice_without_words_at_the_read_back_is_told_how_to_answer() -> None:
    assert at_confirm().tell(SpeechUnclear()).plays_now == ["not_heard", "readback_help"]


def test_silence_at_the_read_back_repeats_it_and_then_leads_to_a_human() -> None:
    line = at_confirm().tell(Silence())
    assert line.plays_now[:2] == ["still_there", "readback_matter"]
    assert line.prompt_ends().tell(Silence()).state.leaving == Reason.SILENCE


# -- closing


@pytest.mark.parametrize("ask", [KeyPressed("3"), KeyPressed("*"), SpeechHeard("再说一遍")])
def test_the_number_is_said_again_at_wish(ask: Event) -> None:
    line = at_closing().tell(ask)
    assert line.plays_now[0] == "case_number"
    assert line.prompt_ends().outcome is not None


def test_thanks_into_the_number_costs_nobody_the_number() -> None:
    line = at_closing().tell(SpeechStarted())
    assert line.stopped_now
    line.tell(SpeechHeard("好的好的谢谢"))
    assert line.plays_now[0] == "case_number"
    assert not line.tell(SpeechStarted()).stopped_now
    assert line.tell(SpeechHeard("谢谢")).last == ()


def test_no_at_the_number_leads_to_a_human() -> None:
    line = at_closing().says("不对不对")
    assert line.state.leaving == Reason.READBACK_FAILED
    outcome = line.prompt_ends().outcome
    assert outcome and not outcome.confirmed_by_caller


def test_the_number_is_not_repeated_for_ever() -> None:
    line = at_closing().tell(*[KeyPressed("3")] * 20)
    assert len([action for action in line.actions if isinstance(action, Play)]) < 10
    assert line.prompt_ends().outcome is not None


# -- without recognition


def test_without_recognition_the_caller_is_only_recorded() -> None:
    line = at_question(recognises=False)
    assert line.playing == ["danger", "human_hint_key", "ask_record"]
    line.tell(SpeechStarted(), SpeechUnclear(), SpeechStarted(), SpeechUnclear())
    assert line.plays_now == []
    line.tell(Silence())
    assert line.plays_now[:2] == ["recorded", "case_number"]
    assert line.plays_now[-1] == "goodbye"
    outcome = line.prompt_ends().outcome
    assert outcome is not None
    assert (outcome.ending, outcome.reason) == (Ending.GOODBYE, Reason.RECORDED)
    assert not outcome.confirmed_by_caller
    assert outcome.heard_anything


def test_without_recognition_everyone_is_told_whom_to_ring_in_danger() -> None:
    line = Line(opening(CASE_NO, recognises=False)).tell(Answered()).prompt_ends()
    assert line.plays_now == ["danger", "human_hint_key", "ask_record"]


def test_without_recognition_who_speaks_into_the_question_is_asked_to_go_on_once() -> None:
    line = Line(opening(CASE_NO, recognises=False)).tell(Answered()).prompt_ends()
    line.tell(SpeechStarted(), SpeechUnclear(), Silence())
    assert line.plays_now == ["go_on"]
    assert line.tell(SpeechStarted(), SpeechUnclear(), Silence()).plays_now[0] == "recorded"


def test_without_recognition_who_has_nothing_to_add_is_thanked() -> None:
    line = Line(opening(CASE_NO, recognises=False)).tell(Answered()).prompt_ends()
    line.tell(SpeechStarted(), SpeechUnclear(), Silence()).prompt_ends()
    assert line.tell(Silence()).plays_now[0] == "recorded"


def test_without_recognition_two_silences_lead_to_a_human_too() -> None:
    line = at_question(recognises=False).tell(Silence()).prompt_ends().tell(Silence())
    assert line.state.leaving == Reason.SILENCE


def test_without_recognition_key_0_leads_to_a_human() -> None:
    assert at_question(recognises=False).tell(KeyPressed("0")).state.leaving == Reason.HUMAN_ASKED


# -- from any phase

BEFORE_LEAVING = [phase for phase in PHASES if phase not in {Phase.LEAVING, Phase.WAITING}]
WAYS: list[tuple[Event, str, list[str]]] = [
    (KeyPressed("0"), Reason.HUMAN_ASKED, ["will_transfer"]),
    (SpeechHeard("转人工"), Reason.HUMAN_ASKED, ["will_transfer"]),
    (SpeechHeard("我家着火了"), Reason.DANGER, ["danger", "transfer"]),
    (SpeechHeard("老人昏迷了"), Reason.DANGER, ["danger", "danger_medical", "transfer"]),
    (RecognitionFailed(), Reason.RECOGNITION_FAILED, ["sorry_failure", "transfer"]),
    (TimeUp(), Reason.TIME_UP, ["sorry_time", "transfer"]),
    (Failed("voice_unavailable"), "voice_unavailable", ["sorry_failure", "transfer"]),
    (Failed(""), Reason.FAILED, ["sorry_failure", "transfer"]),
]


def test_the_starts_cover_every_phase() -> None:
    assert {start().phase for start in STARTS.values()} == set(PHASES) == set(Phase) - {Phase.OVER}
    assert all(start().phase is phase for phase, start in STARTS.items())


@pytest.mark.parametrize("phase", BEFORE_LEAVING)
@pytest.mark.parametrize(("event", "reason", "prompts"), WAYS, ids=[f"{reason}-{prompts[0]}" for _, reason, prompts in WAYS])
def test_from_every_phase_the_ways_to_a_human_are_open(phase: Phase, event: Event, reason: str, prompts: list[str]) -> None:
    line = STARTS[phase]().tell(event)
    assert line.plays_now == prompts
    outcome = line.prompt_ends().outcome
    assert outcome is not None
    assert (outcome.ending, outcome.reason) == (Ending.TRANSFER, reason)
    assert outcome.urgent is (reason == Reason.DANGER)


@pytest.mark.parametrize("phase", PHASES)
def test_hanging_up_ends_every_phase_at_once(phase: Phase) -> None:
    line = STARTS[phase]().tell(HungUp())
    assert [type(action) for action in line.last] == [Finish]
    assert line.outcome and line.outcome.ending is Ending.HUNG_UP
    assert line.phase is Phase.OVER


def test_who_hangs_up_after_the_yes_has_confirmed() -> None:
    outcome = at_closing().tell(HungUp()).outcome
    assert outcome and outcome.confirmed_by_caller


def test_who_hangs_up_without_a_sound_has_said_nothing() -> None:
    outcome = at_question().tell(HungUp()).outcome
    assert outcome and not outcome.heard_anything


def test_an_understanding_that_fails_while_it_is_waited_for_leads_to_a_human() -> None:
    line = at_question().says("我家暖气不热").tell(Silence())
    assert line.tell(UnderstandingFailed(line.state.turn)).state.leaving == Reason.UNDERSTANDING_FAILED


def test_a_stale_failure_of_understanding_changes_nothing() -> None:
    line = at_question().says("我家暖气不热").says("三天了").understood(HEATING)
    assert line.tell(UnderstandingFailed(1), UnderstandingFailed(2)).phase is Phase.MATTER


# -- danger and the way to a human


def test_the_danger_sentence_cannot_be_talked_over() -> None:
    line = at_question().says("楼道里有煤气味")
    assert [action.interruptible for action in line.last if isinstance(action, Play)] == [False]
    assert not line.tell(SpeechStarted()).stopped_now


def test_danger_on_the_way_to_a_human_is_still_heard() -> None:
    line = at_leaving().says("快点，我家着火了")
    assert line.stopped_now
    assert line.plays_now == ["danger", "transfer"]
    outcome = line.prompt_ends().outcome
    assert outcome and outcome.urgent


def test_danger_that_only_the_classifier_hears_leads_to_a_human() -> None:
    line = at_question().says("娃在塘里头扑腾")
    line.tell(Understood(NOTHING, line.state.turn, is_danger=True))
    assert line.plays_now == ["danger", "transfer"]
    outcome = line.prompt_ends().outcome
    assert outcome and outcome.urgent and outcome.reason == Reason.DANGER


def test_danger_heard_in_words_that_are_no_longer_the_newest_waits_for_them() -> None:
    line = at_question().says("娃在塘里头").says("扑腾着玩")
    assert line.tell(Understood(NOTHING, 1, is_danger=True)).last == ()


def test_danger_is_said_once() -> None:
    assert at_question().says("着火了").says("着火了，快来").last == ()


def test_danger_stays_urgent_when_the_caller_hangs_up() -> None:
    outcome = at_question().says("着火了").tell(HungUp()).outcome
    assert outcome and outcome.urgent


def test_a_second_failure_on_the_way_to_a_human_ends_at_once() -> None:
    line = at_question().tell(Failed("voice_unavailable"), Failed("line_lost"))
    assert line.outcome and (line.outcome.ending, line.outcome.reason) == (Ending.FAILED, "line_lost")


@pytest.mark.parametrize(
    "event",
    [
        KeyPressed("0"),
        KeyPressed("1"),
        SpeechHeard("转人工"),
        SpeechHeard("喂"),
        SpeechUnclear(),
        SpeechStarted(),
        RecognitionFailed(),
    ],
)
def test_nothing_else_delays_the_way_to_a_human(event: Event) -> None:
    assert at_leaving().tell(event).last == ()


# -- carriers that repeat, lose and reconnect


def test_a_mark_of_another_prompt_ends_nothing() -> None:
    line = at_leaving().tell(PromptEnded("matter-2"), PromptEnded(""))
    assert line.outcome is None


@pytest.mark.parametrize("phase", [phase for phase in PHASES if phase is not Phase.NEW])
def test_a_call_that_is_connected_again_hears_its_last_question_again(phase: Phase) -> None:
    line = STARTS[phase]().tell(Answered())
    assert line.phase is phase
    assert line.plays_now


@pytest.mark.parametrize("phase", [Phase.CLOSING, Phase.LEAVING])
def test_a_lost_mark_does_not_keep_the_caller(phase: Phase) -> None:
    assert STARTS[phase]().tell(Silence()).outcome is not None


def test_after_the_end_nothing_happens_any_more() -> None:
    line = at_closing().prompt_ends()
    for event in (Answered(), SpeechHeard("着火了"), KeyPressed("0"), HungUp(), TimeUp(), Silence()):
        assert line.tell(event).last == ()
