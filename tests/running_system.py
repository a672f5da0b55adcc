"""The whole system as a user starts it: `flask serve` in a process of its own, on free ports, with its data in a temporary folder."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests

ROOT = Path(__file__).resolve().parents[1]
T = TypeVar("T")


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def clean_environment(var: Path, ports: list[int], **values: str) -> dict[str, str]:
    """This process's environment without its HOTLINE_* names, and with those of one system."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    web, media, live = ports
    given = {"VAR": str(var), "PORT": str(web), "MEDIA_PORT": str(media), "LIVE_PORT": str(live), "SAMPLES": "1", **values}
    return {**kept, "FLASK_APP": "app.py", **{f"HOTLINE_{name}": value for name, value in given.items()}}


def wait_for(what: str, ask: Callable[[], T | None], seconds: float = 60.0) -> T:
    """The first answer that is neither None nor false; fails with `what` after `seconds`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


@dataclass(slots=True)
class RunningSystem:
    var: Path
    environment: Mapping[str, str]
    process: "subprocess.Popen[bytes]"
    log: Path
    tokens: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['HOTLINE_PORT']}"

    def flask(self, *arguments: str, timeout: float = 120) -> "subprocess.CompletedProcess[str]":
        """One `flask` command from a second shell."""
        return subprocess.run(
            [sys.executable, "-m", "flask", *arguments],
            cwd=ROOT,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def start_flask(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "flask", *arguments],
            cwd=ROOT,
            env=dict(self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def token(self, role: str, *more: str) -> str:
        key = " ".join([role, *more])
        if key not in self.tokens:
            made = self.flask("token", "add", "--role", role, *more)
            assert made.returncode == 0, made.stderr
            self.tokens[key] = made.stdout.strip().splitlines()[-1]
        return self.tokens[key]

    def get(self, path: str, role: str = "operator", **query: str) -> Any:
        answer = requests.get(self.url + path, params=query, headers=self._headers(role), timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Mapping[str, Any], role: str = "operator", *more: str) -> requests.Response:
        return requests.post(self.url + path, json=body, headers=self._headers(role, *more), timeout=10)

    def _headers(self, role: str, *more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(role, *more)}"}

    def cases(self, **query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/api/v1/cases", **query)["cases"]
        return found

    def call_sample(self, name: str, *options: str) -> dict[str, Any]:
        """Place a sample call, see it end well, and return the newest case."""
        before = {case["case_no"] for case in self.cases()}
        called = self.flask("call", f"samples/{name}", *options)
        assert called.returncode == 0, called.stdout + called.stderr
        return self.new_case(before)

    def new_case(self, before: set[str]) -> dict[str, Any]:
        """The case that was not there before, once it has left `open`."""

        def settled() -> dict[str, Any] | None:
            return next((case for case in self.cases() if case["case_no"] not in before and case["state"] != "open"), None)

        return wait_for("a new case that has left `open`", settled)

    def pids(self, role: str) -> list[int]:
        """Process ids of the children that run this role."""
        return [pid for pid, words in command_lines() if "commands.roles" in words and words[-1] == role and parent(pid) == self.process.pid]

    def kill(self, role: str) -> None:
        for pid in self.pids(role):
            os.kill(pid, signal.SIGKILL)

    def wait_until_up(self) -> None:
        ports = [self.environment[f"HOTLINE_{name}"] for name in ("PORT", "MEDIA_PORT", "LIVE_PORT")]
        for port in ports:
            wait_for(f"an answer on port {port}; the log says:\n{self.log_tail()}", lambda port=port: is_healthy(port))  # type: ignore[misc]

    def log_tail(self) -> str:
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-40:])

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)


def is_healthy(port: str) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2).ok
    except requests.RequestException:
        return False


def command_lines() -> list[tuple[int, list[str]]]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
            except OSError:
                continue
            found.append((int(folder.name), [word for word in words if word]))
    return found


def parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


@contextmanager
def running_system(folder: Path, *options: str, **settings: str) -> Iterator[RunningSystem]:
    """Start `flask serve`, wait until its parts answer, and stop it at the end."""
    var, log = folder / "var", folder / "serve.log"
    environment = clean_environment(var, free_ports(3), **settings)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "serve", *(options or ("--no-sample-call",))],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    system = RunningSystem(var, environment, process, log, {})
    try:
        system.wait_until_up()
        yield system
    finally:
        system.stop()


def json_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]
