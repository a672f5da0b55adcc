import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from wsgiref.types import WSGIApplication

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from models.session import Database, upgrade
from tests.integration.telephony.exchange_office import HUMAN, Switch, make_settings
from webhooks.sounds import wav


@pytest.fixture(scope="session")
def empty_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without a row."""
    path = tmp_path_factory.mktemp("tables") / "hotline.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.close()
    return path


@pytest.fixture
def switch(tmp_path: Path, empty_tables: Path) -> Iterator[Switch]:
    """No human number is set: callers who want a human leave a message."""
    made = Switch(make_settings(tmp_path), empty_tables)
    yield made
    made.office.database.close()


@pytest.fixture
def staffed(tmp_path: Path, empty_tables: Path) -> Iterator[Switch]:
    """A human can be rung."""
    made = Switch(make_settings(tmp_path, human_number=HUMAN), empty_tables)
    yield made
    made.office.database.close()


@pytest.fixture
def wav_file() -> bytes:
    """Two seconds of a tone."""
    return wav(b"\x00\x10\x00\xf0" * 8000)


@pytest.fixture
def serve_wsgi() -> Iterator[Callable[[WSGIApplication], str]]:
    """Serves a WSGI application on a free port of loopback; its address."""
    servers = []

    def serve(application: WSGIApplication) -> str:
        server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_args: object) -> None: ...
