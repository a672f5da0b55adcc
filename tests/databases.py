"""An empty, migrated database for each test, on SQLite and on PostgreSQL. Use it by importing the fixtures into a conftest."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from models.session import Database, upgrade
from models.tables import METADATA
from tests.postgres import running_postgres, why_no_postgres

QUICK_PASSWORDS = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""The real thing at the least cost: the product's own parameters are slow on purpose."""


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


@pytest.fixture(scope="session")
def sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One for all tests, for the statements that it has compiled; its file is a new one for each."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'hotline.db'}")
    yield database
    database.close()


@pytest.fixture(scope="session")
def postgres_database(postgres_template: str) -> Iterator[Database]:
    database = Database(postgres_template + "hotline")
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Of an empty database."""
    if request.param == "sqlite":
        database: Database = request.getfixturevalue("sqlite_database")
        _renew(database, request.getfixturevalue("sqlite_template"))
    else:
        database = request.getfixturevalue("postgres_database")
        _empty(database)
    return database.url.render_as_string(hide_password=False)


@pytest.fixture
def database(request: pytest.FixtureRequest, database_url: str) -> Database:
    kind = "sqlite" if database_url.startswith("sqlite") else "postgres"
    shared: Database = request.getfixturevalue(f"{kind}_database")
    return shared


def make_postgres_database(address: str, name: str) -> str:
    """Address of a new database without tables."""
    with psycopg.connect(address.replace("+psycopg", "") + "postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return address + name


def _migrate(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.close()


def _renew(database: Database, template: Path) -> None:
    database.close()
    path = Path(str(database.url.database))
    for left in path.parent.glob(f"{path.name}*"):
        left.unlink()
    shutil.copy(template, path)


def _empty(database: Database) -> None:
    """One database that is emptied: a new one for each test costs 7 MB and ten times as long."""
    tables = ", ".join(f'"{table.name}"' for table in METADATA.sorted_tables)
    with database.transaction() as session:
        session.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
