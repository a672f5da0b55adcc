"""A whole system for benchmarks and tests: `flask serve` as a user starts it, on free ports, with a folder of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import requests

from config.errors import HotlineError
from config.settings import PREFIX, ROOT, Settings, load_settings
from webhooks.outgoing import open_session

Answer = TypeVar("Answer")
_STOP_S = 30


class TrialFailed(HotlineError):
    """The trial system did not do what was waited for."""

    code = "trial_failed"


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def trial_environment(var: Path, **settings: str) -> dict[str, str]:
    """This process's environment with the settings of a trial system instead of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    web, media, live = free_ports(3)
    given = {"VAR": str(var), "PORT": str(web), "MEDIA_PORT": str(media), "LIVE_PORT": str(live), "SAMPLES": "1", **settings}
    return {**kept, **{PREFIX + name: value for name, value in given.items()}}


def wait_for(what: str, ask: Callable[[], Answer | None], seconds: float = 60.0) -> Answer:
    """The first answer that is neither None nor false. Raises TrialFailed with `what` after `seconds`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.1)
    raise TrialFailed(f"not within {seconds:.0f} s: {what}")


@dataclass(frozen=True, slots=True)
class TrialSystem:
    var: Path
    environment: Mapping[str, str]
    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def settings(self) -> Settings:
        return load_settings(self.environment)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment[PREFIX + 'PORT']}"

    def flask(self, *arguments: str, timeout_s: float = 120) -> "subprocess.CompletedProcess[str]":
        """One `flask` command from a second shell."""
        command = [sys.executable, "-m", "flask", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=dict(self.environment), capture_output=True, text=True, timeout=timeout_s, check=False
        )

    def start_flask(self, *arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "flask", *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=ROOT, env=dict(self.environment), stdout=pipe, stderr=pipe, text=True)

    def make_token(self, role: str, *more: str) -> str:
        made = self.flask("token", "add", "--role", role, *more)
        if made.returncode != 0:
            raise TrialFailed(made.stderr)
        return made.stdout.strip().splitlines()[-1]

    def wait_until_up(self) -> None:
        for name in ("PORT", "MEDIA_PORT", "LIVE_PORT"):
            address = f"http://127.0.0.1:{self.environment[PREFIX + name]}/healthz"
            wait_for(f"an answer of {name}\n{self.log_tail()}", lambda address=address: _is_healthy(address))  # type: ignore[misc]

    def log_tail(self) -> str:
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-40:])

    def family(self) -> dict[int, list[str]]:
        """Process ids and command lines of the supervisor and all that came from it."""
        found = {self.process.pid: command_line(self.process.pid)}
        while True:
            children = [pid for pid in _process_ids() if pid not in found and parent(pid) in found]
            if not children:
                return found
            found.update((pid, command_line(pid)) for pid in children)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(_STOP_S)


@contextmanager
def trial_system(folder: Path, *options: str, **settings: str) -> Iterator[TrialSystem]:
    """Start it, wait until its parts answer, and stop it at the end. Raises TrialFailed."""
    environment, log = trial_environment(folder / "var", **settings), folder / "serve.log"
    command = [sys.executable, "-m", "flask", "serve", *(options or ("--no-sample-call",))]
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    system = TrialSystem(folder / "var", environment, process, log)
    try:
        system.wait_until_up()
        yield system
    finally:
        system.stop()


def _is_healthy(address: str) -> bool:
    try:
        return open_session(address).get(address, timeout=2).ok
    except requests.RequestException:
        return False


def _process_ids() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]


def command_line(pid: int) -> list[str]:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return []
    return [word for word in words if word]


def parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
