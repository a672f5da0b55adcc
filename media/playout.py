"""What the caller hears, and when: prompts laid on the time of the call, cut off where they were stopped."""

from collections import deque
from dataclasses import dataclass, field

from media.transports.contract import BYTES_PER_MS


@dataclass(slots=True)
class Playout:
    """Audio waits here until its time has passed, so that what a `clear` threw away is never recorded as heard."""

    end_ms: int = 0
    """When what is queued will have been played."""
    _waiting: deque[tuple[int, bytes]] = field(default_factory=deque)

    def add(self, mulaw: bytes, now_ms: int) -> None:
        start_ms = max(self.end_ms, now_ms)
        self._waiting.append((start_ms, mulaw))
        self.end_ms = start_ms + len(mulaw) // BYTES_PER_MS

    def cut(self, now_ms: int) -> None:
        """Nothing is played from now on."""
        kept = [(at_ms, mulaw[: (now_ms - at_ms) * BYTES_PER_MS]) for at_ms, mulaw in self._waiting if at_ms < now_ms]
        self._waiting = deque(kept)
        self.end_ms = min(self.end_ms, now_ms)

    def take(self, until_ms: int) -> list[tuple[int, bytes]]:
        """What was played before `until_ms` and not taken yet: (begin in ms, mu-law), oldest first."""
        taken: list[tuple[int, bytes]] = []
        while self._waiting and self._waiting[0][0] < until_ms:
            at_ms, mulaw = self._waiting.popleft()
            size = (until_ms - at_ms) * BYTES_PER_MS
            taken.append((at_ms, mulaw[:size]))
            if size < len(mulaw):
                self._waiting.appendleft((until_ms, mulaw[size:]))
        return taken
