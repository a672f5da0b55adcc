from pathlib import Path

import pytest

from asr.catalogue import CATALOGUE, DEFAULT_MODEL, UnknownModel, find
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
