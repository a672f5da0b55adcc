"""Pocketsphinx with the weak but real Mandarin telephone model of the integration tests. No product engine.

A native decoder (50 MB) is lent to a caller for the length of an utterance, so there are as many as callers who speak at once.
"""

from pathlib import Path
from typing import Any

from asr.contract import NOTHING_UNDERSTOOD, Capabilities, EnginePlan, EngineUnusable, Script, SpeechError, Transcript, Word
from asr.layout import Layout, absent

_RATE = 8000
_MS_PER_FRAME = 10
_FILES = (
    "acoustic/mdef",
    "acoustic/means",
    "acoustic/variances",
    "acoustic/transition_matrices",
    "acoustic/sendump",
    "acoustic/feat.params",
    "language.arpa",
    "words.dic",
)


def _claims(folder: Path) -> bool:
    return (folder / "acoustic").is_dir()


def _missing(folder: Path) -> tuple[str, ...]:
    return absent(folder, _FILES)


LAYOUT = Layout(_claims, _missing)


class PocketsphinxEngine:
    name = "pocketsphinx"
    capabilities = Capabilities(streaming=True, sample_rate=_RATE, word_times=True, confidences=True)

    def __init__(self, plan: EnginePlan) -> None:
        model = plan.model
        if model is None:
            raise EngineUnusable("pocketsphinx needs a model folder; it serves tests only")
        if lacking := _missing(model):
            raise EngineUnusable(f"the model {model} lacks {', '.join(lacking)}")
        try:
            import pocketsphinx  # noqa: PLC0415  # native: only in a decoder worker
        except (ImportError, OSError) as error:
            raise EngineUnusable(
                f"the library pocketsphinx cannot be loaded ({error}): install requirements-test.lock"
            ) from error
        self._library = pocketsphinx
        self._model = model
        self._idle: list[Any] = [self._load()]
        self._channel: str = self._idle[0].get_cmn(False)

    def open(self, script: Script | None, first_turn: int = 0) -> "PocketsphinxSession":  # noqa: ARG002
        return PocketsphinxSession(self)

    def close(self) -> None:
        self._idle.clear()

    def lend(self) -> Any:
        """A decoder that remembers no other caller's channel."""
        decoder = self._idle.pop() if self._idle else self._load()
        decoder.set_cmn(self._channel)
        return decoder

    def take_back(self, decoder: Any) -> None:
        self._idle.append(decoder)

    def _load(self) -> Any:
        try:
            return self._library.Decoder(
                hmm=str(self._model / "acoustic"), lm=str(self._model / "language.arpa"), dict=str(self._model / "words.dic"),
                samprate=_RATE, loglevel="FATAL", fwdflat=False, maxhmmpf=6000, maxwpf=20,
            )  # fmt: skip
        except (RuntimeError, ValueError) as error:
            raise EngineUnusable(f"pocketsphinx cannot read the model {self._model}: {error}") from error


class PocketsphinxSession:
    def __init__(self, engine: PocketsphinxEngine) -> None:
        self._engine = engine
        self._decoder: Any = None
        self._shown = ""

    def feed(self, pcm: bytes) -> str | None:
        if not pcm:
            return None
        if self._decoder is None:
            self._decoder = self._engine.lend()
            self._decoder.start_utt()
        try:
            self._decoder.process_raw(pcm)
        except RuntimeError as error:
            raise SpeechError("pocketsphinx could not decode a piece of audio") from error
        text = self._hypothesis()
        if text == self._shown:
            return None
        self._shown = text
        return text

    def finish(self) -> Transcript:
        if self._decoder is None:
            return NOTHING_UNDERSTOOD
        self._decoder.end_utt()
        text = self._hypothesis()
        words = tuple(_word(segment) for segment in self._decoder.seg() or () if not _is_filler(segment.word)) if text else ()
        self._give_back()
        return Transcript(text, text, words)

    def close(self) -> None:
        if self._decoder is not None:
            self._decoder.end_utt()
            self._give_back()

    def _hypothesis(self) -> str:
        found = self._decoder.hyp()
        return found.hypstr if found else ""

    def _give_back(self) -> None:
        self._engine.take_back(self._decoder)
        self._decoder, self._shown = None, ""


def _is_filler(word: str) -> bool:
    return word.startswith(("<", "[", "++"))


def _word(segment: Any) -> Word:
    """The native end frame is the last one inside; pronunciations are numbered 的(2); a probability may round above 1."""
    text = segment.word.split("(")[0]
    start_ms, end_ms = segment.start_frame * _MS_PER_FRAME, (segment.end_frame + 1) * _MS_PER_FRAME
    return Word(text, start_ms, end_ms, min(1.0, max(0.0, segment.prob)))
