"""A fresh, migrated database for each test, on SQLite and on PostgreSQL. Use it by importing the fixtures into a conftest."""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from models.session import Database, upgrade
from tests.postgres import running_postgres, why_no_postgres

_numbers = count(1)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "hotline.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """Address of a server on which the database `template` is migrated."""
    reason = why_no_postgres()
    if reason:
        pytest.skip(reason)
    with running_postgres() as address:
        _order(address, "CREATE DATABASE template")
        _migrate(f"{address}template")
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "hotline.db")
        return f"sqlite:///{tmp_path}/hotline.db"
    address: str = request.getfixturevalue("postgres_template")
    name = f"hotline_{next(_numbers)}"
    _order(address, f"CREATE DATABASE {name} TEMPLATE template")
    return address + name


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def _migrate(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.close()


def _order(address: str, statement: str) -> None:
    plain = address.replace("+psycopg", "")
    with psycopg.connect(f"{plain}postgres", autocommit=True) as connection:
        connection.execute(statement.encode())
