"""All roles on one machine, kept alive: `flask serve` turns into this small process.

A role that dies is started again, after 0.2 s at first and later each time; a role that ran for a minute starts afresh. When
this process ends, by whatever signal, its children end too (commands/lifeline.py).
"""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from commands.lifeline import VARIABLE
from commands.roles import ROLES
from config.logs import set_up_logging
from config.settings import ROOT

log = logging.getLogger("supervisor")

DELAYS_S = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)
_SETTLED_S = 60.0
_STOP_S = 12.0
MODEL_INSTALLED = 10
"""Exit status with which a visitor says that a speech model was installed: the media role is then started again."""


def delay_before_restart(deaths: int) -> float:
    """Seconds to wait after the `deaths`-th death in a row (from 1)."""
    return DELAYS_S[min(deaths, len(DELAYS_S)) - 1]


@dataclass(slots=True)
class Child:
    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    start_at: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """`visitors` run once each, one after the other, beside the roles (the welcome; the fetching of a model)."""

    roles: Sequence[str]
    visitors: list[Sequence[str]] = field(default_factory=list)
    stopping: bool = False

    def run(self) -> int:
        reading, writing = os.pipe()
        os.set_inheritable(reading, True)
        environment = {**os.environ, VARIABLE: str(reading)}
        children = [Child(role, [sys.executable, "-m", "commands.roles", role]) for role in self.roles]
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        visitor: subprocess.Popen[bytes] | None = None
        while not self.stopping:
            for child in children:
                self._look_after(child, environment, reading)
            visitor = self._receive(visitor, children, environment, reading)
            time.sleep(0.1)
        log.info("stopping all roles")
        running = [child.process for child in children if child.process] + ([visitor] if visitor else [])
        end_all(running)
        os.close(writing)
        return 0

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def _look_after(self, child: Child, environment: Mapping[str, str], pipe: int) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.start_at:
                child.process = _start(child.command, environment, pipe)
                child.started_at = now
            return
        status = child.process.poll()
        if status is None:
            return
        child.deaths = 1 if now - child.started_at > _SETTLED_S else child.deaths + 1
        wait_s = delay_before_restart(child.deaths)
        log.warning("a role ended and is started again", extra={"role": child.name, "status": status, "in_s": wait_s})
        child.process, child.start_at = None, now + wait_s

    def _receive(
        self,
        visitor: subprocess.Popen[bytes] | None,
        children: Sequence[Child],
        environment: Mapping[str, str],
        pipe: int,
    ) -> subprocess.Popen[bytes] | None:
        if visitor is not None:
            status = visitor.poll()
            if status is None:
                return visitor
            if status == MODEL_INSTALLED:
                _restart(children, "media")
        if not self.visitors:
            return None
        return _start(self.visitors.pop(0), environment, pipe)


def _restart(children: Sequence[Child], role: str) -> None:
    for child in children:
        if child.name == role and child.process:
            child.process.terminate()


def _start(command: Sequence[str], environment: Mapping[str, str], pipe: int) -> subprocess.Popen[bytes]:
    # A group of its own: Ctrl-C in the terminal reaches the supervisor alone, which then ends its children in order.
    return subprocess.Popen(command, env=environment, pass_fds=[pipe], cwd=ROOT, start_new_session=True)


def end_all(processes: Sequence["subprocess.Popen[bytes]"]) -> None:
    """Ask each process to end, wait up to 12 s in all, then kill what is left."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    until = time.monotonic() + _STOP_S
    for process in processes:
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main(arguments: Sequence[str]) -> int:
    set_up_logging("serve")
    welcome = [] if "--no-welcome" in arguments else [[sys.executable, "-m", "commands.welcome", *arguments]]
    fetch = [] if "--no-fetch" in arguments else [[sys.executable, "-m", "commands.first_model"]]
    return Supervisor(list(ROLES), [*welcome, *fetch]).run()


if __name__ == "__main__":
    os.chdir(Path(ROOT))
    sys.exit(main(sys.argv[1:]))
