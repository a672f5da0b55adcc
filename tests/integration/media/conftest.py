import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from config.settings import Settings
from intake.office import Office, build_office
from models.session import upgrade
from tests.integration.media.hall import Hall, open_hall


def settings_in(var: Path, **values: object) -> Settings:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = {
        "var": var,
        "media_port": port,
        "secret_key": "s" * 40,
        "data_keys": Fernet.generate_key().decode(),
        "disk_reserve_mb": 0,
        "samples": True,
        "asr": {"engine": "scripted"},
    }
    return Settings.model_validate({**given, **values})


@contextmanager
def open_office(var: Path) -> Iterator[Office]:
    office = build_office(settings_in(var))
    upgrade(office.database)
    try:
        yield office
    finally:
        office.database.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """A running media process (in a thread of this one) with scripted recognition in real workers and real SQLite."""
    with open_office(tmp_path_factory.mktemp("var")) as office, open_hall(office) as running:
        yield running
