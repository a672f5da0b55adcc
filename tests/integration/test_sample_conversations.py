"""Every sample call, text for audio, through the real understanding and the real conversation."""

import json
from collections import deque
from pathlib import Path

import pytest

from classifier.gazetteer import load_gazetteer
from classifier.pipeline import Understanding
from classifier.reading import spoken_reading
from classifier.taxonomy import Taxonomy, load_taxonomy
from config.settings import ROOT
from ivr.actions import Action, Ending, Finish, Play, Understand
from ivr.events import Answered, Event, PromptEnded, Reading, Silence, SpeechHeard, SpeechStarted, Understood
from ivr.flow import advance
from ivr.state import opening

FOLDERS = sorted(path.parent for path in (ROOT / "samples").glob("*/sample.json"))
TO_A_HUMAN = {"gas-smell", "asks-for-a-human"}


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return load_taxonomy(ROOT / "config" / "taxonomy")


@pytest.fixture(scope="module")
def understanding(taxonomy: Taxonomy) -> Understanding:
    return Understanding(taxonomy, load_gazetteer(ROOT / "config" / "gazetteer"))


def converse(texts: list[str], understanding: Understanding, taxonomy: Taxonomy) -> tuple[Finish, list[str]]:
    """What the call ends with, and the texts that were never needed. The caller speaks between prompts, else is silent."""
    state, left = opening("260702000123", recognises=True), list(texts)
    coming = deque[Event]([Answered()])
    for _ in range(200):
        if not coming:
            speaks = left and not state.spoken
            coming += [SpeechStarted(), SpeechHeard(left.pop(0))] if speaks else [Silence()]
        step = advance(state, coming.popleft())
        state = step.state
        for action in step.actions:
            if isinstance(action, Finish):
                return action, left
            coming += answers(action, understanding, taxonomy)
    raise AssertionError("the conversation does not end")


def answers(action: Action, understanding: Understanding, taxonomy: Taxonomy) -> list[Event]:
    match action:
        case Play(mark=mark):
            return [PromptEnded(mark)]
        case Understand(text, turn):
            return [Understood(Reading(*spoken_reading(understanding.propose(text), taxonomy)), turn)]
        case _:
            return []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_sample_call_reaches_its_end(folder: Path, understanding: Understanding, taxonomy: Taxonomy) -> None:
    texts = [turn["text"] for turn in json.loads((folder / "sample.json").read_text("utf-8"))["turns"]]
    end, left = converse(texts, understanding, taxonomy)
    if folder.name in TO_A_HUMAN:
        assert end.outcome.ending is Ending.TRANSFER
        assert end.outcome.urgent is (folder.name == "gas-smell")
    else:
        assert (end.outcome.ending, end.outcome.confirmed_by_caller) == (Ending.GOODBYE, True)
    assert left == []
