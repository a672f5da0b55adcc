from collections.abc import Iterator
from pathlib import Path

import pytest

from models.session import Database, upgrade
from tests.integration.telephony.exchange_office import HUMAN, Switch, make_settings


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
