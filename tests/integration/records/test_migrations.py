from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from models.session import Database, alembic_config, upgrade
from models.tables import METADATA


def test_the_migrations_make_exactly_the_tables_of_the_metadata(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_a_second_upgrade_changes_nothing(database: Database) -> None:
    upgrade(database)
    upgrade(database)
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == ["0001"]


def test_the_migrations_can_be_taken_back(database: Database) -> None:
    from alembic import command
    from sqlalchemy import inspect

    with database.engine.execution_options(writing=True).begin() as connection:
        command.downgrade(alembic_config(connection), "base")
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
