"""One decoder process and the socket to it, seen from the pool."""

import asyncio
import logging
import mmap
import os
import signal
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from asr.contract import EnginePlan, EngineUnusable
from asr.wire import NOBODY, Frame, FrameReader, Kind, Ready, pack_plan, unpack_ready
from config.settings import PREFIX

log = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parent.parent
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_PAGE_KB = os.sysconf("SC_PAGESIZE") // 1024
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_ENDING_S = 5.0


class WorkerLink(asyncio.Protocol):
    """`on_frame` gets every frame that belongs to a stream. `ended` is set once the process has gone and its words are read."""

    def __init__(self, on_frame: Callable[[Frame], None]) -> None:
        self._on_frame = on_frame
        self._reader = FrameReader()
        self._transport: asyncio.Transport | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._notes = mmap.mmap(-1, mmap.PAGESIZE)
        self._ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        self.ended = asyncio.Event()
        self.first_memory_kb = 0

    @classmethod
    async def start(cls, engine: EnginePlan, on_frame: Callable[[Frame], None]) -> "WorkerLink":
        """A process on its way; wait for ready() before it is spoken to. Raises OSError when none can be started."""
        link = cls(on_frame)
        ours, theirs = socket.socketpair()
        notes = os.memfd_create("decoder-notes")
        try:
            os.ftruncate(notes, mmap.PAGESIZE)
            link._notes = mmap.mmap(notes, mmap.PAGESIZE)
            ours.setblocking(False)
            link._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "asr.worker", "--fd", str(theirs.fileno()), "--notes", str(notes)),
                pack_plan(engine),
                pass_fds=(theirs.fileno(), notes),
                cwd=_ROOT,
                env=_environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
            )
            await asyncio.get_running_loop().create_unix_connection(lambda: link, sock=ours)
        except BaseException:
            link.kill()
            ours.close()
            raise
        finally:
            theirs.close()
            os.close(notes)
        return link

    async def ready(self, limit_s: float) -> Ready:
        """Raises EngineUnusable when the engine cannot be loaded or does not come in time; the process is gone then."""
        try:
            ready = await asyncio.wait_for(asyncio.shield(self._ready), limit_s)
        except TimeoutError:
            await self.stop()
            raise EngineUnusable(f"the engine was not loaded after {limit_s:.0f} s") from None
        except EngineUnusable:
            await self.stop()
            raise
        self.first_memory_kb = self.memory_kb
        return ready

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    def memory_kb(self) -> int:
        """Resident memory; 0 when the process has gone."""
        try:
            return int(Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[1]) * _PAGE_KB
        except (OSError, IndexError):
            return 0

    @property
    def processor_s(self) -> float:
        """Processor time that the process has used; 0 when it has gone."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S

    @property
    def culprit(self) -> int:
        """Number of the stream that the process was, or is, working on; 0: none."""
        number: int = struct.unpack_from("<I", self._notes)[0]
        return number

    def send(self, frame: Frame) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.write(frame.packed())

    def kill(self) -> None:
        """At once, whatever it is doing; `ended` follows."""
        if self._process and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)

    async def stop(self) -> None:
        """Closes the socket, which ends a worker that is well; one that is not is killed."""
        if self._transport:
            self._transport.close()
        if self._process:
            try:
                await asyncio.wait_for(self._process.wait(), _ENDING_S)
            except TimeoutError:
                self.kill()
                await self._process.wait()
        await self.ended.wait()

    # asyncio calls these.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # of a stream socket it is always a Transport

    def data_received(self, data: bytes) -> None:
        try:
            for frame in self._reader.push(data):
                self._take(frame)
        except ValueError:
            log.exception("a decoder worker sent what is no frame")
            self.kill()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # the protocol's signature
        self.kill()
        if not self._ready.done():
            self._fail("its process ended before it was ready; its last words are in the log")
        self.ended.set()

    def _take(self, frame: Frame) -> None:
        if frame.stream != NOBODY:
            self._on_frame(frame)
        elif self._ready.done():
            log.error("a decoder worker spoke out of turn", extra={"kind": frame.kind.name})
        elif frame.kind is Kind.READY:
            self._ready.set_result(unpack_ready(frame.payload))
        else:
            self._fail(frame.payload.decode())

    def _fail(self, reason: str) -> None:
        self._ready.set_exception(EngineUnusable(reason))
        self._ready.exception()  # nobody may be waiting any more


def _environment() -> dict[str, str]:
    """A decoder needs none of the system's secrets."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)} | _ONE_THREAD
