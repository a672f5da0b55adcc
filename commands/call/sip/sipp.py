"""One telephone call by sipp: a process of its own that speaks SIP and RTP, told from here what to do next."""

import asyncio
import os
import shutil
import socket
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from asr.g711 import MULAW_SILENCE
from commands.call.sip.packets import Law, Track
from commands.call.sip.scenario import HANG_UP, subject, write_scenario
from config.errors import HotlineError

LONGEST_S = 600
"""Then the line falls silent."""


class SippMissing(HotlineError):
    """sipp is not installed: apt install sip-tester (as root), or make parts."""

    code = "sipp_missing"

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


class SippMute(HotlineError):
    """sipp may not send sound as this user: sudo setcap cap_net_raw+ep /usr/bin/sipp, or make parts (as root)."""

    code = "sipp_mute"

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


def find_sipp() -> str:
    """The program. Raises SippMissing; SippMute, because it sends recordings past the kernel's own UDP."""
    program = shutil.which("sipp")
    if program is None:
        raise SippMissing
    if os.geteuid() != 0 and not _has_capabilities(program):
        raise SippMute
    return program


def _has_capabilities(program: str) -> bool:
    try:
        return bool(os.getxattr(Path(program).resolve(), "security.capability"))
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class Clip:
    """What is sent when it is asked for: speech (mu-law), or keys."""

    mulaw: bytes = b""
    keys: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """From where to where the call goes."""

    host: str
    port: int
    dialled: str = "12345"
    local: str = "127.0.0.1"
    local_port: int = 0
    """0: a free one."""


@dataclass
class SippCall:
    """`async with` places the call and ends it at the latest; `over` is done when the line is."""

    route: Route
    number: str
    law: Law
    clips: Sequence[Clip]
    headers: dict[str, str] = field(default_factory=dict)
    longest_s: float = LONGEST_S
    sends: bool = True
    """False: a line that is one-way; nothing is sent but what is asked for."""
    over: "asyncio.Future[int]" = field(init=False)

    async def __aenter__(self) -> "SippCall":
        program = find_sipp()
        self._folder = tempfile.TemporaryDirectory(prefix="call-sip-")
        self._port = self.route.local_port or _free_port(self.route.local)
        self.call_id = f"resident-{self._port}-{id(self):x}"
        folder = Path(self._folder.name)
        await asyncio.to_thread(self._write, folder)
        self._process = await asyncio.create_subprocess_exec(
            program,
            f"{self.route.host}:{self.route.port}",
            *("-sf", "call.xml", "-s", self.route.dialled, "-m", "1", "-nostdin", "-cid_str", self.call_id),
            *("-i", self.route.local, "-p", str(self._port), "-mi", self.route.local),
            *("-mp", str(_free_port(self.route.local)), "-timeout", f"{self.longest_s:.0f}s"),
            *("-trace_err", "-error_file", "errors.log"),
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self.over = asyncio.ensure_future(self._process.wait())
        return self

    async def __aexit__(self, *_error: object) -> None:
        if not self.over.done():
            self.hang_up()
            await asyncio.wait({self.over}, timeout=5)
        if not self.over.done():
            self._process.kill()
        await self.over
        await asyncio.to_thread(self._folder.cleanup)

    def play(self, clip: int) -> None:
        """Send the clip of this position now; what was being sent ends."""
        self._tell(subject(clip))

    def hang_up(self) -> None:
        self._tell(HANG_UP)

    def errors(self) -> str:
        path = Path(self._folder.name) / "errors.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def _write(self, folder: Path) -> None:
        quiet = MULAW_SILENCE * (int(self.longest_s) * 8000)
        names = []
        for position, clip in enumerate(self.clips):
            track = Track(self.law, position + 1)
            track.speak(clip.mulaw)
            for key in clip.keys:
                track.speak(MULAW_SILENCE * 320)
                track.press(key)
                track.speak(MULAW_SILENCE * 1600)
            track.speak(quiet)
            names.append(f"clip-{position}.pcap")
            (folder / names[-1]).write_bytes(track.capture())
        listening = Track(self.law)
        listening.speak(quiet if self.sends else MULAW_SILENCE)
        (folder / "listen.pcap").write_bytes(listening.capture())
        scenario = write_scenario(self.number, self.law, "listen.pcap", names, self.headers)
        (folder / "call.xml").write_text(scenario, "utf-8")

    def _tell(self, asked: str) -> None:
        message = (
            f"INFO sip:resident@{self.route.local}:{self._port} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.route.local}:9;branch=z9hG4bK{asked}{id(asked):x}\r\n"
            f"From: <sip:beside@{self.route.local}>;tag=beside\r\nTo: <sip:resident@{self.route.local}>;tag=resident\r\n"
            f"Call-ID: {self.call_id}\r\nCSeq: 1 INFO\r\nSubject: {asked}\r\nContent-Length: 0\r\n\r\n"
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.sendto(message.encode(), (self.route.local, self._port))


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
