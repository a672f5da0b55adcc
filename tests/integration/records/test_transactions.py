import sqlite3
import stat
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from intake.finding import lock_call
from models.call import Call
from models.case import Case
from models.errors import DatabaseUnavailable, ValueRefused
from models.session import Database, upgrade
from tests.integration.records.bureau import NUMBER, Bureau


def test_what_fails_in_a_transaction_leaves_nothing(bureau: Bureau) -> None:
    call = bureau.ring()
    with pytest.raises(RuntimeError), bureau.database.transaction() as session:
        lock_call(session, call.call_id).step = "next"
        session.flush()
        raise RuntimeError
    assert bureau.one(Call).step == "voice"


def test_foreign_keys_are_kept(bureau: Bureau) -> None:
    bureau.ring()
    with pytest.raises(IntegrityError), bureau.database.transaction() as session:
        session.execute(update(Call).values(case_id="0" * 32))


def test_a_second_writer_waits_for_the_first_and_reads_what_it_wrote(bureau: Bureau) -> None:
    call = bureau.ring()
    inside, order = threading.Event(), list[str]()

    def first() -> None:
        with bureau.database.transaction() as session:
            lock_call(session, call.call_id).lag_ms = 1
            inside.set()
            time.sleep(0.2)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait(10)
    with bureau.database.transaction() as session:
        row = lock_call(session, call.call_id)
        order.append("second")
        row.lag_ms += 1
    thread.join(10)
    assert order == ["first", "second"]
    assert bureau.one(Call).lag_ms == 2


def test_a_stale_copy_of_a_row_is_not_written(bureau: Bureau) -> None:
    bureau.ring()
    stale = bureau.one(Call)
    with bureau.database.transaction() as session:
        session.get_one(Call, stale.id).lag_ms = 5
    stale.lag_ms = 9
    with pytest.raises(DatabaseUnavailable), bureau.database.transaction() as session:
        session.add(stale)
    assert bureau.one(Call).lag_ms == 5


def test_sqlite_is_set_up_for_safety(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/new/hotline.db")
    upgrade(database)
    with database.reading() as session:
        found = {
            name: session.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 5000}
    assert stat.S_IMODE((tmp_path / "new" / "hotline.db").stat().st_mode) == 0o600


def test_a_database_locked_for_a_while_is_waited_for(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/hotline.db")
    upgrade(database)
    bureau = Bureau(database, tmp_path)
    lock = sqlite3.connect(tmp_path / "hotline.db", isolation_level=None, check_same_thread=False)
    lock.execute("BEGIN IMMEDIATE")
    threading.Timer(1.0, lambda: lock.execute("ROLLBACK")).start()
    assert bureau.ring().is_new


def test_a_database_that_is_away_is_named_and_worth_another_try(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/no/such.db", "postgresql+psycopg://nobody@127.0.0.1:9/none"):
        with pytest.raises(DatabaseUnavailable) as refused, Database(url).transaction() as session:
            session.execute(text("SELECT 1"))
        assert refused.value.retryable


def test_a_database_without_tables_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match="flask db upgrade"):
        Bureau(Database(f"sqlite:///{tmp_path}/hotline.db"), tmp_path).ring()


def test_a_value_that_fits_no_column_is_not_worth_another_try(bureau: Bureau) -> None:
    if bureau.database.is_sqlite:
        pytest.skip("SQLite takes texts of any length")
    for carrier_call_id in ("x" * 200, "CA\x00"):
        with pytest.raises(ValueRefused) as refused:
            bureau.ring(carrier_call_id)
        assert not refused.value.retryable


def test_a_database_error_shows_no_values(bureau: Bureau) -> None:
    call = bureau.ring()
    with pytest.raises(IntegrityError) as refused, bureau.database.transaction() as session:
        session.add(Case(id=bureau.case(call.case_no).id, case_no=NUMBER, state="open", created_at=bureau.clock.now()))
    assert NUMBER not in str(refused.value.args) + str(refused.value).split("DETAIL")[0]
