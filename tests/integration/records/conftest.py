from pathlib import Path

import pytest

from intake.office import Office
from models.session import Database
from tests.databases import database, database_url, postgres_database, postgres_template, sqlite_database, sqlite_template
from tests.integration.records.bureau import Bureau

__all__ = ["database", "database_url", "postgres_database", "postgres_template", "sqlite_database", "sqlite_template"]


@pytest.fixture
def bureau(database: Database, tmp_path: Path) -> Bureau:
    return Bureau(database, tmp_path)


@pytest.fixture
def office(bureau: Bureau) -> Office:
    return bureau.office
