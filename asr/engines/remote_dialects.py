"""What vosk-server and FunASR's 2-pass server say over their websockets. One object each utterance; no network here."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from asr.contract import Transcript, Word

_HOT_WORD_WEIGHT = 20
_TOKEN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]|[^\W_\u3400-\u4dbf\u4e00-\u9fff]+")
"""A Chinese character, or a run of letters or figures: what FunASR gives one time to."""


class WrongAnswer(ValueError):
    """The server said what its protocol does not know."""


class Dialect(Protocol):
    sent: int
    """Pieces of audio that were sent."""
    said_goodbye: bool
    goodbye: str
    quiet_s: float
    """So often it is looked whether the server's silence means something."""

    def take(self, message: str | bytes) -> None:
        """An answer. Raises WrongAnswer."""

    def transcript(self, length_ms: int) -> Transcript: ...

    @property
    def text(self) -> str:
        """So far."""

    @property
    def is_over(self) -> bool: ...

    @property
    def is_over_when_quiet(self) -> bool: ...

    @property
    def is_over_when_closed(self) -> bool: ...

    @property
    def owes_answer(self) -> bool: ...


class VoskDialect:
    """Each piece of audio is answered by one message, and so is the goodbye, after which the server closes."""

    goodbye = '{"eof" : 1}'  # the server compares the string, spaces included
    quiet_s = 0.5

    def __init__(self) -> None:
        self.sent = self._answered = 0
        self.said_goodbye = self._last_was_final = False
        self._raws: list[str] = []
        self._words: list[dict[str, Any]] = []
        self.text = ""

    def take(self, message: str | bytes) -> None:
        said = _object(message)
        self._answered += 1
        self._last_was_final = "text" in said
        if self._last_was_final:
            self._keep(_string(said["text"]), said.get("result", []))
            self.text = " ".join(self._raws)
        elif "partial" in said:
            self.text = " ".join(filter(None, [*self._raws, _tidy(_string(said["partial"]))]))
        else:
            raise WrongAnswer("neither partial nor text")

    def transcript(self, length_ms: int) -> Transcript:
        raw = " ".join(self._raws)
        return Transcript(raw, raw, tuple(_vosk_word(entry, length_ms) for entry in self._words))

    @property
    def is_over(self) -> bool:
        return self.said_goodbye and self._answered > self.sent

    @property
    def is_over_when_quiet(self) -> bool:
        return False

    @property
    def is_over_when_closed(self) -> bool:
        return self.said_goodbye and self._last_was_final

    @property
    def owes_answer(self) -> bool:
        return self._answered < self.sent + self.said_goodbye

    def _keep(self, text: str, entries: Any) -> None:
        if not isinstance(entries, list) or not all(isinstance(entry, dict) and "word" in entry for entry in entries):
            raise WrongAnswer("result is no list of words")
        if raw := _tidy(text):
            self._raws.append(raw)
            self._words += [entry for entry in entries if not _is_filler(str(entry["word"]))]


class FunasrDialect:
    """Words come at once (online), and each finished sentence again as a whole (offline), which replaces them.

    The server does not say which sentence is the last: it is, when nothing more comes for a while behind the goodbye.
    """

    goodbye = '{"is_speaking": false}'
    quiet_s = 0.2

    def __init__(self) -> None:
        self.sent = 0
        self.said_goodbye = False
        self._sentences: list[str] = []
        self._words: list[Word] = []
        self._online = ""
        self._offline_since_goodbye = self._is_final = False

    @property
    def text(self) -> str:
        return "".join(self._sentences) + self._online

    def take(self, message: str | bytes) -> None:
        said = _object(message)
        mode, text = said.get("mode"), _string(said.get("text", ""))
        if mode == "2pass-online":
            self._online += text
        elif mode == "2pass-offline":
            self._sentences.append(text)
            self._online = ""
            self._words += _timed_words(text, said.get("timestamp"))
            self._offline_since_goodbye = self.said_goodbye
            self._is_final = self.said_goodbye and said.get("is_final") is True
        else:
            raise WrongAnswer("an unknown mode")

    def transcript(self, length_ms: int) -> Transcript:
        raw = "".join(self._sentences)
        words = tuple(Word(w.text, min(w.start_ms, length_ms), min(w.end_ms, length_ms)) for w in self._words)
        return Transcript(raw, raw, words)

    @property
    def is_over(self) -> bool:
        return self._is_final

    @property
    def is_over_when_quiet(self) -> bool:
        return self._offline_since_goodbye and not self._online

    @property
    def is_over_when_closed(self) -> bool:
        return self.is_over_when_quiet

    @property
    def owes_answer(self) -> bool:
        return self.said_goodbye


@dataclass(frozen=True, slots=True)
class Kind:
    make: Callable[[], Dialect]
    greeting: Callable[[int, list[str]], str]
    """From the rate in Hz and the words to be expected."""
    subprotocol: str
    confidences: bool
    hot_words: bool


def _greet_vosk(rate: int, hot_words: list[str]) -> str:  # noqa: ARG001  # a phrase list would be all that it can hear
    return orjson.dumps({"config": {"sample_rate": rate, "words": 1, "max_alternatives": 0}}).decode()


def _greet_funasr(rate: int, hot_words: list[str]) -> str:
    weights = orjson.dumps(dict.fromkeys(hot_words, _HOT_WORD_WEIGHT)).decode() if hot_words else ""
    greeting = {
        "mode": "2pass", "chunk_size": [5, 10, 5], "chunk_interval": 10, "wav_name": "call", "wav_format": "pcm",
        "audio_fs": rate, "is_speaking": True, "hotwords": weights, "itn": False,
    }  # fmt: skip
    return orjson.dumps(greeting).decode()


DIALECTS = {
    "vosk": Kind(VoskDialect, _greet_vosk, "", confidences=True, hot_words=False),
    "funasr": Kind(FunasrDialect, _greet_funasr, "binary", confidences=False, hot_words=True),
}


def _object(message: str | bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(message)
    except orjson.JSONDecodeError:
        raise WrongAnswer("no JSON") from None
    if not isinstance(said, dict):
        raise WrongAnswer("no JSON object")
    return said


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise WrongAnswer("a text that is none")
    return value


def _vosk_word(entry: dict[str, Any], length_ms: int) -> Word:
    try:
        start, end = (min(max(0, round(float(entry[key]) * 1000)), length_ms) for key in ("start", "end"))
        chance = min(1.0, max(0.0, float(entry["conf"]))) if "conf" in entry else None
    except (KeyError, TypeError, ValueError):
        raise WrongAnswer("a word without times") from None
    return Word(str(entry["word"]), start, max(start, end), chance)


def _timed_words(text: str, timestamp: Any) -> list[Word]:
    """`timestamp`: "[[start, end], ...]" in ms, one pair a token; where the counts differ, the sentence has no words."""
    tokens = _TOKEN.findall(text)
    try:
        pairs = orjson.loads(timestamp) if isinstance(timestamp, str) and timestamp else []
        times = [(max(0, round(start)), max(0, round(end))) for start, end in pairs]
    except (orjson.JSONDecodeError, TypeError, ValueError):
        raise WrongAnswer("a timestamp that is none") from None
    if len(times) != len(tokens):
        return []
    return [Word(token, start, max(start, end)) for token, (start, end) in zip(tokens, times, strict=True)]


def _is_filler(word: str) -> bool:
    return word.startswith(("[", "<"))


def _tidy(text: str) -> str:
    return " ".join(word for word in text.split() if not _is_filler(word))
