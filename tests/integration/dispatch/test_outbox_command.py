from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import select

from commands.outbox import outbox
from config.settings import Settings
from dispatch.sinks.memory import MemorySink
from models.account import AuditEntry
from models.order import OutboxState
from models.session import Database
from tests.integration.dispatch.desk import PHONE, Desk


@pytest.fixture
def app(desk: Desk, tmp_path: Path) -> Flask:
    app = Flask("app")
    app.extensions["settings"] = Settings.model_validate(
        {
            "var": tmp_path,
            "database_url": desk.database.engine.url.render_as_string(hide_password=False),
            "secret_key": "secret",
            "data_keys": Fernet.generate_key().decode(),
        }
    )
    app.cli.add_command(outbox)
    return app


def run(app: Flask, *words: str) -> Result:
    # `flask` itself gives every command the application's context.
    with app.app_context():
        return app.test_cli_runner().invoke(args=["outbox", *words])


def dead_letter(desk: Desk) -> str:
    order_id = desk.confirm()
    desk.relay(MemorySink(refuses=lambda _order: True)).run_once()
    return order_id


def test_an_empty_outbox_says_so(app: Flask) -> None:
    assert run(app, "list").output == "The outbox is empty: every order has left.\n"


def test_dead_letters_are_listed_first_with_their_reason_and_the_way_out(app: Flask, desk: Desk) -> None:
    waiting = desk.confirm()
    desk.relay(MemorySink(available=False)).run_once()
    dead = dead_letter(desk)

    lines = run(app, "list").output.splitlines()

    assert dead in lines[0]
    assert desk.case(dead).case_no in lines[0]
    assert lines[0].endswith("The sink in memory does not take this order.")
    assert waiting in lines[1]
    assert lines[-1] == "1 dead letter: mend the reason, then `flask outbox retry [ORDER_ID ...]`."


def test_sent_orders_and_callers_are_not_listed(app: Flask, desk: Desk) -> None:
    sent = desk.confirm()
    desk.relay(MemorySink()).run_once()
    dead_letter(desk)

    output = run(app, "list").output

    assert sent not in output
    assert PHONE[3:] not in output


def test_a_retried_dead_letter_is_sent_under_its_old_key(app: Flask, desk: Desk) -> None:
    order_id = dead_letter(desk)
    key = desk.message(order_id).dedupe_key
    sink = MemorySink()

    done = run(app, "retry", order_id)
    desk.clock.at = desk.message(order_id).next_attempt_at + timedelta(seconds=1)
    desk.relay(sink).run_once()

    assert (done.exit_code, done.output) == (0, "1 order is sent again by the dispatcher.\n")
    assert sink.deliveries == [key]
    assert desk.message(order_id).state is OutboxState.SENT
    with desk.database.reading() as session:
        assert [entry.action for entry in session.scalars(select(AuditEntry))] == ["order.retried"]


def test_without_a_name_every_dead_letter_is_retried_and_nothing_else(app: Flask, desk: Desk) -> None:
    sent = desk.confirm()
    desk.relay(MemorySink()).run_once()
    dead = [dead_letter(desk), dead_letter(desk)]

    run(app, "retry")

    assert desk.states([*dead, sent]) == [OutboxState.WAITING, OutboxState.WAITING, OutboxState.SENT]


@pytest.mark.parametrize("unknown", ["nothing", "f" * 32])
def test_an_id_that_cannot_be_retried_is_named(app: Flask, unknown: str) -> None:
    done = run(app, "retry", unknown)

    assert done.exit_code == 1
    assert unknown in done.output
    assert "flask outbox list" in done.output


def test_a_sent_order_is_not_sent_again_by_hand(app: Flask, desk: Desk, database: Database) -> None:
    sent = desk.confirm()
    desk.relay(MemorySink()).run_once()

    assert run(app, "retry", sent).exit_code == 1
    assert desk.message(sent).state is OutboxState.SENT
