"""An empty, migrated database for each test, on SQLite and on PostgreSQL. Use it by importing the fixtures into a conftest."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from models.session import Database, upgrade
from models.tables import METADATA
from tests.postgres import running_postgres, why_no_postgres


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "hotline.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """Address of a server, `postgresql+psycopg://...:PORT/`, on which the database `hotline` is migrated."""
    reason = why_no_postgres()
    if reason:
        pytest.skip(reason)
    with running_postgres() as address:
        _migrate(make_postgres_database(address, "hotline"))
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "hotline.db")
        return f"sqlite:///{tmp_path}/hotline.db"
    url = request.getfixturevalue("postgres_template") + "hotline"
    _empty(url)
    return str(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def make_postgres_database(address: str, name: str) -> str:
    """Address of a new database without tables."""
    with psycopg.connect(address.replace("+psycopg", "") + "postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return address + name


def _migrate(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.close()


def _empty(url: str) -> None:
    """One database that is emptied: a new one for each test costs 7 MB and ten times as long."""
    database = Database(url)
    tables = ", ".join(f'"{table.name}"' for table in METADATA.sorted_tables)
    with database.transaction() as session:
        session.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
    database.close()
