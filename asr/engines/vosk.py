"""Vosk: Kaldi's streaming decoder with word times and confidences. The default product engine.

The model is shared by all callers of a worker; one native recogniser per caller. The library is loaded in the engine only.
"""

import re
from pathlib import Path
from typing import Any

import orjson

from asr.contract import NOTHING_UNDERSTOOD, Capabilities, EnginePlan, EngineUnusable, Script, SpeechError, Transcript, Word
from asr.layout import Layout, absent

_ALWAYS = ("am/final.mdl", "conf/model.conf")
_LOOKAHEAD_GRAPH = ("graph/HCLr.fst", "graph/Gr.fst")
_STATIC_GRAPH = ("graph/HCLG.fst", "graph/words.txt")
_IVECTOR = (
    "ivector/final.dubm",
    "ivector/final.mat",
    "ivector/global_cmvn.stats",
    "ivector/online_cmvn.conf",
    "ivector/splice.conf",
)
_DEFAULT_RATE = 16000
_RATES = (8000, 16000)


def _claims(folder: Path) -> bool:
    return folder.name.startswith("vosk-model") or (folder / "am" / "final.mdl").exists()


def _missing(folder: Path) -> tuple[str, ...]:
    features = () if absent(folder, ("conf/fbank.conf",)) == () else absent(folder, ("conf/mfcc.conf",))
    static = (folder / "graph" / "HCLG.fst").exists()
    graph = absent(folder, _STATIC_GRAPH if static else _LOOKAHEAD_GRAPH)
    adaptation = absent(folder, _IVECTOR) if (folder / "ivector" / "final.ie").exists() else ()
    return absent(folder, _ALWAYS) + features + graph + adaptation


LAYOUT = Layout(_claims, _missing)


class VoskEngine:
    name = "vosk"

    def __init__(self, plan: EnginePlan) -> None:
        model = plan.model
        if model is None:
            raise EngineUnusable("vosk needs a model: flask models pull vosk-model-small-cn-0.22")
        if lacking := _missing(model):
            raise EngineUnusable(f"the model {model} lacks {', '.join(lacking)}: pull or import it again")
        self.capabilities = Capabilities(streaming=True, sample_rate=_sample_rate(model), word_times=True, confidences=True)
        try:
            import vosk  # noqa: PLC0415  # native: only in a decoder worker
        except (ImportError, OSError) as error:
            raise EngineUnusable(f"the library vosk cannot be loaded ({error}): install requirements.lock again") from error
        vosk.SetLogLevel(-1)
        self._vosk = vosk
        try:
            self._model = vosk.Model(str(model))
        except Exception as error:  # the binding raises nothing more exact
            raise EngineUnusable(f"vosk cannot read the model {model}: one of its files is damaged, pull it again") from error

    def open(self, script: Script | None, first_turn: int = 0) -> "VoskSession":  # noqa: ARG002
        recogniser = self._vosk.KaldiRecognizer(self._model, float(self.capabilities.sample_rate))
        recogniser.SetWords(True)
        return VoskSession(recogniser, self.capabilities.sample_rate)

    def close(self) -> None:
        del self._model


class VoskSession:
    def __init__(self, recogniser: Any, sample_rate: int) -> None:
        self._recogniser: Any = recogniser
        self._rate = sample_rate
        self._fed = self._fed_before = 0
        """Samples of this utterance, and of all before: the native clock counts from the recogniser's first sample on."""
        self._pieces: list[Transcript] = []
        """What Kaldi's own end-of-speech rules have closed within this utterance."""
        self._shown = ""

    def feed(self, pcm: bytes) -> str | None:
        self._fed += len(pcm) // 2
        try:
            closed = self._recogniser.AcceptWaveform(pcm)
        except Exception as error:  # the binding raises nothing more exact
            raise SpeechError("vosk could not decode a piece of audio") from error
        if closed:
            self._keep(self._recogniser.Result())
        running = _tidy(orjson.loads(self._recogniser.PartialResult()).get("partial", ""))
        text = " ".join(filter(None, [*(piece.raw for piece in self._pieces), running]))
        if text == self._shown:
            return None
        self._shown = text
        return text

    def finish(self) -> Transcript:
        if not self._fed:
            return NOTHING_UNDERSTOOD
        self._keep(self._recogniser.FinalResult())
        raw = " ".join(piece.raw for piece in self._pieces)
        words = tuple(word for piece in self._pieces for word in piece.words)
        self._fed_before += self._fed
        self._fed, self._pieces, self._shown = 0, [], ""
        return Transcript(raw, raw, words)

    def close(self) -> None:
        self._recogniser = None

    def _keep(self, result: str) -> None:
        said = orjson.loads(result)
        raw = _tidy(said.get("text", ""))
        if raw:
            words = tuple(self._word(entry) for entry in said.get("result", ()) if not _is_filler(entry["word"]))
            self._pieces.append(Transcript(raw, raw, words))

    def _word(self, entry: dict[str, Any]) -> Word:
        return Word(entry["word"], self._ms(entry["start"]), self._ms(entry["end"]), min(1.0, max(0.0, entry["conf"])))

    def _ms(self, native_s: float) -> int:
        ms = round(native_s * 1000 - self._fed_before * 1000 / self._rate)
        return min(max(0, ms), self._fed * 1000 // self._rate)


def _is_filler(word: str) -> bool:
    return word.startswith(("[", "<"))


def _tidy(text: str) -> str:
    """Without what stands for noise and for unknown words."""
    return " ".join(word for word in text.split() if not _is_filler(word))


def _sample_rate(model: Path) -> int:
    """In Hz, as the model's feature configuration says; Kaldi's default is 16 kHz. Raises EngineUnusable."""
    for name in ("conf/mfcc.conf", "conf/fbank.conf"):
        file = model / name
        text = file.read_text("utf-8", "replace") if file.exists() else ""
        if found := re.search(r"^\s*--sample-frequency=(\d+)", text, re.MULTILINE):
            if int(found.group(1)) not in _RATES:
                raise EngineUnusable(f"{name} in {model} takes sound at {found.group(1)} Hz; speech models take 8 or 16 kHz")
            return int(found.group(1))
    return _DEFAULT_RATE
