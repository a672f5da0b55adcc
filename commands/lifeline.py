"""Children end when the supervisor ends, whichever way it ends: they read a pipe whose other end only it holds."""

import os
import signal
import threading
from collections.abc import Callable

VARIABLE = "INTAKE_LIFELINE"
"""Environment variable that carries the number of the pipe's reading end. Not a setting: the supervisor sets it."""

_GRACE_S = 10.0


def hold_lifeline() -> None:
    """In a child: end this process gracefully, then hard, once the supervisor is gone. Without a lifeline do nothing."""
    number = os.environ.pop(VARIABLE, "")
    if number:
        threading.Thread(target=_watch, args=(int(number), _end), daemon=True, name="lifeline").start()


def _watch(descriptor: int, end: Callable[[], None]) -> None:
    while os.read(descriptor, 1):
        pass
    end()


def _end() -> None:
    timer = threading.Timer(_GRACE_S, os._exit, args=(70,))
    timer.daemon = True
    timer.start()
    os.kill(os.getpid(), signal.SIGTERM)
