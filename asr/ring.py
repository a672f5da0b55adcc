"""The audio of one call that may still be needed: everything since the last final, so that another worker can hear it again."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    sound: bytes
    at_ms: int
    length_ms: int

    @property
    def end_ms(self) -> int:
        return self.at_ms + self.length_ms


class AudioRing:
    """Lengths are those of the audio itself, so that a hole in the call's time counts for nothing.

    `limit_ms`: how much is kept; `ahead_ms`: how much the worker may have before it answers. Beyond the limit the oldest audio
    that no worker has seen is lost: a decoder that is too slow must not make the whole rest of the call late.
    """

    def __init__(self, limit_ms: int, ahead_ms: int) -> None:
        self._limit_ms = limit_ms
        self._ahead_ms = ahead_ms
        self._sent: deque[Piece] = deque()
        self._unsent: deque[Piece] = deque()
        self._kept_ms = self._unsent_ms = 0
        self._in_flight: deque[Piece] = deque()
        self._in_flight_ms = 0
        self.lost_ms = 0

    @property
    def lag_ms(self) -> int:
        """Audio that was fed and is not worked on yet."""
        return self._in_flight_ms + self._unsent_ms

    @property
    def is_drained(self) -> bool:
        return not self._unsent

    @property
    def awaits_answer(self) -> bool:
        return bool(self._in_flight)

    def push(self, piece: Piece) -> None:
        self._unsent.append(piece)
        self._kept_ms += piece.length_ms
        self._unsent_ms += piece.length_ms
        while self._kept_ms > self._limit_ms:
            self._drop_oldest()

    def take(self) -> Iterator[Piece]:
        """What may be sent now."""
        while self._unsent and self._in_flight_ms < self._ahead_ms:
            piece = self._unsent.popleft()
            self._unsent_ms -= piece.length_ms
            self._in_flight_ms += piece.length_ms
            self._sent.append(piece)
            self._in_flight.append(piece)
            yield piece

    def heard(self, until_ms: int) -> None:
        """The worker has worked on everything up to here."""
        while self._in_flight and self._in_flight[0].end_ms <= until_ms:
            self._in_flight_ms -= self._in_flight.popleft().length_ms

    def release(self, before_ms: int) -> None:
        """What ends before is never needed again."""
        while self._sent and self._sent[0].end_ms <= before_ms:
            self._kept_ms -= self._sent.popleft().length_ms

    def between(self, start_ms: int, end_ms: int) -> list[Piece]:
        """What the worker has of this stretch and is still kept."""
        return [piece for piece in self._sent if piece.end_ms > start_ms and piece.at_ms < end_ms]

    def rewind(self) -> None:
        """Another worker hears all of it again."""
        self._unsent.extendleft(reversed(self._sent))
        self._unsent_ms += sum(piece.length_ms for piece in self._sent)
        self._sent.clear()
        self._in_flight.clear()
        self._in_flight_ms = 0

    def forget(self) -> None:
        """Gives up what was sent: it has killed more than one worker."""
        self.lost_ms += sum(piece.length_ms for piece in self._sent)
        self._kept_ms -= sum(piece.length_ms for piece in self._sent)
        self._sent.clear()
        self._in_flight.clear()
        self._in_flight_ms = 0

    def _drop_oldest(self) -> None:
        if len(self._unsent) > 1:
            piece = self._unsent.popleft()
            self._unsent_ms -= piece.length_ms
            self.lost_ms += piece.length_ms
        elif self._sent:
            piece = self._sent.popleft()
        else:
            return
        self._kept_ms -= piece.length_ms
