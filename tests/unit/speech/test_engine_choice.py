from pathlib import Path

import pytest

from asr.catalogue import CATALOGUE, DEFAULT_MODEL, UnknownModel, find
from asr.catalogue_entry import Live
from asr.machine import Machine, best_for, obstacles
from asr.registry import ENGINES, choose_engine, layout_of
from config.errors import SettingsError

SMALL = ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph/HCLr.fst", "graph/Gr.fst")


def put(folder: Path, name: str, files: tuple[str, ...]) -> Path:
    for file in files:
        path = folder / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    return folder / name


def test_without_a_model_nothing_is_recognised_and_both_languages_say_the_fix(tmp_path: Path) -> None:
    choice = choose_engine("auto", [tmp_path, tmp_path / "missing"])
    assert (choice.name, choice.model) == ("none", None)
    zh, en = choice.why.splitlines()
    assert "尚未安装" in zh
    assert zh.endswith("flask models pull vosk-model-small-cn-0.22")
    assert en.endswith("flask models pull vosk-model-small-cn-0.22")


def test_auto_takes_the_best_installed_model(tmp_path: Path) -> None:
    put(tmp_path, DEFAULT_MODEL, SMALL)
    better = put(
        tmp_path,
        "vosk-model-cn-0.22",
        ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph/HCLG.fst", "graph/words.txt"),
    )
    assert choose_engine("auto", [tmp_path]).model == better


def test_a_setting_may_name_the_model(tmp_path: Path) -> None:
    small = put(tmp_path, DEFAULT_MODEL, SMALL)
    put(tmp_path, "vosk-model-own", SMALL)
    assert choose_engine(f"vosk:{DEFAULT_MODEL}", [tmp_path]).model == small
    assert choose_engine("vosk", [tmp_path]).model == tmp_path / "vosk-model-own"
    assert "flask models pull vosk-model-cn-0.22" in choose_engine("vosk:vosk-model-cn-0.22", [tmp_path]).why


def test_auto_never_takes_what_is_for_tests_and_samples(tmp_path: Path) -> None:
    put(tmp_path, "pocketsphinx-zh-8k", ("acoustic/mdef",))
    assert choose_engine("auto", [tmp_path]).name == "none"
    assert [name for name, row in ENGINES.items() if not row.is_product] == [
        "remote",
        "fallback",
        "pocketsphinx",
        "scripted",
        "none",
    ]


@pytest.mark.parametrize("lost", SMALL)
def test_a_model_that_lacks_a_file_is_refused_with_the_files_name(tmp_path: Path, lost: str) -> None:
    folder = put(tmp_path, DEFAULT_MODEL, SMALL)
    (folder / lost).write_bytes(b"")
    choice = choose_engine("auto", [tmp_path])
    assert choice.name == "none"
    assert all(lost in line for line in choice.why.splitlines())


def test_half_an_adaptation_is_refused(tmp_path: Path) -> None:
    folder = put(tmp_path, DEFAULT_MODEL, (*SMALL, "ivector/final.ie"))
    assert "ivector/final.dubm" in layout_of("vosk").missing(folder)


def test_an_engine_that_there_is_none_of_is_one_line_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no engine vorsk; write vosk"):
        choose_engine("vorsk", [tmp_path])


def test_recognition_may_be_switched_off(tmp_path: Path) -> None:
    assert "HOTLINE_ASR__ENGINE=none" in choose_engine("none", [tmp_path]).why
    assert choose_engine("scripted", [tmp_path]).why == ""


def test_the_catalogue_is_sound() -> None:
    assert len({model.name for model in CATALOGUE}) == len(CATALOGUE)
    for model in CATALOGUE:
        assert ENGINES[model.engine].layout, model.name
        assert model.address.startswith("https://"), model.name
        assert model.licence, model.name
        assert bool(model.source) is not model.error_rates.startswith("none"), model.name
        assert all(file.sha256 and file.size for file in model.files), model.name
        assert model.sample_rate in (8000, 16000), model.name
        assert model.sha256 is None or len(bytes.fromhex(model.sha256)) == 32, model.name


def test_the_default_model_is_the_one_whose_checksum_is_known() -> None:
    model = find(DEFAULT_MODEL)
    assert (model.size, model.sha256) == (43_898_754, "3af8b0e7e0f835ae9d414ce5df580237a3cfb08d586c9fbbb0f7ff29ad5b14ba")


def test_an_unknown_model_names_the_known_ones() -> None:
    with pytest.raises(UnknownModel, match=DEFAULT_MODEL):
        find("vosk-model-tiny")


def test_auto_takes_live_text_before_whole_utterances_and_ones_own_model_before_all(tmp_path: Path) -> None:
    whisper = ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt")
    put(tmp_path, "faster-whisper-base", whisper)
    assert choose_engine("auto", [tmp_path]).name == "whisper"
    put(tmp_path, DEFAULT_MODEL, SMALL)
    assert choose_engine("auto", [tmp_path]).name == "vosk"
    streaming = put(tmp_path, "sherpa-onnx-streaming-zipformer-zh-int8-2025-06-30", ("tokens.txt",))
    for part in ("encoder", "decoder", "joiner"):
        (streaming / f"{part}.int8.onnx").write_bytes(b"x")
    assert choose_engine("auto", [tmp_path]).name == "sherpa"
    put(tmp_path, "vosk-model-own", SMALL)
    assert choose_engine("auto", [tmp_path]).model == tmp_path / "vosk-model-own"


def test_a_damaged_model_says_how_to_fetch_that_very_model(tmp_path: Path) -> None:
    put(tmp_path, "sherpa-onnx-streaming-zipformer-zh-14M-2023-02-23", ("tokens.txt",))
    why = choose_engine("auto", [tmp_path]).why
    assert "encoder*.onnx" in why
    assert why.endswith("flask models pull sherpa-onnx-streaming-zipformer-zh-14M-2023-02-23")
    assert "flask models pull faster-whisper" in choose_engine("whisper", [tmp_path]).why


def test_what_a_machine_lacks_for_a_model_is_said() -> None:
    large, small = find("vosk-model-cn-0.22"), find(DEFAULT_MODEL)
    machine = Machine(cores=2, memory_mb=4000)
    assert obstacles(small, machine) == ()
    assert [text.split(",")[0] for text in obstacles(large, machine)] == ["needs 17", "needs 4 cores"]
    assert obstacles(small, machine, workers=20) == ("needs 7,500 MB of memory, here are 4,000",)


def test_the_best_that_fits_is_the_first_of_its_kind(tmp_path: Path) -> None:
    for machine in (Machine(1, 2000), Machine(2, 8000), Machine(64, 200_000)):
        for live in Live:
            best = best_for(machine, live)
            fitting = [model for model in CATALOGUE if model.live is live and not obstacles(model, machine)]
            assert best == (fitting[0] if fitting else None)
    assert best_for(Machine(1, 1000), Live.streaming) is None
