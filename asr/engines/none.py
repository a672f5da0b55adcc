"""No recognition: voice activity only. Every utterance ends with an empty text, so the caller's audio is all there is."""

from asr.contract import NOTHING_UNDERSTOOD, Capabilities, EnginePlan, Script, Transcript


class SilentEngine:
    name = "none"
    capabilities = Capabilities(streaming=True, sample_rate=16000, word_times=False, confidences=False, recognises=False)

    def __init__(self, plan: EnginePlan | None = None) -> None:  # every engine is made alike
        pass

    def open(self, script: Script | None, first_turn: int = 0) -> "SilentSession":  # noqa: ARG002
        return SilentSession()

    def close(self) -> None:
        pass


class SilentSession:
    def feed(self, pcm: bytes) -> str | None:  # noqa: ARG002
        return None

    def finish(self) -> Transcript:
        return NOTHING_UNDERSTOOD

    def close(self) -> None:
        pass
