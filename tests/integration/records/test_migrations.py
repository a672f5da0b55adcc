from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from config.settings import ROOT
from models.session import Database, alembic_config, upgrade
from models.tables import METADATA
from tests.databases import make_postgres_database

MIGRATIONS = ROOT / "models" / "migrations" / "versions"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Without tables."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path}/new/hotline.db")
    else:
        address = request.getfixturevalue("postgres_template")
        database = Database(make_postgres_database(address, f"empty_{request.node.name.split('[')[0][:50]}"))
    yield database
    database.close()


def test_the_migrations_make_exactly_the_tables_of_the_metadata(empty_database: Database) -> None:
    upgrade(empty_database)
    with empty_database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_a_second_upgrade_changes_nothing(empty_database: Database) -> None:
    upgrade(empty_database)
    upgrade(empty_database)
    newest = max(path.name[:4] for path in MIGRATIONS.glob("[0-9]*.py"))
    with empty_database.engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [newest]


def test_the_migrations_can_be_taken_back(empty_database: Database) -> None:
    upgrade(empty_database)
    with empty_database.engine.execution_options(writing=True).begin() as connection:
        command.downgrade(alembic_config(connection), "base")
    assert inspect(empty_database.engine).get_table_names() == ["alembic_version"]
