import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.state import VERSION, Conversation, ConversationUnreadable, join_words, opening
from tests.unit.ivr_caller import STARTS

SECRET = "我住天通苑"


@pytest.mark.parametrize("start", STARTS.values(), ids=[str(phase) for phase in STARTS])
def test_each_phase_survives_being_saved(start: object) -> None:
    state = start().state  # type: ignore[operator]
    assert Conversation.from_json(state.to_json()) == state


def test_what_is_saved_names_its_version() -> None:
    assert opening("260702000123", recognises=True).to_json()["version"] == VERSION


SAVED = opening("260702000123", recognises=True).to_json()


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (None, "is a JSON object, not NoneType"),
        ([], "is a JSON object, not list"),
        ("{}", "is a JSON object, not str"),
        ({}, "has no version"),
        ({"version": "1"}, "has no version"),
        ({**SAVED, "version": 99}, "has version 99; this program reads version 1"),
        ({"version": VERSION}, "not readable at case_no: missing"),
        ({**SAVED, "phase": SECRET}, "not readable at phase"),
        ({**SAVED, "steps": -1}, "not readable at steps"),
        ({**SAVED, "steps": "1"}, "not readable at steps"),
        ({**SAVED, "said": SECRET}, "not readable at said"),
        ({**SAVED, "said": [{"phase": "matter", "text": 7}]}, r"not readable at said\.0\.text"),
        ({**SAVED, "surprise": SECRET}, "not readable at surprise"),
        ({**SAVED, "said": object()}, "something that JSON does not know"),
    ],
)
def test_garbage_is_refused_by_name_and_without_its_content(data: object, complaint: str) -> None:
    with pytest.raises(ConversationUnreadable, match=complaint) as refused:
        Conversation.from_json(data)
    assert SECRET not in str(refused.value)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=5,
)


@given(st.sampled_from(sorted(SAVED)), JSON)
@settings(deadline=None)
def test_any_garbage_in_any_field_is_read_or_refused(name: str, value: object) -> None:
    try:
        state = Conversation.from_json({**SAVED, name: value})
    except ConversationUnreadable:
        return
    assert Conversation.from_json(state.to_json()) == state


def test_utterances_are_joined_as_one_text() -> None:
    assert join_words(["我家停水了", "两天了。", "", " 没人管 "]) == "我家停水了，两天了。没人管"
