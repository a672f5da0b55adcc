from pathlib import Path
from typing import NoReturn

import pytest
from flask import Flask

from config.settings import Settings
from console.api import register
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
from tests.integration.api.client import Api
from tests.integration.dispatch.city import PLACES, TAXONOMY
from tests.integration.dispatch.desk import Desk

__all__ = ["database", "database_url", "postgres_database", "postgres_template", "sqlite_database", "sqlite_template"]


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


@pytest.fixture
def office(desk: Desk, tmp_path: Path) -> Office:
    return Office(
        database=desk.database,
        clock=desk.clock,
        sealer=desk.sealer,
        places=lambda: PLACES,
        taxonomy=lambda: TAXONOMY,
        propose=_nothing_is_proposed,
        var=tmp_path,
        settings=Settings(var=tmp_path),
        passwords=QUICK_PASSWORDS,
    )


@pytest.fixture
def api(desk: Desk, office: Office) -> Api:
    """As in production: an exception of a view becomes an answer, not the test's own failure."""
    app = Flask("app", static_folder=None)
    register.register(app, office, office.settings)
    return Api(app, desk, office)


def _nothing_is_proposed(_text: str) -> NoReturn:
    raise AssertionError("the API proposes nothing")
