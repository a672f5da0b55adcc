"""One suite for all speech engines.

All run their real native code: vosk, sherpa-onnx and Whisper on tiny models that are built here, vosk also on the product's
model where that is installed, pocketsphinx on the weak but real Mandarin model of ../shared; the client of speech servers talks
to servers that keep to their protocols.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import onnx
import pytest

from asr.catalogue import DEFAULT_MODEL
from asr.contract import (
    NOTHING_UNDERSTOOD,
    AsrEngine,
    AsrSession,
    BatchEngine,
    EnginePlan,
    EngineUnusable,
    JoiningEngine,
    Script,
    Transcript,
)
from asr.registry import ENGINES, layout_of, make_engine
from config.settings import ROOT
from tests.speech_parts import SENTENCES, noise, pcm_of, real_model_folder, silence
from tests.speech_servers import SpeechServer, funasr_server, vosk_server
from tests.toy_kaldi import build_toy_model
from tests.toy_onnx import (
    build_toy_fire_red,
    build_toy_offline_ctc,
    build_toy_paraformer,
    build_toy_sense_voice,
    build_toy_streaming_paraformer,
    build_toy_zipformer,
)
from tests.toy_whisper import build_toy_whisper

SCRIPT = Script(("家里暖气不热", "天通苑北一区三号楼", "对"))
TURNS = ("no-heating", "lift-stands-still", "rubbish", "pension", "bus-line", "praise")
Plan = Callable[[Path, ExitStack], EnginePlan]


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    plan: Plan
    """From an empty folder; what must run beside the engine is entered into the stack."""
    understands: bool = True
    """Whether words can be expected of real speech without a script."""
    pace_s: float = 0.0
    """Between two pieces of audio: a server elsewhere answers when it has heard them."""


def _built(name: str, build: Callable[[Path], Path], folder_name: str) -> Case:
    return Case(name, lambda folder, _: EnginePlan(name, build(folder / folder_name)))


def _product(folder: Path, stack: ExitStack) -> EnginePlan:
    model = ROOT / "var" / "models" / DEFAULT_MODEL
    if not model.exists():
        pytest.skip(f"the model {DEFAULT_MODEL} is not installed: flask models pull {DEFAULT_MODEL}")
    return EnginePlan("vosk", model)


def _real(folder: Path, stack: ExitStack) -> EnginePlan:
    return EnginePlan("pocketsphinx", real_model_folder() / "pocketsphinx-zh-8k")


def _elsewhere(dialect: str, server: Callable[[AsrEngine], AbstractContextManager[SpeechServer]]) -> Case:
    def plan(folder: Path, stack: ExitStack) -> EnginePlan:
        behind = make_engine(EnginePlan("sherpa", build_toy_zipformer(folder / "streaming-zipformer")))
        return EnginePlan("remote", server=f"{dialect}+{stack.enter_context(server(behind)).address}")

    return Case("remote", plan, pace_s=0.004)


def _in_order(*plans: Plan) -> Plan:
    return lambda folder, stack: EnginePlan("fallback", parts=tuple(plan(folder, stack) for plan in plans))


def _no_model(name: str) -> Case:
    return Case(name, lambda _folder, _stack: EnginePlan(name), understands=False)


def _nobody(folder: Path, stack: ExitStack) -> EnginePlan:
    return EnginePlan("remote", server="vosk+ws://127.0.0.1:9")


CASES = {
    "vosk-toy": (vosk := _built("vosk", build_toy_model, "vosk-model-toy")),
    "vosk-product": Case("vosk", _product),
    "sherpa-zipformer": (zipformer := _built("sherpa", build_toy_zipformer, "streaming-zipformer")),
    "sherpa-sense-voice": (sense_voice := _built("sherpa-offline", build_toy_sense_voice, "sense-voice")),
    "sherpa-ctc": _built("sherpa-offline", build_toy_offline_ctc, "zipformer-ctc"),
    "sherpa-offline-paraformer": _built("sherpa-offline", build_toy_paraformer, "paraformer"),
    "sherpa-fire-red": (fire_red := _built("sherpa-offline", build_toy_fire_red, "fire-red-asr-large")),
    "sherpa-paraformer": _built("sherpa", build_toy_streaming_paraformer, "streaming-paraformer"),
    "whisper-toy": (whisper := _built("whisper", build_toy_whisper, "faster-whisper-toy")),
    "remote-vosk": _elsewhere("vosk", vosk_server),
    "remote-funasr": _elsewhere("funasr", funasr_server),
    "fallback": Case("fallback", _in_order(zipformer.plan, sense_voice.plan)),
    "fallback-batch": Case("fallback", _in_order(sense_voice.plan, zipformer.plan)),
    "fallback-after-remote": Case("fallback", _in_order(_nobody, zipformer.plan)),
    "pocketsphinx": Case("pocketsphinx", _real),
    "scripted": _no_model("scripted"),
    "none": _no_model("none"),
}


@pytest.fixture(params=CASES, scope="module")
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture(scope="module")
def engine(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsrEngine]:
    with ExitStack() as stack:
        engine = make_engine(case.plan(tmp_path_factory.mktemp("model"), stack))
        yield engine
        engine.close()


@pytest.fixture
def session(engine: AsrEngine) -> Iterator[AsrSession]:
    session = engine.open(SCRIPT)
    yield session
    session.close()


def speech(engine: AsrEngine, sample: str) -> bytes:
    return pcm_of(ROOT / "samples" / sample / "1.wav", engine.capabilities.sample_rate)


def say(session: AsrSession, pcm: bytes, step: int = 3200, pace_s: float = 0.0) -> tuple[list[str], Transcript]:
    said = []
    for at in range(0, len(pcm), step):
        said.append(session.feed(pcm[at : at + step]))
        if pace_s:
            time.sleep(pace_s)
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
    partials, _ = say(session, speech(engine, "no-heating"), pace_s=case.pace_s)
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


def shorten(file: str, to: int = 200) -> Callable[[Path], object]:
    return lambda folder: (folder / file).write_bytes((folder / file).read_bytes()[:to])


def replace_text(file: str, before: str, after: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / file).read_text("utf-8")
        assert before in text
        (folder / file).write_text(text.replace(before, after, 1), "utf-8")

    return change


def add(file: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / file).write_text(text, "utf-8")


def mark(file: str, key: str, value: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        model = onnx.load(folder / file)
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
        onnx.save(model, folder / file)

    return change


ENCODER, JOINER = "encoder-epoch-99-avg-1.onnx", "joiner-epoch-99-avg-1.onnx"
WRONG: dict[str, tuple[Case, Callable[[Path], object], str]] = {
    "vosk: weights cut": (vosk, shorten("am/final.mdl"), "one of its files is damaged"),
    "vosk: graph cut": (vosk, shorten("graph/HCLG.fst"), "one of its files is damaged"),
    "vosk: rate": (vosk, replace_text("conf/mfcc.conf", "16000", "44100"), "conf/mfcc.conf .* 44100 Hz"),
    "sherpa: weights cut": (zipformer, shorten(ENCODER), ENCODER),
    "sherpa: weights are a page": (zipformer, add(JOINER, "<html>"), JOINER),
    "sherpa: tokens of another model": (zipformer, shorten("tokens.txt"), "tokens.txt .* do not belong together"),
    "sherpa: rate": (zipformer, mark(ENCODER, "sample_rate", "8000"), f"{ENCODER} .* 8000 Hz"),
    "sherpa-offline: weights cut": (sense_voice, shorten("model.int8.onnx"), "model.int8.onnx"),
    "sherpa-offline: tokens of another model": (sense_voice, shorten("tokens.txt"), "tokens.txt"),
    "sherpa-offline: rate": (sense_voice, mark("model.int8.onnx", "sample_rate", "48000"), "model.int8.onnx .* 48000 Hz"),
    "whisper: weights cut": (whisper, shorten("model.bin"), "model.bin"),
    "whisper: tokenizer damaged": (whisper, shorten("tokenizer.json"), "tokenizer.json"),
    "whisper: rate": (
        whisper,
        add("preprocessor_config.json", '{"sampling_rate": 8000}'),
        "preprocessor_config.json .* 8000 Hz",
    ),
    "whisper: bands": (
        whisper,
        add("preprocessor_config.json", '{"feature_size": 128}'),
        "preprocessor_config.json .* 128 bands",
    ),
    "whisper: features damaged": (whisper, add("preprocessor_config.json", "{"), "preprocessor_config.json .* damaged"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_file_is_refused_by_name_before_a_call_is_heard(tmp_path: Path, wrong: str) -> None:
    case, spoil, name = WRONG[wrong]
    with ExitStack() as stack:
        plan = case.plan(tmp_path, stack)
    assert plan.model
    spoil(plan.model)
    with pytest.raises(EngineUnusable, match=name):
        make_engine(plan)


def test_hot_words_lean_the_engine_towards_them(tmp_path: Path) -> None:
    model = build_toy_zipformer(tmp_path / "streaming-zipformer")
    (tmp_path / "words.txt").write_text("梯市\n", "utf-8")
    pcm = pcm_of(ROOT / "samples" / "no-heating" / "1.wav", 16000)
    counts = []
    for words in (None, tmp_path / "words.txt"):
        engine = make_engine(EnginePlan("sherpa", model, hot_words=words))
        counts.append(say(engine.open(None), pcm)[1].raw.count("梯 市"))
    assert counts[1] > counts[0]
    with pytest.raises(EngineUnusable, match=r"missing\.txt is missing"):
        make_engine(EnginePlan("sherpa", model, hot_words=tmp_path / "missing.txt"))


@pytest.mark.parametrize("name", ["sherpa-sense-voice", "sherpa-ctc", "whisper-toy"])
def test_several_utterances_come_out_in_their_order_as_each_would_alone(tmp_path: Path, name: str) -> None:
    with ExitStack() as stack:
        engine = make_engine(CASES[name].plan(tmp_path, stack))
    assert isinstance(engine, BatchEngine)
    several = [speech(engine, sample) for sample in TURNS[:2]]
    together = engine.transcribe([several[0], b"", several[1], several[0][:200]])
    assert together[1] == NOTHING_UNDERSTOOD
    assert [together[0], together[2]] == [engine.transcribe([pcm])[0] for pcm in several]
    assert len(together) == 4
    engine.close()


@pytest.mark.parametrize("name", ["sherpa-zipformer", "fallback"])
def test_callers_who_are_decoded_together_hear_what_each_would_alone(tmp_path: Path, name: str) -> None:
    with ExitStack() as stack:
        engine = make_engine(CASES[name].plan(tmp_path, stack))
    assert isinstance(engine, JoiningEngine)
    sounds = [speech(engine, sample)[:160_000] for sample in TURNS[:3]]
    sessions = [engine.open(None) for _ in sounds]
    news: list[list[str | None]] = [[] for _ in sounds]
    for at in range(0, 160_000, 6400):
        with engine.together():
            assert [session.feed(pcm[at : at + 6400]) for session, pcm in zip(sessions, sounds, strict=True)] == [None] * 3
        for session, texts in zip(sessions, news, strict=True):
            texts.append(session.feed(b""))
    assert all(any(texts) for texts in news)
    together = [session.finish() for session in sessions]
    assert together == [say(engine.open(None), pcm)[1] for pcm in sounds]
    engine.close()


def test_a_short_answer_is_heard_by_an_engine_that_counts_in_seconds(tmp_path: Path) -> None:
    with ExitStack() as stack:
        engine = make_engine(fire_red.plan(tmp_path, stack))
    pcm = speech(engine, "no-heating")
    assert say(engine.open(None), pcm[32_000:48_000])[1].raw
    engine.close()


def test_vosk_takes_its_rate_from_the_model(tmp_path: Path) -> None:
    assert make_engine(EnginePlan("vosk", build_toy_model(tmp_path / "vosk-model-8k", 8000))).capabilities.sample_rate == 8000


def test_a_script_is_taken_up_where_another_worker_left_it() -> None:
    session = make_engine(EnginePlan("scripted")).open(SCRIPT, first_turn=2)
    session.feed(bytes(32_000))
    assert session.finish().text == "对"
    session.feed(bytes(32_000))
    assert session.finish().text == ""
