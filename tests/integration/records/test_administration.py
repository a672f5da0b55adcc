"""`flask user`, `flask token` and `flask db` on a database of their own."""

from pathlib import Path

import pytest
from click.testing import Result
from cryptography.fernet import Fernet
from flask import Flask
from pydantic import SecretStr

from commands.accounts import token, user
from commands.db import db
from config.settings import Settings
from intake.accounts import check_login
from intake.office import build_office
from intake.tokens import find_token

PASSWORD = "correct horse battery"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path, secret_key=SecretStr("secret"), data_keys=SecretStr(Fernet.generate_key().decode()))


@pytest.fixture
def app(settings: Settings) -> Flask:
    app = Flask(__name__)
    app.extensions["settings"] = settings
    for command in (db, user, token):
        app.cli.add_command(command)
    return app


def run(app: Flask, *arguments: str, typed: str | None = None) -> Result:
    # `flask` pushes the context for every command of the application.
    with app.app_context():
        return app.test_cli_runner().invoke(args=arguments, input=typed)


def test_tables_come_first_and_twice_is_no_harm(app: Flask) -> None:
    refused = run(app, "user", "add", "wang", "--password", PASSWORD)
    assert refused.exit_code == 1
    assert "flask db upgrade" in refused.output
    assert [run(app, "db", "upgrade").exit_code for _ in range(2)] == [0, 0]
    assert run(app, "user", "list").output.startswith("There is no account yet")


def test_an_account_is_made_listed_and_given_a_new_password(app: Flask, settings: Settings) -> None:
    run(app, "db", "upgrade")
    made = run(app, "user", "add", "Wang", "--role", "supervisor", "--title", "王芳", "--password", PASSWORD)
    assert (made.exit_code, made.output) == (0, "Account wang, role supervisor.\n")
    assert "supervisor" in run(app, "user", "list").output
    assert "王芳" in run(app, "user", "list").output
    assert PASSWORD not in run(app, "user", "passwd", "wang", "--password", "another long password").output
    assert check_login(build_office(settings), "wang", "another long password", "cli").name == "wang"


def test_an_empty_answer_makes_a_random_password_and_shows_it_once(app: Flask, settings: Settings) -> None:
    run(app, "db", "upgrade")
    made = run(app, "user", "add", "wang", typed="\n\n")
    password = made.output.strip().splitlines()[-1].removeprefix("Password, shown only now: ")
    assert check_login(build_office(settings), "wang", password, "cli").name == "wang"


def test_what_cannot_be_is_one_line_without_a_traceback(app: Flask) -> None:
    run(app, "db", "upgrade")
    for arguments in (
        ("user", "add", "wang", "--password", "short"),
        ("user", "passwd", "nobody", "--password", PASSWORD),
        ("token", "add", "--role", "receiver"),
        ("token", "add", "--role", "receiver", "--area", "999999"),
    ):
        result = run(app, *arguments)
        assert result.exit_code == 1
        assert result.output.startswith("Error: ")
        assert "Traceback" not in result.output


def test_the_last_line_is_the_token_alone(app: Flask, settings: Settings) -> None:
    run(app, "db", "upgrade")
    made = run(app, "token", "add", "--role", "receiver", "--area", "110114")
    found = find_token(build_office(settings), made.stdout.splitlines()[-1])
    assert found is not None
    assert (str(found.role), found.area) == ("receiver", "110114")
