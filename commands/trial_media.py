"""The media process alone, for benchmarks: the real role on a free port, with its data in a folder of its own."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from commands.trial_system import free_ports, parent
from config.settings import PREFIX, ROOT, ensure_secrets
from config.stream_token import StreamGrant, make_stream_token
from intake.calls import IncomingCall, open_call
from intake.office import Office, build_office
from models.session import upgrade

_START_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True)
class MediaProcess:
    office: Office
    pid: int

    def read(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.office.settings.media_port}{path}", timeout=5) as answer:
            return str(answer.read().decode())

    def figures(self) -> dict[str, float]:
        return {name: float(value) for name, value in re.findall(r"^hotline_media_(\w+) (\S+)$", self.read("/metrics"), re.M)}

    def cpu_s(self) -> float:
        user, system = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self, pid: int = 0) -> float:
        """Resident, of the media process or of one of its workers."""
        pages = int(Path(f"/proc/{pid or self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.office.settings.media_port}/media/twilio"

    def admit(self, call_sid: str, sample: str) -> str:
        """Call and case are there; the token with which its stream is let in."""
        opened = open_call(self.office, IncomingCall("twilio", call_sid, None, sample=sample))
        grant = StreamGrant(opened.call_id, opened.case_no, call_sid, sample)
        return make_stream_token(self.office.settings.secret_key.get_secret_value(), grant, self.office.clock.now())

    def workers(self) -> list[int]:
        """Process ids of the decoder workers."""
        return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if parent(int(folder.name)) == self.pid]


@contextmanager
def media_process(var: Path, **settings: object) -> Iterator[MediaProcess]:
    """The real role in a process of its own, on a free port, with its data in `var`."""
    environment = _environment(var, settings)
    office = build_office(ensure_secrets(environment))
    upgrade(office.database)
    process = subprocess.Popen([sys.executable, "-m", "commands.roles", "media"], env=environment, cwd=ROOT)
    media = MediaProcess(office, process.pid)
    try:
        _wait_until_up(media, process)
        yield media
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        office.database.close()


def _environment(var: Path, settings: Mapping[str, object]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    (port,) = free_ports(1)
    given = {"VAR": var, "MEDIA_PORT": port, "SAMPLES": 1, "ASR__ENGINE": "scripted", "DISK_RESERVE_MB": 0, **settings}
    return {**kept, **{PREFIX + name: str(value) for name, value in given.items()}, f"{PREFIX}LOG_LEVEL": "WARNING"}


def _wait_until_up(media: MediaProcess, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _START_LIMIT_S
    while process.poll() is None and time.monotonic() < until:
        try:
            media.read("/healthz")
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the media process did not come up")
