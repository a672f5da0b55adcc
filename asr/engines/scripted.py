"""Speaks the text of a sample call: the n-th utterance says the n-th text of the script, growing while audio comes in.

It hears nothing of what is said; only when somebody speaks. For samples and tests, never chosen by itself.
"""

from asr.contract import NOTHING_UNDERSTOOD, Capabilities, EnginePlan, Script, Transcript, Word

_RATE = 16000
_BYTES_PER_MS = _RATE * 2 // 1000
_MS_PER_CHARACTER = 200


class ScriptedEngine:
    name = "scripted"
    capabilities = Capabilities(streaming=True, sample_rate=_RATE, word_times=True, confidences=False)

    def __init__(self, plan: EnginePlan | None = None) -> None:  # every engine is made alike
        pass

    def open(self, script: Script | None, first_turn: int = 0) -> "ScriptedSession":
        return ScriptedSession(script or Script(()), first_turn)

    def close(self) -> None:
        pass


class ScriptedSession:
    def __init__(self, script: Script, first_turn: int) -> None:
        self._script = script
        self._turn = first_turn
        self._fed = 0
        self._shown = 0

    def feed(self, pcm: bytes) -> str | None:
        self._fed += len(pcm)
        text = self._text()
        length = min(len(text), self._fed // _BYTES_PER_MS // _MS_PER_CHARACTER)
        if length == self._shown:
            return None
        self._shown = length
        return text[:length]

    def finish(self) -> Transcript:
        text, fed_ms = self._text(), self._fed // _BYTES_PER_MS
        if not self._fed:
            return NOTHING_UNDERSTOOD
        self._turn += 1
        self._fed = self._shown = 0
        step = fed_ms / max(1, len(text))
        words = (Word(sign, round(at * step), round((at + 1) * step)) for at, sign in enumerate(text))
        return Transcript(text, text, tuple(words))

    def close(self) -> None:
        pass

    def _text(self) -> str:
        return self._script.turns[self._turn] if self._turn < len(self._script.turns) else ""
