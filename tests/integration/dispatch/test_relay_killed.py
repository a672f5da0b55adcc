import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from cryptography.fernet import Fernet

from dispatch.sinks.local import LocalSink
from models.case import CaseState
from models.order import OutboxState
from models.sealed import Sealer
from models.session import Database
from tests.integration.dispatch.desk import Desk

ROOT = Path(__file__).resolve().parents[3]


def test_a_dispatcher_killed_between_send_and_settle_leaves_one_order_in_the_queue(database: Database) -> None:
    key = Fernet.generate_key().decode()
    desk = Desk(database, sealer=Sealer([key], "secret"))
    order_id = desk.confirm()
    url = database.engine.url.render_as_string(hide_password=False)
    dispatcher = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.dispatch.dying_relay", url, key, desk.clock.now().isoformat()],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert dispatcher.stdout is not None
    first_key = dispatcher.stdout.readline().strip()
    dispatcher.kill()
    dispatcher.communicate(timeout=30)
    assert desk.message(order_id).state is OutboxState.CLAIMED

    desk.clock.advance(timedelta(seconds=30))
    desk.relay(LocalSink(database, desk.clock)).run_once()

    assert first_key == desk.message(order_id).dedupe_key
    assert [entry.order_id for entry in desk.entries()] == [order_id]
    assert desk.message(order_id).state is OutboxState.SENT
    assert desk.case(order_id).state is CaseState.DISPATCHED
    assert len(desk.events("order.queued")) == 1
