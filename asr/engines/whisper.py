"""Whisper by faster-whisper (CTranslate2), whole utterances, behind its own Silero voice activity. For recordings, re-runs.

Guarded against what it is known for: text for noise (voice activity, no-speech threshold), loops (bounds of length and
repetition), and traditional characters (a prompt in simplified ones).
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from asr.collecting import CollectingSession, Desk
from asr.contract import NOTHING_UNDERSTOOD, Capabilities, EnginePlan, EngineUnusable, Script, SpeechError, Transcript, Word
from asr.layout import Layout, absent

_RATE = 16000
_FILES = ("model.bin", "config.json", "tokenizer.json")
_FEATURES = "preprocessor_config.json"
_DEFAULT_BANDS = 80
_PROMPT = "以下是普通话的句子。"
_MOST_HOT_WORDS = 60
"""The prompt holds some 220 tokens; a place name is three or four."""
_TOKENS_AT_LEAST, _TOKENS_PER_S, _TOKENS_AT_MOST = 20, 16, 200
"""Nobody speaks more than 8 characters a second, and a character is at most two tokens or so."""
_MOST_REPETITION = 2.4
"""Of the text's length to that of its zip archive: beyond, Whisper's authors take it for a loop."""


def _claims(folder: Path) -> bool:
    return folder.name.startswith("faster-whisper") or (folder / "model.bin").is_file()


def _missing(folder: Path) -> tuple[str, ...]:
    has_words = absent(folder, ("vocabulary.json",)) == () or absent(folder, ("vocabulary.txt",)) == ()
    return absent(folder, _FILES) + (() if has_words else ("vocabulary.json",))


LAYOUT = Layout(_claims, _missing)


class WhisperEngine:
    name = "whisper"
    capabilities = Capabilities(streaming=False, sample_rate=_RATE, word_times=True, confidences=True, hot_words=True)

    def __init__(self, plan: EnginePlan) -> None:
        if plan.model is None:
            raise EngineUnusable("whisper needs a model: flask models list")
        if lacking := _missing(plan.model):
            raise EngineUnusable(f"the model {plan.model} lacks {', '.join(lacking)}: pull or import it again")
        bands = _bands(plan.model)
        self._native = _load(plan.model, plan.threads)
        if self._native.model.n_mels != bands:
            raise EngineUnusable(
                f"{_FEATURES} in {plan.model} speaks of {bands} bands, model.bin of {self._native.model.n_mels}: "
                "they do not belong together"
            )
        self._hot_words = _hot_words(plan.hot_words)
        self._desk = Desk(self)

    def open(self, script: Script | None, first_turn: int = 0) -> CollectingSession:  # noqa: ARG002
        return CollectingSession(self._desk)

    def close(self) -> None:
        self._desk.close()
        self._native = None

    def transcribe(self, utterances: Sequence[bytes]) -> list[Transcript]:
        try:
            return [self._transcribe_one(utterance) for utterance in utterances]
        except (RuntimeError, ValueError) as error:
            raise SpeechError("whisper could not transcribe an utterance") from error

    def _transcribe_one(self, utterance: bytes) -> Transcript:
        samples = np.frombuffer(utterance, "<i2").astype(np.float32) / np.float32(32768)
        if not samples.size:
            return NOTHING_UNDERSTOOD
        length_ms = samples.size * 1000 // _RATE
        segments, _ = self._native.transcribe(
            samples, language="zh", beam_size=5, temperature=0.0, condition_on_previous_text=False, without_timestamps=True,
            word_timestamps=True, vad_filter=True, initial_prompt=_PROMPT, hotwords=self._hot_words,
            max_new_tokens=min(_TOKENS_AT_MOST, _TOKENS_AT_LEAST + _TOKENS_PER_S * length_ms // 1000),
        )  # fmt: skip
        sound = [segment for segment in segments if segment.compression_ratio <= _MOST_REPETITION]
        raw = "".join(segment.text for segment in sound).strip()
        words = tuple(_word(word, length_ms) for segment in sound for word in segment.words or () if word.word.strip())
        return Transcript(raw, raw, words)


def _load(model: Path, threads: int) -> Any:
    try:
        from faster_whisper import WhisperModel  # noqa: PLC0415  # native: only in a decoder worker
    except (ImportError, OSError) as error:
        raise EngineUnusable(
            f"the library faster-whisper cannot be loaded ({error}): install requirements.lock again"
        ) from error
    logging.getLogger("faster_whisper").setLevel(logging.ERROR)  # it tells of every utterance
    try:
        return WhisperModel(str(model), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True)
    except Exception as error:  # the tokenizer's own error is a bare Exception
        raise EngineUnusable(f"faster-whisper cannot read {', '.join(_FILES)} in {model}: one of them is damaged") from error


def _bands(model: Path) -> int:
    """How many the features have. Raises EngineUnusable where the model takes sound at another rate."""
    file = model / _FEATURES
    if not file.exists():
        return _DEFAULT_BANDS
    try:
        features = orjson.loads(file.read_bytes())
        rate, bands = int(features.get("sampling_rate", _RATE)), int(features.get("feature_size", _DEFAULT_BANDS))
    except (orjson.JSONDecodeError, ValueError, AttributeError):
        raise EngineUnusable(f"{_FEATURES} in {model} is damaged: pull or import the model again") from None
    if rate != _RATE:
        raise EngineUnusable(f"{_FEATURES} in {model} takes sound at {rate} Hz; models here take {_RATE} Hz")
    return bands


def _hot_words(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        words = file.read_text("utf-8").split()
    except OSError:
        raise EngineUnusable(f"the file of hot words {file} is missing") from None
    return "，".join(words[:_MOST_HOT_WORDS]) or None


def _word(word: Any, length_ms: int) -> Word:
    start, end = (min(max(0, round(float(at) * 1000)), length_ms) for at in (word.start, word.end))
    return Word(word.word.strip(), start, max(start, end), min(1.0, max(0.0, float(word.probability))))
