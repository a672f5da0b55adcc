"""One Asterisk beside the system: started as a service of its own, spoken to over its socket, stopped."""

import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from commands.open_files import allow_many_open_files
from commands.pbx.configuration import write_configuration
from commands.pbx.prefix import Prefix, find_prefix
from config.errors import HotlineError
from config.exchange import PBX
from config.settings import Settings

_LONGEST_SOCKET = 100
"""Characters of a unix socket's path."""
_START_S = 30.0
_STOP_S = 10.0


class PbxFailed(HotlineError):
    """Asterisk did not do what was asked; the text says what, and where its log is."""

    code = "pbx_failed"


@dataclass(frozen=True, slots=True)
class Asterisk:
    settings: Settings
    prefix: Prefix

    @property
    def folder(self) -> Path:
        return self.settings.var / PBX

    @property
    def run_folder(self) -> Path:
        """In `var`, unless its path is too long for a socket."""
        near = self.folder / "run"
        if len(str(near / "asterisk.ctl")) <= _LONGEST_SOCKET:
            return near
        return Path(tempfile.gettempdir()) / f"hotline-pbx-{os.getuid()}-{self.settings.sip.port}"

    @property
    def configuration(self) -> Path:
        return self.folder / "etc" / "asterisk.conf"

    def start(self) -> None:
        """Returns when it answers; one that runs already is left alone. Raises PbxFailed, ConfigurationUnusable."""
        if self.is_up():
            return
        self.run_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_configuration(self.settings, self.prefix, self.run_folder)
        allow_many_open_files()
        with (self.folder / "log" / "start.log").open("ab") as log:
            process = subprocess.Popen(
                self.prefix.command(["-C", str(self.configuration), "-f", "-n", "-g"]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )
        self._pid_file.write_text(f"{process.pid}\n")
        until = time.monotonic() + _START_S
        while not self.is_up():
            if process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise PbxFailed(f"Asterisk does not start; see {self.folder / 'log'}.")
            time.sleep(0.1)

    def is_up(self) -> bool:
        return self.pid() is not None and "fully booted" in self.ask("core waitfullybooted")

    def ask(self, command: str) -> str:
        """What Asterisk's console answers; empty when there is none."""
        if not (self.run_folder / "asterisk.ctl").exists():
            return ""
        asking = self.prefix.command(["-C", str(self.configuration), "-rx", command])
        try:
            done = subprocess.run(asking, capture_output=True, text=True, timeout=_STOP_S / 2, check=False)
        except subprocess.TimeoutExpired:
            return ""
        return done.stdout if done.returncode == 0 else ""

    def pid(self) -> int | None:
        """Of the process that we started, while it runs."""
        try:
            pid = int(self._pid_file.read_text())
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if str(self.configuration).encode() in words else None

    def stop(self) -> bool:
        """Callers are hung up on. Whether one was running."""
        pid = self.pid()
        if pid is None:
            return False
        self.ask("core stop now")
        for number in (signal.SIGTERM, signal.SIGKILL):
            until = time.monotonic() + _STOP_S / 2
            while self.pid() is not None and time.monotonic() < until:
                _reap(pid)
                time.sleep(0.05)
            if self.pid() is None:
                break
            os.kill(pid, number)
        self._pid_file.unlink(missing_ok=True)
        return True

    @property
    def _pid_file(self) -> Path:
        return self.run_folder / "pid"


def _reap(pid: int) -> None:
    """A child of this very process would stay as a zombie."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def asterisk_of(settings: Settings) -> Asterisk:
    """Raises NoAsterisk."""
    return Asterisk(settings, find_prefix(settings))
