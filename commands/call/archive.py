"""What the simulated carrier keeps, in `var/carrier`: recordings, and which process holds which call. No callers' numbers."""

import io
import json
import time
import wave
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from asr.g711 import mulaw_to_pcm
from commands.call.sound import RATE

KEPT_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class KeptRecording:
    sid: str
    call: str
    made_at: float
    """Unix time."""
    duration_s: int

    @property
    def made(self) -> datetime:
        return datetime.fromtimestamp(self.made_at, UTC)


class Archive:
    """Shared by all simulated calls of a machine, because each of them is a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)

    def keep(self, call: str, mulaw: bytes) -> KeptRecording:
        kept = KeptRecording("RE" + uuid4().hex, call, time.time(), max(1, round(len(mulaw) / RATE)))
        (self._folder / f"{kept.sid}.wav").write_bytes(_wav(mulaw))
        draft = self._folder / f"{kept.sid}.tmp"
        draft.write_text(json.dumps(asdict(kept)), "utf-8")
        draft.replace(self._folder / f"{kept.sid}.json")
        return kept

    def recordings(self) -> Iterator[KeptRecording]:
        for path in self._folder.glob("RE*.json"):
            yield KeptRecording(**json.loads(path.read_text("utf-8")))

    def audio(self, sid: str) -> bytes | None:
        path = self._folder / f"{sid}.wav"
        return path.read_bytes() if _is_name(sid) and path.is_file() else None

    def note_collected(self, sid: str) -> None:
        (self._folder / f"{sid}.collected").touch()

    def is_collected(self, sid: str) -> bool:
        return (self._folder / f"{sid}.collected").exists()

    def note_call(self, call: str, port: int) -> None:
        (self._folder / f"{call}.port").write_text(str(port), "utf-8")

    def forget_call(self, call: str) -> None:
        (self._folder / f"{call}.port").unlink(missing_ok=True)

    def port_of(self, call: str) -> int | None:
        """Port of the process that holds the call."""
        path = self._folder / f"{call}.port"
        return int(path.read_text("utf-8") or 0) or None if _is_name(call) and path.is_file() else None

    def forget_old(self) -> None:
        for path in self._folder.iterdir():
            if path.is_file() and path.stat().st_mtime < time.time() - KEPT_S:
                path.unlink(missing_ok=True)


def _is_name(sid: str) -> bool:
    return sid.isascii() and sid.isalnum()


def _wav(mulaw: bytes) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(mulaw_to_pcm(mulaw))
    return target.getvalue()
