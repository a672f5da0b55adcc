"""Recordings on disk, written by one thread: `var/recordings/YYYY/MM/DD/NAME.wav`, caller left, system right.

While a call lasts its file is `NAME.part`, whole up to the last half second whatever kills the process. When it is finished
it becomes `NAME.wav` beside an empty `NAME.new`, which goes once the recording is announced. `salvage` finishes and announces
what a dead process left.
"""

import errno
import fcntl
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from config.clock import CITY_ZONE
from media import wav
from media.tape import Block
from media.transports.contract import BYTES_PER_MS, MULAW_SILENCE

log = logging.getLogger(__name__)

TRACKS = "caller,system"
_QUEUE_BLOCKS = 8192
_GLANCE_S = 0.05
"""So often the writer looks for work. It is not woken for each block: every waking would take the interpreter from the loop
that holds the phone sockets."""
_LONGEST_HOLE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Recorded:
    """A finished recording; `path` is relative to the folder that the recorder was given."""

    call_id: str
    path: Path
    duration_ms: int


Announce = Callable[[Recorded], None]
"""Called in the writer's thread; `Recorder.announced` follows when the announcement is safe."""


@dataclass(slots=True)
class _Reel:
    """An open `.part`."""

    call_id: str
    path: Path
    file: BinaryIO
    end_ms: int = 0
    size: int = wav.HEADER_BYTES

    def take_back(self) -> None:
        """Of a block that did not fit nothing stays."""
        self.file.truncate(self.size)
        self.file.seek(self.size)

    def append(self, block: Block) -> None:
        hole_ms = min(max(0, block.at_ms - self.end_ms), _LONGEST_HOLE_MS)
        sound = MULAW_SILENCE * (hole_ms * BYTES_PER_MS * wav.CALLER_AND_SYSTEM) + block.mulaw
        left = memoryview(sound)
        while left:
            # An unbuffered file may take a part; the rest then brings the error.
            left = left[self.file.write(left) :]
        self.size += len(sound)
        self.end_ms = block.at_ms + len(block.mulaw) // (BYTES_PER_MS * wav.CALLER_AND_SYSTEM)


@dataclass(slots=True)
class Recorder:
    """`root` is the folder of all recordings; `make_room` is called once the disk is full and says whether it freed some."""

    root: Path
    announce: Announce
    make_room: Callable[[], bool]
    lost_blocks: int = 0
    """Blocks that could not be written, of all calls."""
    _jobs: deque[Callable[[], None]] = field(default_factory=deque)
    _is_ending: threading.Event = field(default_factory=threading.Event)
    _reels: dict[str, _Reel] = field(default_factory=dict)
    _thread: threading.Thread | None = None
    _complained: bool = False

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Write what is waiting, then end; gives up after `timeout_s`, and `salvage` does the rest at the next start."""
        self._is_ending.set()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def write(self, name: str, call_id: str, began_at: datetime, block: Block) -> None:
        """Never blocks: a block that finds the queue full is lost, and its time is silence."""
        self._put(lambda: self._write(name, call_id, began_at, block))

    def finish(self, name: str) -> None:
        """The recording `name` is whole; one without any audio never existed."""
        self._put(lambda: self._finish(name))

    def announced(self, recorded: Recorded, is_safe: bool) -> None:
        """Touches the disk: not for the event loop."""
        if is_safe:
            (self.root / recorded.path).with_suffix(".new").unlink(missing_ok=True)

    def _put(self, job: Callable[[], None]) -> None:
        if len(self._jobs) >= _QUEUE_BLOCKS:
            self.lost_blocks += 1
        else:
            self._jobs.append(job)

    def _run(self) -> None:
        while not self._is_ending.wait(_GLANCE_S):
            self._do_all()
        self._do_all()

    def _do_all(self) -> None:
        while self._jobs:
            try:
                self._jobs.popleft()()
                self._complained = False
            except Exception:
                self.lost_blocks += 1
                if not self._complained:
                    log.exception("a recording could not be written")
                self._complained = True

    def _write(self, name: str, call_id: str, began_at: datetime, block: Block) -> None:
        reel = self._reels.get(name)
        if reel is None:
            reel = self._reels[name] = self._open(name, call_id, began_at)
        try:
            reel.append(block)
        except OSError as error:
            reel.take_back()
            if error.errno != errno.ENOSPC or not self.make_room():
                raise
            log.warning("the disk is full; the reserve was released")
            reel.append(block)

    def _open(self, name: str, call_id: str, began_at: datetime) -> _Reel:
        folder = self.root / began_at.astimezone(CITY_ZONE).strftime("%Y/%m/%d")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{name}.part"
        file = open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "r+b", buffering=0)  # noqa: PTH123, SIM115 - open as long as the call
        # The lock keeps another process's salvage off; the kernel takes it away with us.
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.write(wav.header(wav.CALLER_AND_SYSTEM, 0))
        return _Reel(call_id, path, file)

    def _finish(self, name: str) -> None:
        reel = self._reels.pop(name, None)
        if reel is None:
            return
        with reel.file:
            duration_ms = _close_up(reel.file, reel.path)
        self.announce(Recorded(reel.call_id, reel.path.with_suffix(".wav").relative_to(self.root), duration_ms))


def salvage(root: Path) -> Iterator[Recorded]:
    """Finish what dead processes left under `root`, and tell of everything that was not announced.

    Files of living processes are left alone.
    """
    for path in sorted(root.rglob("*.part")):
        with path.open("r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _close_up(file, path)
            except BlockingIOError:
                continue
            except (wav.NoRecording, OSError) as error:
                log.warning("a cut recording could not be salvaged", extra={"file": path.name, "why": type(error).__name__})
    for marker in sorted(root.rglob("*.new")):
        path = marker.with_suffix(".wav")
        if path.exists():
            yield Recorded(call_id_of(path.stem), path.relative_to(root), _duration_ms(path))


def recording_name(call_id: str, stream: int) -> str:
    """Of the file: a call whose stream broke has a second one."""
    return call_id if stream < 2 else f"{call_id}-{stream}"


def call_id_of(name: str) -> str:
    return name.partition("-")[0]


def _close_up(file: BinaryIO, path: Path) -> int:
    duration_ms = wav.finish(file)
    os.fsync(file.fileno())
    path.with_suffix(".new").touch(mode=0o600)
    path.rename(path.with_suffix(".wav"))
    return duration_ms


def _duration_ms(path: Path) -> int:
    return max(0, path.stat().st_size - wav.HEADER_BYTES) * 1000 // (wav.RATE * wav.CALLER_AND_SYSTEM)
