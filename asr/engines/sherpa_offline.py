"""sherpa-onnx, whole utterances: SenseVoice, Paraformer, zipformer with CTC, FireRed. For recordings and the second pass."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asr.collecting import CollectingSession, Desk
from asr.contract import NOTHING_UNDERSTOOD, Capabilities, EnginePlan, EngineUnusable, Script, SpeechError, Transcript
from asr.engines.sherpa_files import RATE, TOKENS, checked_kind, layout, library, part_of
from asr.engines.sherpa_words import transcript_of

LAYOUT = layout(streaming=False)

_SHORTEST = RATE // 2
"""Samples; a shorter utterance is followed by silence: with too few frames the library reads beyond them."""


class SherpaOfflineEngine:
    name = "sherpa-offline"

    def __init__(self, plan: EnginePlan) -> None:
        if plan.model is None:
            raise EngineUnusable("sherpa-offline needs a model: flask models list")
        kind = checked_kind(plan.model, streaming=False)
        self.capabilities = Capabilities(
            streaming=False, sample_rate=RATE, word_times=kind.word_times, confidences=kind.confidences
        )
        # FireRed's decoder counts whole seconds, six characters each: short answers need a second of silence to be heard.
        self._tail = RATE if kind.name == "fire-red" else 0
        files = {part: str(part_of(plan.model, part)) for part in kind.parts}
        make = _MAKERS[kind.name]
        try:
            self._native: Any = make(library().OfflineRecognizer, files, str(plan.model / TOKENS), plan.threads)
        except (RuntimeError, ValueError) as error:
            names = ", ".join(Path(file).name for file in files.values())
            raise EngineUnusable(f"sherpa-onnx cannot read {names} in {plan.model}: one of them is damaged") from error
        self._desk = Desk(self)

    def open(self, script: Script | None, first_turn: int = 0) -> CollectingSession:  # noqa: ARG002
        return CollectingSession(self._desk)

    def close(self) -> None:
        self._desk.close()
        self._native = None

    def transcribe(self, utterances: Sequence[bytes]) -> list[Transcript]:
        """One after the other: some published models take no batch, and on a processor one would only pad the short ones."""
        try:
            return [self._transcribe_one(utterance) for utterance in utterances]
        except RuntimeError as error:
            raise SpeechError("sherpa-onnx could not transcribe an utterance") from error

    def _transcribe_one(self, utterance: bytes) -> Transcript:
        if not utterance:
            return NOTHING_UNDERSTOOD
        stream = self._native.create_stream()
        samples = np.frombuffer(utterance, "<i2").astype(np.float32) / np.float32(32768)
        stream.accept_waveform(RATE, _padded(samples, self._tail))
        self._native.decode_stream(stream)
        return transcript_of(stream.result.tokens, stream.result.timestamps, (), len(utterance) // 2 * 1000 // RATE)


def _padded(samples: NDArray[np.float32], tail: int) -> NDArray[np.float32]:
    return np.pad(samples, (0, max(tail, _SHORTEST - samples.size)))


_Files = dict[str, str]


def _sense_voice(native: Any, files: _Files, tokens: str, threads: int) -> Any:
    return native.from_sense_voice(**files, tokens=tokens, num_threads=threads, language="zh", use_itn=False)


def _paraformer(native: Any, files: _Files, tokens: str, threads: int) -> Any:
    return native.from_paraformer(paraformer=files["model"], tokens=tokens, num_threads=threads)


def _zipformer_ctc(native: Any, files: _Files, tokens: str, threads: int) -> Any:
    return native.from_zipformer_ctc(**files, tokens=tokens, num_threads=threads)


def _fire_red(native: Any, files: _Files, tokens: str, threads: int) -> Any:
    return native.from_fire_red_asr(**files, tokens=tokens, num_threads=threads)


_MAKERS: dict[str, Callable[[Any, _Files, str, int], Any]] = {
    "sense-voice": _sense_voice,
    "paraformer": _paraformer,
    "zipformer-ctc": _zipformer_ctc,
    "fire-red": _fire_red,
}
