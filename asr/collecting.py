"""The session of an engine that hears whole utterances only: collects one, then has it transcribed."""

from asr.contract import NOTHING_UNDERSTOOD, BatchEngine, SpeechError, Transcript

_LONGEST_S = 120
"""An utterance is closed after 20 s (asr/endpointing.py); what is fed beyond this is a fault, not speech."""


class CollectingSession:
    def __init__(self, engine: BatchEngine) -> None:
        self._engine = engine
        self._longest = _LONGEST_S * engine.capabilities.sample_rate * 2
        self._pcm = bytearray()

    def feed(self, pcm: bytes) -> str | None:
        if len(self._pcm) + len(pcm) > self._longest:
            raise SpeechError(f"an utterance is longer than {_LONGEST_S} s")
        self._pcm += pcm
        return None

    def finish(self) -> Transcript:
        if not self._pcm:
            return NOTHING_UNDERSTOOD
        utterance, self._pcm = bytes(self._pcm), bytearray()
        (transcript,) = self._engine.transcribe([utterance])
        return transcript

    def close(self) -> None:
        self._pcm = bytearray()
