"""sherpa-onnx, streaming: zipformer transducers (with hot words) and paraformers. Several callers are decoded together.

The model is shared by all callers of a worker; each utterance has a native stream of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from math import exp
from pathlib import Path
from typing import Any

import numpy as np

from asr.contract import NOTHING_UNDERSTOOD, Capabilities, EnginePlan, EngineUnusable, Script, SpeechError, Transcript
from asr.engines.sherpa_files import RATE, TOKENS, Kind, checked_kind, layout, library, part_of
from asr.engines.sherpa_words import transcript_of

LAYOUT = layout(streaming=True)

_TAIL = np.zeros(RATE * 2 // 3, np.float32)
"""Silence behind an utterance: the networks look ahead, and hold their last words back without it."""
_TOGETHER = 16
_HOT_WORD_SCORE = 2.0
_PATHS = 4


class SherpaEngine:
    name = "sherpa"

    def __init__(self, plan: EnginePlan) -> None:
        if plan.model is None:
            raise EngineUnusable("sherpa needs a model: flask models list")
        self._kind = checked_kind(plan.model, streaming=True)
        self.capabilities = Capabilities(
            streaming=True, sample_rate=RATE, word_times=self._kind.word_times, confidences=self._kind.confidences,
            hot_words=self._kind.name == "zipformer",
        )  # fmt: skip
        try:
            self._native = _load(self._kind, plan.model, plan)
        except (RuntimeError, ValueError) as error:
            files = ", ".join(file.name for part in self._kind.parts if (file := part_of(plan.model, part)))
            raise EngineUnusable(f"sherpa-onnx cannot read {files} in {plan.model}: one of them is damaged") from error
        self._joined: list[SherpaSession] | None = None

    def open(self, script: Script | None, first_turn: int = 0) -> "SherpaSession":  # noqa: ARG002
        return SherpaSession(self)

    def close(self) -> None:
        self._native = None

    @contextmanager
    def together(self) -> Iterator[None]:
        joined: list[SherpaSession] = []
        self._joined = joined
        try:
            yield
        finally:
            self._joined = None
            self._decode_all(joined)

    # Sessions call these.

    def stream(self) -> Any:
        return self._native.create_stream()

    def has_taken(self, session: "SherpaSession") -> bool:
        """More audio came: decoded at once, or with that of the others. Whether it was decoded."""
        if self._joined is None:
            session.decode()
            return True
        self._joined.append(session)
        return False

    def decode(self, streams: list[Any]) -> None:
        """As far as there is audio. Raises RuntimeError."""
        while ready := [stream for stream in streams if self._native.is_ready(stream)]:
            for at in range(0, len(ready), _TOGETHER):
                self._native.decode_streams(ready[at : at + _TOGETHER])

    def result(self, stream: Any) -> Any:
        return self._native.get_result_all(stream)

    def transcript(self, stream: Any, length_ms: int) -> Transcript:
        said = self.result(stream)
        chances = [exp(min(0.0, value)) for value in said.ys_probs] if self._kind.confidences else []
        return transcript_of(said.tokens, said.timestamps, chances, length_ms)

    def _decode_all(self, sessions: list["SherpaSession"]) -> None:
        try:
            self.decode([session.stream for session in sessions if session.stream is not None])
        except RuntimeError:
            for session in sessions:  # one of them is the cause, and the others must not suffer
                session.decode_alone()


class SherpaSession:
    def __init__(self, engine: SherpaEngine) -> None:
        self._engine = engine
        self.stream: Any = None
        self._fed = 0
        self._shown = ""
        self._failure: RuntimeError | None = None

    def feed(self, pcm: bytes) -> str | None:
        if pcm:
            if self.stream is None:
                self.stream = self._engine.stream()
            self._fed += len(pcm) // 2
            self.stream.accept_waveform(RATE, np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768))
            if not self._engine.has_taken(self):
                return None
        self._raise_failure()
        return self._news()

    def finish(self) -> Transcript:
        if self.stream is None:
            return NOTHING_UNDERSTOOD
        self._raise_failure()
        self.stream.accept_waveform(RATE, _TAIL)
        self.stream.input_finished()
        self.decode()
        transcript = self._engine.transcript(self.stream, self._fed * 1000 // RATE)
        self.close()
        return transcript

    def close(self) -> None:
        self.stream, self._fed, self._shown, self._failure = None, 0, "", None

    def decode(self) -> None:
        self.decode_alone()
        self._raise_failure()

    def decode_alone(self) -> None:
        try:
            if self.stream is not None:
                self._engine.decode([self.stream])
        except RuntimeError as error:
            self._failure = error

    def _raise_failure(self) -> None:
        if self._failure is not None:
            failure = self._failure
            self.close()
            raise SpeechError("sherpa-onnx could not decode a piece of audio") from failure

    def _news(self) -> str | None:
        if self.stream is None:
            return None
        text: str = self._engine.result(self.stream).text.strip()
        if text == self._shown:
            return None
        self._shown = text
        return text


def _load(kind: Kind, model: Path, plan: EnginePlan) -> Any:
    native = library().OnlineRecognizer
    files = {part: str(part_of(model, part)) for part in kind.parts} | {TOKENS.partition(".")[0]: str(model / TOKENS)}
    if kind.name != "zipformer":
        return native.from_paraformer(**files, num_threads=plan.threads, sample_rate=RATE)
    return native.from_transducer(**files, num_threads=plan.threads, sample_rate=RATE, **_bias(model, plan.hot_words))


def _bias(model: Path, hot_words: Path | None) -> dict[str, Any]:
    """Only with hot words is the search wide: it costs a multiple of the greedy one in the joiner."""
    if hot_words is None:
        return {"decoding_method": "greedy_search"}
    if not hot_words.is_file():
        raise EngineUnusable(f"the file of hot words {hot_words} is missing")
    vocabulary = model / "bpe.vocab"
    unit = {"modeling_unit": "cjkchar+bpe", "bpe_vocab": str(vocabulary)} if vocabulary.is_file() else {}
    return {
        "decoding_method": "modified_beam_search", "max_active_paths": _PATHS, "hotwords_file": str(hot_words),
        "hotwords_score": _HOT_WORD_SCORE, **unit,
    }  # fmt: skip
