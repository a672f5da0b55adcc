import json
import tomllib
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from config.settings import ROOT
from ivr.danger import find_danger
from ivr.human import wants_human
from ivr.replies import Answer, is_filler, is_hello, read_reply

SAMPLES = ROOT / "samples"
FOLDERS = sorted(path.parent for path in SAMPLES.glob("*/sample.json"))
EVERY = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def read(folder: Path) -> dict[str, Any]:
    sample: dict[str, Any] = json.loads((folder / "sample.json").read_text("utf-8"))
    return sample


def sound(path: Path) -> np.ndarray[Any, np.dtype[np.int16]]:
    with wave.open(str(path), "rb") as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (8000, 2, 1)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def test_at_least_ten_matters_of_daily_life_are_there() -> None:
    assert len(FOLDERS) >= 10


def test_all_samples_together_stay_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*.wav")) < 6_000_000


@EVERY
def test_a_sample_is_whole(folder: Path) -> None:
    sample = read(folder)
    assert set(sample) == {"name", "title", "title_en", "turns"}
    assert sample["name"] == folder.name
    assert sample["title_en"].isascii()
    assert [turn["audio"] for turn in sample["turns"]] == [f"{number}.wav" for number in range(1, len(sample["turns"]) + 1)]
    assert {path.name for path in folder.iterdir()} == {"sample.json", *(turn["audio"] for turn in sample["turns"])}


@EVERY
def test_a_turn_is_one_utterance_that_fills_its_audio(folder: Path) -> None:
    for turn in read(folder)["turns"]:
        samples = sound(folder / turn["audio"])
        seconds = samples.size / 8000
        assert 0.4 < seconds < 18, "an utterance is closed at 20 s"
        assert np.abs(samples).max() > 3000
        assert 2 < sum(map(str.isalnum, turn["text"])) / seconds < 6 or seconds < 2


@EVERY
def test_no_pause_within_a_turn_is_as_long_as_an_end_of_speech(folder: Path) -> None:
    for turn in read(folder)["turns"]:
        samples = sound(folder / turn["audio"]).astype(np.float64)
        frames = samples[: samples.size // 160 * 160].reshape(-1, 160)
        loud = np.flatnonzero(np.sqrt((frames**2).mean(axis=1)) > 300)
        assert np.diff(loud).max(initial=0) * 20 < 600


@EVERY
def test_audio_and_script_belong_together(folder: Path) -> None:
    script = tomllib.loads((SAMPLES / "scripts.toml").read_text("utf-8"))[folder.name]
    assert [turn["text"] for turn in read(folder)["turns"]] == script["turns"]


def test_every_script_is_spoken() -> None:
    assert set(tomllib.loads((SAMPLES / "scripts.toml").read_text("utf-8"))) == {folder.name for folder in FOLDERS}


@EVERY
def test_only_the_gas_smell_is_danger_and_only_one_caller_asks_for_a_human(folder: Path) -> None:
    texts = [turn["text"] for turn in read(folder)["turns"]]
    assert any(map(find_danger, texts)) is (folder.name == "gas-smell")
    assert any(map(wants_human, texts)) is (folder.name == "asks-for-a-human")


@EVERY
def test_every_conversation_that_is_led_to_its_end_ends_with_yes(folder: Path) -> None:
    turns = read(folder)["turns"]
    assert len(turns) == 1 or read_reply(turns[-1]["text"]).answer is Answer.YES


@EVERY
def test_a_first_turn_tells_a_matter(folder: Path) -> None:
    first = read(folder)["turns"][0]["text"]
    assert not is_hello(first)
    assert not is_filler(first)
