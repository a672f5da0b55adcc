"""Whatever comes in whatever order: no call breaks, hangs for ever or is spoken to after its end."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.actions import Action, Ending, Finish, Listen, Play, StopPrompt, Understand
from ivr.asking import TALK
from ivr.events import (
    Answered,
    Event,
    Failed,
    HungUp,
    InLine,
    KeyPressed,
    NobodyComes,
    PromptEnded,
    Reading,
    RecognitionFailed,
    SeatKept,
    Silence,
    SpeechHeard,
    SpeechStarted,
    SpeechUnclear,
    TimeUp,
    UnderstandingFailed,
    Understood,
)
from ivr.flow import LAST_EVENTS, MAX_EVENTS, advance
from ivr.state import Conversation, Phase, Reason, opening

TEXTS = st.one_of(
    st.sampled_from(
        [
            "我家暖气不热",
            "天通苑北一区",
            "对",
            "不对",
            "不对，是天通苑南",
            "嗯",
            "喂",
            "再说一遍",
            "不用转人工",
            "没有着火",
            "是三号楼",
            "",
            "，",
        ]
    ),
    st.text(max_size=30),
)
READINGS = st.builds(
    Reading,
    matter=st.sampled_from([None, "暖气不热", "房屋漏水"]),
    place=st.sampled_from([None, "天通苑北一区", "望京街道"]),
    own_words=st.sampled_from(["", "我家的事", "很长" * 40]),
)
TURNS = st.integers(-1, 12)
MARKS = st.one_of(st.text(max_size=8), st.builds("{}-{}".format, st.sampled_from(list(Phase)), st.integers(0, 12)))
GOING_ON: list[st.SearchStrategy[Event]] = [
    st.just(Answered()),
    st.builds(PromptEnded, MARKS),
    st.just(SpeechStarted()),
    st.builds(SpeechHeard, TEXTS),
    st.just(SpeechUnclear()),
    st.just(Silence()),
    st.builds(KeyPressed, st.sampled_from("123456789*#x")),
    st.builds(Understood, READINGS, TURNS),
    st.builds(UnderstandingFailed, TURNS),
    st.builds(InLine, st.integers(-1, 20)),
    st.just(SeatKept()),
    st.just(NobodyComes()),
]
ENDING: list[st.SearchStrategy[Event]] = [
    st.builds(SpeechHeard, st.sampled_from(["转人工", "我家着火了", "老人昏迷了"])),
    st.just(KeyPressed("0")),
    st.just(RecognitionFailed()),
    st.just(TimeUp()),
    st.just(HungUp()),
    st.builds(Failed, st.sampled_from(["", "voice_unavailable"])),
]
ANY = st.lists(st.one_of(*GOING_ON, *ENDING), max_size=60)
CALM = st.lists(st.one_of(*GOING_ON), max_size=60)


def run(state: Conversation, events: list[Event]) -> tuple[Conversation, list[Action]]:
    actions: list[Action] = []
    for event in events:
        step = advance(state, event)
        actions += step.actions
        state = step.state
    return state, actions


@given(ANY, st.booleans())
@settings(deadline=None)
def test_any_events_in_any_order_keep_the_rules_of_the_line(events: list[Event], recognises: bool) -> None:
    state, playing, finished = opening("260702000123", recognises), False, False
    marks: set[str] = set()
    for event in events:
        step = advance(state, event)
        for action in step.actions:
            assert not finished
            match action:
                case Play(pieces, mark):
                    assert pieces
                    assert mark not in marks
                    assert not playing
                    marks.add(mark)
                    playing = True
                case StopPrompt():
                    playing = False
                case Listen(patience_ms=patience_ms):
                    assert 0 < patience_ms <= 10_000
                case Understand(text):
                    assert text
                case Finish():
                    finished = True
        state = step.state
        playing = playing and bool(state.mark)
        assert finished is (state.phase is Phase.OVER)


@given(ANY, st.booleans())
@settings(deadline=None)
def test_any_state_can_be_saved_and_gone_on_with(events: list[Event], recognises: bool) -> None:
    state, _ = run(opening("260702000123", recognises), events)
    assert Conversation.from_json(state.to_json()) == state


@given(CALM, st.booleans())
@settings(deadline=None)
def test_from_any_state_hanging_up_ends_the_call(events: list[Event], recognises: bool) -> None:
    state, _ = run(opening("260702000123", recognises), events)
    after, actions = run(state, [HungUp()])
    assert after.phase is Phase.OVER
    if state.phase is not Phase.OVER:
        assert [type(action) for action in actions] == [Finish]


@given(CALM, st.booleans(), st.one_of(*(strategy for number, strategy in enumerate(ENDING) if number != 4)))
@settings(deadline=None)
def test_from_any_state_the_ways_to_a_human_lead_there(events: list[Event], recognises: bool, way: Event) -> None:
    state, _ = run(opening("260702000123", recognises), events)
    if state.phase in {Phase.OVER, Phase.LEAVING}:
        return
    left, _ = run(state, [way])
    assert left.phase is Phase.LEAVING
    over, actions = run(left, [PromptEnded(left.mark)])
    assert over.phase is Phase.OVER
    ends = [action.outcome for action in actions if isinstance(action, Finish)]
    assert [end.ending for end in ends] == [Ending.TRANSFER]
    assert ends[0].urgent is (ends[0].reason == Reason.DANGER)


@given(CALM, st.booleans())
@settings(deadline=None)
def test_from_any_state_silence_alone_brings_the_call_to_its_end(events: list[Event], recognises: bool) -> None:
    state, _ = run(opening("260702000123", recognises), [Answered(), *events])
    for _ in range(14):
        state, _ = run(state, [Silence()])
    assert state.phase is Phase.OVER


@given(
    st.lists(
        st.sampled_from(["words", "hello", "hm", "noise", "nothing", "again", "yes", "no", "key"]), min_size=80, max_size=80
    ),
    READINGS,
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_no_caller_however_odd_is_kept_for_ever(turns: list[str], reading: Reading, recognises: bool) -> None:
    words = {"words": "我家暖气不热", "hello": "喂，你好", "hm": "嗯", "again": "再说一遍", "yes": "对", "no": "不对"}
    state, _ = run(opening("260702000123", recognises), [Answered()])
    for turn in turns:
        if state.mark:
            state, _ = run(state, [PromptEnded(state.mark)])
        if turn == "key":
            state, _ = run(state, [KeyPressed("3")])
        elif turn == "noise" or (turn != "nothing" and not recognises):
            state, _ = run(state, [SpeechStarted(), SpeechUnclear()])
        elif turn != "nothing":
            state, _ = run(state, [SpeechStarted(), SpeechHeard(words[turn])])
        state, _ = run(state, [Understood(reading, state.turn), Silence()])
    assert state.phase is Phase.OVER


@given(st.one_of(*GOING_ON))
@settings(max_examples=6, deadline=None)
def test_one_event_for_ever_ends_within_bounds(event: Event) -> None:
    state, actions = run(opening("260702000123", recognises=True), [Answered(), *[event] * (MAX_EVENTS + LAST_EVENTS)])
    assert state.phase is Phase.OVER
    assert sum(isinstance(action, Finish) for action in actions) == 1


def test_a_caller_who_never_pauses_is_taken_to_a_human_in_the_end() -> None:
    talk: list[Event] = [SpeechStarted(), SpeechHeard("还有呢")]
    state, _ = run(opening("260702000123", recognises=True), [Answered(), *talk * (MAX_EVENTS // 2)])
    assert len(state.words) < 2 * TALK
    assert state.phase is Phase.LEAVING
    assert state.leaving == Reason.TIME_UP
