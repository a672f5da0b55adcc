"""The `web` role: Flask under gunicorn. Its threads answer and are free again; nothing here holds a connection open."""

from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from config.loading import load
from config.settings import Settings

_MEMORY = "/dev/shm"  # noqa: S108 - the heartbeat of a worker must not stop with a full disk


class WebServer(BaseApplication):  # type: ignore[misc]
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in _options(self._settings).items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        # In the worker, after the fork: no database connection is shared.
        return load("app:create_app")(self._settings)


def _options(settings: Settings) -> dict[str, object]:
    return {
        "bind": f"{settings.host}:{settings.port}",
        "worker_class": "gthread",
        "workers": settings.web_workers,
        "threads": settings.web_threads,
        "timeout": 30,
        "graceful_timeout": 8,
        "keepalive": 5,
        "max_requests": 50_000,
        "max_requests_jitter": 5_000,
        "limit_request_line": 4094,
        "limit_request_field_size": 8190,
        "worker_tmp_dir": _MEMORY if Path(_MEMORY).is_dir() else None,
        "loglevel": "warning",
        "proc_name": "hotline-web",
        "control_socket_disable": True,
    }


def run(settings: Settings) -> None:
    WebServer(settings).run()
