"""`flask transcribe` and `flask models` as a person runs them, on recordings of the common kinds."""

import json
import wave
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from click.testing import Result
from flask import Flask

from asr.batch import transcribe_file
from asr.catalogue import CATALOGUE
from asr.contract import SpeechError
from asr.sound_files import AudioUnreadable, Channel, SoundFile
from commands.models import models
from commands.transcribe import transcribe
from config.settings import ROOT, Settings
from tests.speech_parts import pcm_of, sample_turn, silence, speech_settings
from tests.toy_kaldi import build_toy_model

CODECS = {"wav": "pcm_s16le", "mp3": "mp3", "flac": "flac", "opus": "libopus", "ogg": "libopus", "m4a": "aac"}


def record(path: Path, pcm: bytes, rate: int = 8000, other_side: bytes = b"") -> Path:
    """Writes 16-bit PCM at 8 kHz as a recording of the kind that the name says; with another side, as two tracks."""
    layout = "stereo" if other_side else "mono"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(
            CODECS[path.suffix[1:]], rate=48000 if "opus" in CODECS[path.suffix[1:]] else rate, layout=layout
        )
        sides = [np.frombuffer(side, "<i2") for side in (pcm, other_side) if side]
        together = np.stack([side[: min(map(len, sides))] for side in sides], axis=1).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(together), format="s16", layout=layout)
        frame.sample_rate = 8000
        resampler = av.AudioResampler(stream.format.name, layout, stream.rate, frame_size=stream.frame_size or 0)
        for ready in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(ready))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    build_toy_model(tmp_path / "toys" / "vosk-model-toy")
    return speech_settings(tmp_path / "var", "auto", models=tmp_path / "toys")


def run(settings: Settings, *arguments: object) -> Result:
    app = Flask("tests", root_path=str(ROOT))
    app.extensions["settings"] = settings
    app.cli.add_command(transcribe)
    app.cli.add_command(models)
    return app.test_cli_runner().invoke(args=[str(argument) for argument in arguments])


