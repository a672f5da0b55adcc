"""Whether the media process would take another call: asked over HTTP, and the answer kept for a second."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol

import requests

from config.settings import Settings
from webhooks.outgoing import open_session

KEEP_S = 1.0
ASK_LIMIT_S = 1.5
"""A process that needs longer than this to say how it is would not greet a caller in time either."""
_EVERYWHERE = {"0.0.0.0", "::", ""}


@dataclass(frozen=True, slots=True)
class MediaState:
    """`why` is a short code: empty, or why no call is taken (media_down, full, disk, ...)."""

    is_up: bool
    accepts: bool
    why: str = ""
    engine: str = ""
    calls: int = 0
    capacity: int = 0


DOWN = MediaState(is_up=False, accepts=False, why="media_down")


class MediaHealth(Protocol):
    def ask(self) -> MediaState: ...


def role_address(settings: Settings, port: int) -> str:
    """Where another role of this machine answers over HTTP."""
    host = "127.0.0.1" if settings.host in _EVERYWHERE else settings.host
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@dataclass(slots=True)
class HttpMediaHealth:
    """One question at a time: callers who come while it is asked wait for the same answer."""

    address: str
    elapsed_s: Callable[[], float] = time.monotonic
    _answer: MediaState = DOWN
    _asked_at: float = float("-inf")
    _lock: Lock = field(default_factory=Lock)

    def ask(self) -> MediaState:
        with self._lock:
            if self.elapsed_s() - self._asked_at > KEEP_S:
                self._answer = _read(f"{self.address}/healthz")
                self._asked_at = self.elapsed_s()
            return self._answer


def _read(address: str) -> MediaState:
    try:
        with open_session(address) as session:
            answer = session.get(address, timeout=ASK_LIMIT_S, allow_redirects=False)
            body = answer.json() if answer.ok else None
    except (requests.RequestException, ValueError):
        return DOWN
    if not isinstance(body, dict):
        return DOWN
    return MediaState(
        is_up=True,
        accepts=body.get("accepting") is True,
        why=str(body.get("why") or ""),
        engine=str(body.get("engine") or ""),
        calls=_count(body.get("calls")),
        capacity=_count(body.get("capacity")),
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
