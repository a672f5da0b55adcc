"""Sessions of an engine that hears whole utterances only, and the desk at which their utterances are transcribed.

The desk is a thread: whoever speaks meanwhile is heard on.
"""

import queue
import time
from threading import Thread

from asr.contract import NOTHING_UNDERSTOOD, BatchEngine, SpeechError, Transcript

_LONGEST_S = 120
"""An utterance is closed after 20 s (asr/endpointing.py); what is fed beyond this is a fault, not speech."""
_GLANCE_S = 0.002


class Task:
    """One utterance on its way."""

    def __init__(self, utterance: bytes) -> None:
        self.utterance = utterance
        self.outcome: Transcript | Exception | None = None


class Desk:
    """Transcribes one utterance after the other in a thread of its own, which ends with the engine."""

    def __init__(self, engine: BatchEngine) -> None:
        self.sample_rate = engine.capabilities.sample_rate
        self._engine = engine
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._thread: Thread | None = None

    def hand_in(self, utterance: bytes) -> Task:
        if self._thread is None:
            self._thread = Thread(target=self._work, name="transcribing", daemon=True)
            self._thread.start()
        task = Task(utterance)
        self._tasks.put(task)
        return task

    def close(self) -> None:
        """Returns when what was begun is done."""
        if self._thread:
            self._tasks.put(None)
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            try:
                (task.outcome,) = self._engine.transcribe([task.utterance])
            except Exception as error:  # a thread that ends would leave every later caller waiting
                task.outcome = error


class CollectingSession:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._longest = _LONGEST_S * desk.sample_rate * 2
        self._pcm = bytearray()
        self._task: Task | None = None

    def feed(self, pcm: bytes) -> str | None:
        if len(self._pcm) + len(pcm) > self._longest:
            raise SpeechError(f"an utterance is longer than {_LONGEST_S} s")
        self._pcm += pcm
        return None

    def finish(self) -> Transcript:
        self.end()
        while (transcript := self.answer()) is None:
            time.sleep(_GLANCE_S)
        return transcript

    def end(self) -> None:
        if self._pcm:
            self._task = self._desk.hand_in(bytes(self._pcm))
            self._pcm = bytearray()

    def answer(self) -> Transcript | None:
        if self._task is None:
            return NOTHING_UNDERSTOOD
        outcome = self._task.outcome
        if outcome is None:
            return None
        self._task = None
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def close(self) -> None:
        self._pcm, self._task = bytearray(), None
