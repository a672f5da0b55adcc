"""What the caller is to hear, on its way to an exchange that plays by itself: some seconds ahead, never without bound."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from media.transports.contract import BYTES_PER_MS, MULAW_SILENCE

FRAME = 20 * BYTES_PER_MS
"""Bytes that the exchange takes at a time; a prompt's last frame is filled with silence."""
CHUNK = 4000 * BYTES_PER_MS
MOST_AHEAD = 12_000 * BYTES_PER_MS
"""The exchange throws away what goes beyond 20 s."""
PAUSE = MULAW_SILENCE * (2000 * BYTES_PER_MS)
"""Two of them lie at the exchange while nothing is said: without them it sends no packets, and some lines are hung up."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """A mark at the exchange, with the bytes of audio before it. `name`: whom it is for, empty for ourselves."""

    number: int
    size: int
    name: str
    is_pause: bool = False


@dataclass(slots=True)
class _Mark:
    name: str


class Ahead:
    """Each chunk is followed by a mark with a number of its own, which grows; when it comes back, the next chunk goes."""

    def __init__(
        self, send_audio: Callable[[bytes], None], send_mark: Callable[[int], None], send_flush: Callable[[], None]
    ) -> None:
        self._send_audio = send_audio
        self._send_mark = send_mark
        self._send_flush = send_flush
        self._coming: deque[bytearray | _Mark] = deque()
        self._sent: deque[_Sent] = deque()
        self._number = 0

    def begin(self) -> None:
        """Silence, until there is something to say."""
        self._go_on()

    def play(self, mulaw: bytes) -> None:
        self._end_pause()
        if self._coming and isinstance(self._coming[-1], bytearray):
            self._coming[-1] += mulaw
        else:
            self._coming.append(bytearray(mulaw))
        self._go_on()

    def mark(self, name: str) -> None:
        self._end_pause()
        if self._coming and isinstance(audio := self._coming[-1], bytearray):
            audio += MULAW_SILENCE * (-len(audio) % FRAME)
        self._coming.append(_Mark(name))
        self._go_on()

    def clear(self) -> None:
        """What is not played is gone; the marks in it are sent once more, and come back at once."""
        names = [sent.name for sent in self._sent if sent.name]
        names += [item.name for item in self._coming if isinstance(item, _Mark)]
        self._coming.clear()
        self._sent.clear()
        self._send_flush()
        for name in names:
            self._note(0, name)

    def reached(self, number: int) -> list[str]:
        """Names of the marks that are reached with this one. Numbers that are unknown, or came before, reach nothing."""
        names = []
        while self._sent and self._sent[0].number <= number:
            names.append(self._sent.popleft().name)
        self._go_on()
        return [name for name in names if name]

    def _go_on(self) -> None:
        while self._coming:
            item = self._coming[0]
            if isinstance(item, _Mark):
                self._coming.popleft()
                self._note(0, item.name)
            elif not self._send_some(item):
                return
        while len(self._sent) < 2 and all(sent.is_pause for sent in self._sent):
            self._send_audio(PAUSE)
            self._note(len(PAUSE), "", is_pause=True)

    def _end_pause(self) -> None:
        if self._sent and self._sent[0].is_pause:
            self._sent.clear()
            self._send_flush()

    def _send_some(self, audio: bytearray) -> bool:
        """Whether all of it went. What is shorter than a frame waits for what follows."""
        room = MOST_AHEAD - sum(sent.size for sent in self._sent)
        size = min(len(audio), CHUNK, room) // FRAME * FRAME
        if size <= 0:
            if not audio:
                self._coming.popleft()
            return not audio
        self._send_audio(bytes(audio[:size]))
        self._note(size, "")
        del audio[:size]
        return self._send_some(audio)

    def _note(self, size: int, name: str, *, is_pause: bool = False) -> None:
        self._number += 1
        self._sent.append(_Sent(self._number, size, name, is_pause))
        self._send_mark(self._number)
