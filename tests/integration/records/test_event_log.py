import threading
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from intake.events import EventKind, append_event, last_position, read_events
from intake.office import Office
from models.event import Event
from models.session import Database
from tests.integration.records.bureau import Bureau


def test_events_are_read_from_a_position_on(bureau: Bureau) -> None:
    bureau.ring("CA1")
    first = last_position(bureau.office)
    bureau.ring("CA2")
    news = read_events(bureau.office, first)
    assert [each.kind for each in news] == ["case.moved", "call.opened"]
    assert [each.position for each in news] == [first + 1, first + 2]
    assert read_events(bureau.office, first, limit=1) == news[:1]
    assert read_events(bureau.office, news[-1].position) == []


def test_an_empty_log_begins_at_zero(office: Office) -> None:
    assert last_position(office) == 0
    assert read_events(office, 0) == []


def test_a_transaction_that_fails_logs_nothing(bureau: Bureau) -> None:
    with pytest.raises(RuntimeError), bureau.database.transaction() as session:
        append_event(session, EventKind.ALARM, bureau.clock.now(), name="first")
        session.flush()
        raise RuntimeError
    assert bureau.all(Event) == []


def test_of_two_interleaved_transactions_none_shows_an_event_above_a_hidden_one(bureau: Bureau) -> None:
    """The first has its position and has not committed yet; what the second commits meanwhile must not be read before it."""
    if bureau.database.is_sqlite:
        pytest.skip("SQLite has one writer at a time: two transactions cannot interleave")
    has_position, may_commit = threading.Event(), threading.Event()

    def stop_before_commit(_session: Session) -> None:
        has_position.set()
        may_commit.wait(30)

    def first() -> None:
        with bureau.database.transaction() as session:
            event.listen(session, "before_commit", stop_before_commit)
            append_event(session, EventKind.ALARM, bureau.clock.now(), name="first")

    def second() -> None:
        with bureau.database.transaction() as session:
            append_event(session, EventKind.ALARM, bureau.clock.now(), name="second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    has_position.wait(30)
    threads[1].start()
    threads[1].join(0.5)
    seen_between = read_events(bureau.office, 0)
    may_commit.set()
    for thread in threads:
        thread.join(30)
    last_seen = seen_between[-1].position if seen_between else 0
    news = [each.data["name"] for each in [*seen_between, *read_events(bureau.office, last_seen)]]
    assert news == ["first", "second"]


def test_many_writers_at_once_leave_no_event_unread(bureau: Bureau) -> None:
    """A reader that follows the log while six threads write sees every event once, in order."""
    done = threading.Event()
    read: list[int] = []

    def write(number: int) -> None:
        for count in range(10):
            with bureau.database.transaction() as session:
                append_event(session, EventKind.ALARM, bureau.clock.now(), name=f"{number}.{count}")

    def follow() -> None:
        while not done.is_set() or read_events(bureau.office, read[-1] if read else 0):
            read.extend(each.position for each in read_events(bureau.office, read[-1] if read else 0, limit=7))

    reader = threading.Thread(target=follow)
    reader.start()
    writers = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join(60)
    done.set()
    reader.join(60)
    assert read == [each.position for each in bureau.all(Event)]
    assert len(read) == 60


def test_a_time_without_a_zone_is_not_stored(database: Database, bureau: Bureau) -> None:
    with pytest.raises(StatementError, match="zone"), database.transaction() as session:
        append_event(session, EventKind.ALARM, bureau.clock.now().replace(tzinfo=None))


def test_times_come_back_aware_and_to_the_microsecond(bureau: Bureau) -> None:
    bureau.clock.advance(timedelta(microseconds=123456))
    bureau.ring()
    assert {each.at for each in bureau.all(Event)} == {bureau.clock.now()}
