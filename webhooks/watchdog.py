"""A media process that hangs holds its sockets open and its callers in silence: it is ended, so that they are served.

Asterisk waits without limit for a socket that was accepted and says nothing; a dead process lets go of all of them at once:
the exchange goes on with the recorder, and the supervisor starts a new process.
"""

import logging
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from webhooks.media_health import MediaHealth

log = logging.getLogger(__name__)

EVERY_S = 1.0
PATIENCE = 3
"""So many times in a row without an answer, each of which waits 1.5 s."""


@dataclass(slots=True)
class Watchdog:
    """`pid_file`: written by the media process of this machine once it takes calls. `command`: a word of its command line."""

    media: MediaHealth
    pid_file: Path
    command: str = "commands.roles"
    _missed: int = 0

    def run(self) -> None:
        """For a thread of its own; never returns."""
        while True:
            try:
                self.look()
            except Exception:
                log.exception("the watchdog of the media process broke")
            time.sleep(EVERY_S)

    def look(self) -> bool:
        """Whether a process was ended."""
        self._missed = 0 if self.media.ask().is_up else self._missed + 1
        if self._missed < PATIENCE:
            return False
        pid = self._pid()
        if pid is None:
            return False
        log.error("the media process does not answer and is ended", extra={"pid": pid})
        os.kill(pid, signal.SIGKILL)
        self.pid_file.unlink(missing_ok=True)
        self._missed = 0
        return True

    def _pid(self) -> int | None:
        """None where no such process runs (or another one has its number)."""
        try:
            pid = int(self.pid_file.read_text())
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        except (OSError, ValueError):
            return None
        return pid if self.command in words and "media" in words else None
