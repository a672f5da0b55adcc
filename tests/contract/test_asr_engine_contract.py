"""One suite for all speech engines.

Vosk runs its real native code on a tiny Kaldi model that is built here, and on the product's model where that is installed;
pocketsphinx on the weak but real Mandarin model of ../shared.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from asr.catalogue import DEFAULT_MODEL
from asr.contract import NOTHING_UNDERSTOOD, AsrEngine, AsrSession, EnginePlan, EngineUnusable, Script, Transcript
from asr.registry import ENGINES, layout_of, make_engine
from config.settings import ROOT
from tests.speech_parts import SENTENCES, noise, pcm_of, real_model_folder, silence
from tests.toy_kaldi import build_toy_model
from tests.toy_onnx import build_toy_offline_ctc, build_toy_sense_voice, build_toy_zipformer
from tests.toy_whisper import build_toy_whisper

SCRIPT = Script(("家里暖气不热", "天通苑北一区三号楼", "对"))
TURNS = ("no-heating", "lift-stands-still", "rubbish", "pension", "bus-line", "praise")
Find = Callable[[Path], Path | None]


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    find: Find
    understands: bool = True
    """Whether words can be expected of real speech without a script."""


def _toy(folder: Path) -> Path:
    return build_toy_model(folder / "vosk-model-toy")


def _product(folder: Path) -> Path:
    model = ROOT / "var" / "models" / DEFAULT_MODEL
    if not model.exists():
        pytest.skip(f"the model {DEFAULT_MODEL} is not installed: flask models pull {DEFAULT_MODEL}")
    return model


def _real(folder: Path) -> Path:
    return real_model_folder() / "pocketsphinx-zh-8k"


def _zipformer(folder: Path) -> Path:
    return build_toy_zipformer(folder / "sherpa-onnx-streaming-zipformer-toy")


def _sense_voice(folder: Path) -> Path:
    return build_toy_sense_voice(folder / "sherpa-onnx-sense-voice-toy")


def _offline_ctc(folder: Path) -> Path:
    return build_toy_offline_ctc(folder / "sherpa-onnx-zipformer-ctc-toy")


def _whisper(folder: Path) -> Path:
    return build_toy_whisper(folder / "faster-whisper-toy")


def _no_model(folder: Path) -> None:
    return None


CASES = {
    "vosk-toy": Case("vosk", _toy),
    "vosk-product": Case("vosk", _product),
    "sherpa-zipformer": Case("sherpa", _zipformer),
    "sherpa-sense-voice": Case("sherpa-offline", _sense_voice),
    "sherpa-ctc": Case("sherpa-offline", _offline_ctc),
    "whisper-toy": Case("whisper", _whisper),
    "pocketsphinx": Case("pocketsphinx", _real),
    "scripted": Case("scripted", _no_model, understands=False),
    "none": Case("none", _no_model, understands=False),
}


@pytest.fixture(params=CASES, scope="module")
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture(scope="module")
def engine(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsrEngine]:
    engine = make_engine(EnginePlan(case.name, case.find(tmp_path_factory.mktemp("model"))))
    yield engine
    engine.close()


@pytest.fixture
def session(engine: AsrEngine) -> Iterator[AsrSession]:
    session = engine.open(SCRIPT)
    yield session
    session.close()


def speech(engine: AsrEngine, sample: str) -> bytes:
    return pcm_of(ROOT / "samples" / sample / "1.wav", engine.capabilities.sample_rate)


def say(session: AsrSession, pcm: bytes, step: int = 3200) -> tuple[list[str], Transcript]:
    said = [session.feed(pcm[at : at + step]) for at in range(0, len(pcm), step)]
    return [text for text in said if text is not None], session.finish()


def length_ms(engine: AsrEngine, pcm: bytes) -> int:
    return len(pcm) // 2 * 1000 // engine.capabilities.sample_rate


def test_every_engine_of_the_table_is_tried_here() -> None:
    assert {case.name for case in CASES.values()} == set(ENGINES)


def test_it_says_who_it_is_and_what_it_can(engine: AsrEngine, case: Case) -> None:
    assert engine.name == case.name
    assert engine.capabilities.sample_rate % 125 == 0


def test_without_audio_nothing_was_said(session: AsrSession) -> None:
    assert session.finish() == NOTHING_UNDERSTOOD
    assert session.finish() == NOTHING_UNDERSTOOD


def test_real_speech_brings_words_where_they_were_said(engine: AsrEngine, session: AsrSession, case: Case) -> None:
    pcm = speech(engine, "no-heating")
    _, transcript = say(session, pcm)
    assert transcript.text == transcript.raw
    if case.understands:
        assert transcript.raw
        assert "".join(transcript.raw.split()) == "".join(word.text for word in transcript.words)
    assert all(0 <= word.start_ms <= word.end_ms <= length_ms(engine, pcm) for word in transcript.words)
    assert [word.start_ms for word in transcript.words] == sorted(word.start_ms for word in transcript.words)
    if transcript.words and engine.capabilities.word_times:
        assert transcript.words[-1].end_ms > length_ms(engine, pcm) // 2


def test_partials_come_while_it_is_fed(engine: AsrEngine, session: AsrSession, case: Case) -> None:
    partials, _ = say(session, speech(engine, "no-heating"))
    if engine.capabilities.streaming and engine.capabilities.recognises:
        assert len(set(partials)) >= 3
    assert all(one != other for one, other in pairwise(partials))


def test_times_of_every_utterance_count_from_its_own_start(engine: AsrEngine, session: AsrSession) -> None:
    for sample in TURNS[:3]:
        pcm = speech(engine, sample)
        _, transcript = say(session, pcm)
        assert all(word.end_ms <= length_ms(engine, pcm) for word in transcript.words)
        if transcript.words and engine.capabilities.word_times:
            assert transcript.words[0].start_ms < length_ms(engine, pcm) // 2


@pytest.mark.parametrize("step", [2, 322, 10_000_000])
def test_any_size_of_piece_will_do(engine: AsrEngine, session: AsrSession, case: Case, step: int) -> None:
    second = speech(engine, "rubbish")[: 2 * engine.capabilities.sample_rate]
    _, transcript = say(session, second, step)
    assert not case.understands or transcript.raw


def test_silence_and_noise_end_without_an_error(engine: AsrEngine, session: AsrSession) -> None:
    for pcm in (silence(3, engine.capabilities.sample_rate), noise(3, 1000), b"\xff\x7f" * 16_000):
        _, transcript = say(session, pcm)
        assert isinstance(transcript, Transcript)


def test_two_callers_do_not_hear_each_other(engine: AsrEngine, case: Case) -> None:
    one, other = engine.open(Script(("甲" * 9,))), engine.open(Script(("乙" * 9,)))
    loud, quiet = speech(engine, "praise"), silence(3, engine.capabilities.sample_rate)
    for at in range(0, len(quiet), 3200):
        one.feed(loud[at : at + 3200])
        other.feed(quiet[at : at + 3200])
    first, second = one.finish(), other.finish()
    if case.understands:
        assert len(first.words) > len(second.words)
    assert "乙" not in first.raw
    assert "甲" not in second.raw
    one.close()
    other.close()


def test_closing_twice_or_in_the_middle_harms_nobody(engine: AsrEngine, case: Case) -> None:
    one, other = engine.open(SCRIPT), engine.open(SCRIPT)
    pcm = speech(engine, "rubbish")
    one.feed(pcm[:16_000])
    other.feed(pcm[:16_000])
    one.close()
    one.close()
    _, transcript = say(other, pcm)
    assert not case.understands or transcript.raw
    other.close()


def test_confidences_of_fifty_words_are_what_is_claimed_and_not_all_alike(
    engine: AsrEngine, session: AsrSession, case: Case
) -> None:
    found = [word.confidence for pcm in voices(engine) for word in say(session, pcm)[1].words]
    known = [confidence for confidence in found if confidence is not None]
    if not engine.capabilities.confidences:
        assert known == []
        return
    assert len(known) == len(found)
    assert all(0 <= confidence <= 1 for confidence in known)
    assert not case.understands or len(known) >= 50
    assert len(set(known)) > len(known) // 4


def voices(engine: AsrEngine) -> Iterator[bytes]:
    """Real people where ../shared is there, else the sample calls."""
    people = sorted(SENTENCES.glob("*.flac"))[:6]
    for path in people or [ROOT / "samples" / sample / "1.wav" for sample in TURNS]:
        yield pcm_of(path, engine.capabilities.sample_rate)


def test_a_folder_without_its_files_is_refused_with_their_names(case: Case, tmp_path: Path) -> None:
    if not ENGINES[case.name].layout:
        pytest.skip(f"{case.name} needs no model")
    missing = layout_of(case.name).missing(tmp_path)
    assert missing
    with pytest.raises(EngineUnusable) as raised:
        make_engine(EnginePlan(case.name, tmp_path))
    assert all(name in str(raised.value) for name in missing)
    with pytest.raises(EngineUnusable):
        make_engine(EnginePlan(case.name))


@pytest.mark.parametrize("broken", ["am/final.mdl", "graph/HCLG.fst"])
def test_vosks_own_code_refuses_a_damaged_file(tmp_path: Path, broken: str) -> None:
    model = build_toy_model(tmp_path / "vosk-model-toy")
    (model / broken).write_bytes(b"damaged")
    with pytest.raises(EngineUnusable, match="one of its files is damaged"):
        make_engine(EnginePlan("vosk", model))


def test_vosk_takes_its_rate_from_the_model(tmp_path: Path) -> None:
    assert make_engine(EnginePlan("vosk", build_toy_model(tmp_path / "vosk-model-8k", 8000))).capabilities.sample_rate == 8000


def test_a_script_is_taken_up_where_another_worker_left_it() -> None:
    session = make_engine(EnginePlan("scripted")).open(SCRIPT, first_turn=2)
    session.feed(bytes(32_000))
    assert session.finish().text == "对"
    session.feed(bytes(32_000))
    assert session.finish().text == ""
