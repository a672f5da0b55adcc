from pathlib import Path
from typing import NoReturn

import pytest

from config.settings import Settings
from intake.office import Office
from models.session import Database
from tests.databases import (
    QUICK_PASSWORDS,
    database,
    database_url,
    postgres_database,
    postgres_template,
    sqlite_database,
    sqlite_template,
)
from tests.integration.dispatch.desk import Desk

__all__ = ["database", "database_url", "postgres_database", "postgres_template", "sqlite_database", "sqlite_template"]


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


@pytest.fixture
def office(desk: Desk, tmp_path: Path) -> Office:
    settings = Settings(var=tmp_path, database_url=str(desk.database.url))
    return Office(
        database=desk.database,
        clock=desk.clock,
        sealer=desk.sealer,
        places=_no_city_data,
        taxonomy=_no_city_data,
        propose=_no_city_data,
        var=tmp_path,
        settings=settings,
        passwords=QUICK_PASSWORDS,
    )


def _no_city_data(*_: object) -> NoReturn:
    raise AssertionError("the queue needs no taxonomy and no gazetteer")
