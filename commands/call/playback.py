"""What the caller hears, and until when: the carrier's queue of audio and marks on one stream. Times are ms of the stream."""

from collections import deque
from dataclasses import dataclass, field

from commands.call.sound import BYTES_PER_MS


@dataclass(frozen=True, slots=True)
class HeardPrompt:
    """Everything between two marks. `cut` when `clear` threw away what was left of it."""

    mark: str
    audio: bytes
    cut: bool

    @property
    def seconds(self) -> float:
        return len(self.audio) / BYTES_PER_MS / 1000


@dataclass(slots=True)
class Playback:
    end_ms: float = 0.0
    _marks: deque[tuple[float, str, bytes]] = field(default_factory=deque)
    """When it is reached, its name, and the audio before it."""
    _unmarked: bytearray = field(default_factory=bytearray)

    def add(self, mulaw: bytes, now_ms: float) -> None:
        self.end_ms = max(self.end_ms, now_ms) + len(mulaw) / BYTES_PER_MS
        self._unmarked += mulaw

    def add_mark(self, name: str, now_ms: float) -> bytes:
        """The audio between the mark before and this one."""
        audio = bytes(self._unmarked)
        self._marks.append((max(self.end_ms, now_ms), name, audio))
        self._unmarked.clear()
        return audio

    def reached(self, now_ms: float) -> list[HeardPrompt]:
        """Marks that are due now, in order."""
        due = []
        while self._marks and self._marks[0][0] <= now_ms:
            _, name, audio = self._marks.popleft()
            due.append(HeardPrompt(name, audio, cut=False))
        return due

    def clear(self, now_ms: float) -> list[HeardPrompt]:
        """Throw away what was not played yet; all marks come back at once."""
        gone = []
        for at_ms, name, audio in self._marks:
            unplayed = int(max(0.0, min(at_ms - now_ms, len(audio) / BYTES_PER_MS)) * BYTES_PER_MS)
            gone.append(HeardPrompt(name, audio[: len(audio) - unplayed], cut=True))
        self._marks.clear()
        self._unmarked.clear()
        self.end_ms = min(self.end_ms, now_ms)
        return gone

    def is_playing(self, now_ms: float) -> bool:
        return now_ms < self.end_ms

    def left_ms(self, now_ms: float) -> float:
        return max(0.0, self.end_ms - now_ms)
