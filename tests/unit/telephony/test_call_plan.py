import json
import wave
from pathlib import Path

import pytest

from commands.call.carrier import Human
from commands.call.plan import HUMANS, KeyPress, PlanUnusable, Turn, read_keys, read_plan
from commands.call.sound import is_silent, read_mulaw, silence


def test_a_sample_expands_to_its_turns_and_brings_its_name(tmp_path: Path) -> None:
    body = {"name": "cold", "title": "冷", "turns": [{"audio": "1.wav", "text": "喂"}, {"audio": "2.wav", "text": "对"}]}
    (tmp_path / "sample.json").write_text(json.dumps(body), "utf-8")
    for name in ("1.wav", "2.wav"):
        (tmp_path / name).touch()

    plan = read_plan([str(tmp_path)])

    assert plan.sample == "cold"
    assert plan.turns == (Turn(tmp_path / "1.wav", "喂"), Turn(tmp_path / "2.wav", "对"))


def test_recordings_are_turns_in_their_order_without_a_name(tmp_path: Path) -> None:
    paths = [tmp_path / "b.wav", tmp_path / "a.wav"]
    for path in paths:
        path.touch()

    plan = read_plan([str(path) for path in paths])

    assert plan.sample == ""
    assert [turn.audio for turn in plan.turns] == paths


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"name": "x", "turns": [{}]}', "\x00"])
def test_a_folder_that_is_no_sample_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "sample.json").write_text(text, "utf-8")

    with pytest.raises(PlanUnusable, match="no sample call"):
        read_plan([str(tmp_path)])


def test_a_missing_sample_names_those_that_are_there() -> None:
    with pytest.raises(PlanUnusable, match="gas-smell"):
        read_plan(["samples/no-such-sample"])


def test_a_sample_stands_alone(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    with pytest.raises(PlanUnusable, match="alone"):
        read_plan([str(tmp_path / "a.wav"), str(tmp_path)])


def test_keys_are_pressed_in_the_order_of_time() -> None:
    assert read_keys("7:#, 2.5:1") == (KeyPress(2.5, "1"), KeyPress(7, "#"))
    assert read_keys("") == ()


@pytest.mark.parametrize("keys", ["1", "a:1", "1:x", "1:", "-1:1", "1:12", "1;2"])
def test_keys_that_are_none_are_named(keys: str) -> None:
    with pytest.raises(PlanUnusable, match="--keys"):
        read_keys(keys)


def test_any_recording_becomes_telephone_audio(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "tone.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(b"\x00\x10\x00\x10" * 88_200)

    mulaw = read_mulaw(tmp_path / "tone.wav")

    assert len(mulaw) == pytest.approx(16_000, abs=200)
    assert not is_silent(mulaw)


def test_what_is_no_recording_is_named(tmp_path: Path) -> None:
    (tmp_path / "page.wav").write_bytes(b"<html>")

    with pytest.raises(PlanUnusable, match=r"page\.wav"):
        read_mulaw(tmp_path / "page.wav")


def test_silence_is_silent_and_so_is_nothing() -> None:
    assert is_silent(silence(1000))
    assert is_silent(b"")


def test_every_human_of_the_command_is_one_of_the_carriers() -> None:
    assert tuple(str(human) for human in Human) == HUMANS
