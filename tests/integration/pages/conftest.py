"""The pages as a browser without scripts asks for them, on a real database."""

import re
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config.clock import FixedClock
from intake.accounts import AccountView
from intake.call_backs import DIALLER
from tests.town import Telephone, Town, make_app

_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


class Visitor:
    """Somebody with a browser; every form carries the token of the page that it saw."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.token = ""

    def get(self, path: str, **more: Any) -> TestResponse:
        answer = self.client.get(path, **more)
        if found := _TOKEN.search(answer.text if answer.mimetype == "text/html" else ""):
            self.token = found.group(1)
        return answer

    def post(self, path: str, fields: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token, **(fields or {})}, **more)

    def sit_down(self, account: AccountView, now: datetime) -> None:
        """Logged in, without the second that a password costs; the login itself has tests of its own."""
        stamp = now.timestamp()
        with self.client.session_transaction() as session:
            session.update(account=account.id, epoch=account.session_epoch, since=stamp, seen=stamp)
            session.permanent = True
        self.get("/password")


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("furnished")
    Town(folder).office.database.close()
    return folder


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def town(tmp_path: Path, furnished: Path, clock: FixedClock) -> Town:
    shutil.copytree(furnished, tmp_path, dirs_exist_ok=True)
    return Town(tmp_path, clock=clock)


@pytest.fixture
def app(town: Town) -> Flask:
    return make_app(town.settings, town.office)


@pytest.fixture
def telephone(app: Flask) -> Telephone:
    made: Telephone = app.extensions[DIALLER]
    return made


@pytest.fixture
def visit(app: Flask, town: Town) -> Callable[[str], Visitor]:
    """A visitor, logged in under this name; an empty name is a stranger."""

    def _visit(name: str) -> Visitor:
        visitor = Visitor(app.test_client())
        if name:
            visitor.sit_down(town.people[name], town.office.clock.now())
        return visitor

    return _visit
