"""What the resident hears of the system: read from the recording that the media process makes beside us, as it grows."""

from dataclasses import dataclass, field
from pathlib import Path

from commands.call.sound import BYTES_PER_MS, is_silent
from media.wav import HEADER_BYTES

PAUSE_MS = 700
"""So much silence of the system's ends what it says."""
_PIECE = 20 * BYTES_PER_MS


@dataclass
class Ear:
    """`folder` holds the recordings; `call` is the system's id of the call. Lags some 700 ms behind the line."""

    folder: Path
    call: str
    _file: Path | None = None
    _read: int = 0
    _waiting: bytes = b""
    _said: bytearray = field(default_factory=bytearray)
    _quiet_ms: int = 0

    def listen(self) -> bytes | None:
        """What the system has just finished saying (mu-law), None while it speaks or says nothing."""
        self._waiting += self._fresh()
        while len(self._waiting) >= _PIECE:
            piece, self._waiting = self._waiting[:_PIECE], self._waiting[_PIECE:]
            if not is_silent(piece):
                self._said += piece
                self._quiet_ms = 0
            elif self._said:
                self._said += piece
                self._quiet_ms += _PIECE // BYTES_PER_MS
                if self._quiet_ms >= PAUSE_MS:
                    said = bytes(self._said)
                    self._said.clear()
                    return said
        return None

    def _fresh(self) -> bytes:
        """The system's track since the last time; a call whose stream broke goes on in another file."""
        found = max(self.folder.glob(f"*/*/*/{self.call}*.part"), default=None)
        if found is None:
            return b""
        if found != self._file:
            self._file, self._read = found, 0
        with found.open("rb") as file:
            file.seek(HEADER_BYTES + self._read)
            both = file.read()
        both = both[: len(both) // 2 * 2]
        self._read += len(both)
        return both[1::2]