def lines(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_every_common_kind_of_recording_becomes_text(settings: Settings, tmp_path: Path) -> None:
    spoken = sample_turn("rubbish", 2) + silence(0.5)
    files = [record(tmp_path / f"call.{kind}", spoken) for kind in CODECS]
    result = run(settings, "transcribe", "--json", *files)
    assert result.exit_code == 0, result.output
    found = lines(result)
    assert [line["file"] for line in found] == [str(file) for file in files]
    for line in found:
        assert set(line) == {"file", "text", "raw", "engine", "duration_ms", "words"}
        assert line["engine"] == "vosk"
        assert line["text"]
        assert abs(int(str(line["duration_ms"])) - len(spoken) // 16) < 150
        words = line["words"]
        assert isinstance(words, list)
        assert set(words[0]) == {"text", "start_ms", "end_ms", "confidence"}


def test_a_bad_file_is_named_and_the_others_go_on(settings: Settings, tmp_path: Path) -> None:
    good = record(tmp_path / "good.wav", sample_turn("rubbish", 2))
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "letter.mp3").write_text("Dear sir")
    with wave.open(str(tmp_path / "head.wav"), "wb") as head:
        head.setparams((1, 2, 8000, 0, "NONE", ""))
    bad = [tmp_path / name for name in ("empty.wav", "letter.mp3", "head.wav", "", "missing.flac")]
    result = run(settings, "transcribe", "--json", bad[0], good, *bad[1:], good)
    assert result.exit_code == 1
    assert [line["file"] for line in lines(result)] == [str(good)] * 2
    problems = result.stderr.splitlines()
    assert [problem.split(": ")[0] for problem in problems] == [str(path) for path in bad]
    assert "no recording that can be read" in problems[0]
    assert "is empty" in problems[2]
    assert "is a folder" in problems[3]
    assert "there is no such file" in problems[4]


def test_a_recording_that_was_cut_gives_what_is_there(settings: Settings, tmp_path: Path) -> None:
    whole = record(tmp_path / "cut.mp3", sample_turn("rubbish", 1))
    whole.write_bytes(whole.read_bytes()[:-7777])
    result = run(settings, "transcribe", "--json", whole)
    assert result.exit_code == 0, result.output
    assert lines(result)[0]["text"]


def test_silence_is_no_error_and_no_text(settings: Settings, tmp_path: Path) -> None:
    result = run(settings, "transcribe", "--json", record(tmp_path / "silence.wav", silence(5)))
    assert result.exit_code == 0
    assert [(line["text"], line["raw"], line["words"], line["duration_ms"]) for line in lines(result)] == [("", "", [], 5000)]


def test_the_way_over_the_telephone_is_the_same_but_narrower(settings: Settings, tmp_path: Path) -> None:
    spoken = record(tmp_path / "call.flac", sample_turn("pension", 1), rate=44100)
    for options in ((), ("--phone",)):
        result = run(settings, "transcribe", *options, spoken)
        assert result.exit_code == 0, result.output
        assert result.stdout.startswith(f"{spoken}: ")
        assert len(result.stdout) > len(str(spoken)) + 10


def test_utterances_are_parted_by_a_comma_and_their_times_go_on(settings: Settings, tmp_path: Path) -> None:
    spoken = record(tmp_path / "two.wav", sample_turn("rubbish", 2) + silence(3) + sample_turn("rubbish", 2))
    transcript = transcribe_file(spoken, settings)
    assert len(transcript.utterances) == 2
    assert transcript.text == "，".join(final.transcript.text for final in transcript.utterances)
    first, second = transcript.utterances
    assert second.start_ms > first.end_ms + 2500
    assert [word.start_ms for word in transcript.words] == sorted(word.start_ms for word in transcript.words)


def test_one_side_of_a_recording_can_be_taken_alone(settings: Settings, tmp_path: Path) -> None:
    spoken = sample_turn("rubbish", 2)
    both = record(tmp_path / "both.wav", spoken, other_side=silence(len(spoken) / 16_000))
    assert transcribe_file(both, settings, Channel(0)).utterances
    assert not transcribe_file(both, settings, Channel(1)).utterances
    with pytest.raises(AudioUnreadable, match="has 2 tracks"):
        transcribe_file(both, settings, Channel(2))


def test_reading_keeps_every_sample_of_a_plain_recording(tmp_path: Path) -> None:
    spoken = sample_turn("rubbish", 2)
    assert pcm_of(record(tmp_path / "plain.wav", spoken)) == spoken
    with SoundFile(tmp_path / "plain.wav", 8000) as sound:
        assert sound.length_ms == len(spoken) // 16


def test_without_a_model_it_says_the_fix(settings: Settings, tmp_path: Path) -> None:
    bare = speech_settings(tmp_path / "var", "auto")
    result = run(bare, "transcribe", ROOT / "samples" / "rubbish" / "1.wav")
    assert result.exit_code == 1
    assert "flask models pull vosk-model-small-cn-0.22" in result.stderr
    with pytest.raises(SpeechError, match="flask models pull"):
        transcribe_file(ROOT / "samples" / "rubbish" / "1.wav", bare)
    assert "there is no engine vorsk" in run(bare, "transcribe", "--engine", "vorsk", "x.wav").stderr


def test_the_list_shows_what_there_is_and_what_is_in_use(settings: Settings) -> None:
    result = run(settings, "models", "list")
    assert result.exit_code == 0, result.output
    assert "vosk-model-small-cn-0.22" in result.stdout
    assert "3af8b0e7e0f835ae9d414ce5df580237a3cfb08d586c9fbbb0f7ff29ad5b14ba" in result.stdout
    assert "vosk-model-toy" in result.stdout
    assert "In use: vosk, vosk-model-toy" in result.stdout
    assert result.stdout.count("fits this machine: ") == len(CATALOGUE)
    assert "Best that fits, for live text: " in result.stdout
    assert "not run with weights here" in result.stdout


def test_the_list_says_what_an_installed_model_lacks(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "toys" / "faster-whisper-base").mkdir()
    (tmp_path / "toys" / "faster-whisper-base" / "model.bin").write_bytes(b"x")
    result = run(settings, "models", "list")
    assert "faster-whisper-base  (installed, lacks config.json, tokenizer.json, vocabulary.json)" in result.stdout


def test_verify_ends_with_one_when_a_model_is_damaged(settings: Settings, tmp_path: Path) -> None:
    assert run(settings, "models", "verify").exit_code == 0
    (tmp_path / "toys" / "vosk-model-toy" / "graph" / "words.txt").unlink()
    result = run(settings, "models", "verify")
    assert result.exit_code == 1
    assert "vosk-model-toy: graph/words.txt is missing" in result.stdout


def test_pulling_and_importing_refuse_in_one_line(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "holiday.zip").write_bytes(b"photos")
    for arguments in (("pull", "nobody"), ("import", tmp_path / "holiday.zip")):
        result = run(settings, "models", *arguments)
        assert result.exit_code == 1
        assert result.stderr.startswith("Error: ")
        assert "Traceback" not in result.output


def test_a_city_measures_an_engine_on_recordings_of_its_own(settings: Settings, tmp_path: Path) -> None:
    spoken = record(tmp_path / "call.wav", sample_turn("rubbish", 2))
    heard = lines(run(settings, "transcribe", "--json", spoken))[0]["text"]
    (tmp_path / "said.tsv").write_text(f"file\ttext\ncall.wav\t{heard}。\nother.wav\t别的\n", "utf-8")
    result = run(settings, "transcribe", "--reference", tmp_path / "said.tsv", spoken, spoken)
    assert f"characters wrong: 0.0 % of {2 * len(str(heard))}, in 2 of 2 recordings" in result.stderr
    (tmp_path / "said.tsv").write_text("call.wav\t天通苑北一区\n", "utf-8")
    wrong = run(settings, "transcribe", "--reference", tmp_path / "said.tsv", spoken).stderr
    assert "characters wrong: 0.0" not in wrong
