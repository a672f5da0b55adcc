"""What happens in calls is written in order; a database that is away loses nothing and holds nobody up."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from intake.calls import IncomingCall, find_call, open_call
from intake.listening import HeardUtterance
from intake.office import Office
from intake.outcome import Ending, Outcome
from intake.spool import take_in_spool
from media.clerk import Clerk, Registered
from media.recorder import Recorded
from models.recording import Recording
from models.utterance import Utterance

AT = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
GOODBYE = Outcome(Ending.GOODBYE, "confirmed", heard_anything=True)


@contextmanager
def locked(office: Office) -> Iterator[sqlite3.Connection]:
    """Another connection holds the database for writing."""
    connection = sqlite3.connect(str(office.database.url.database), isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.close()


@pytest.fixture
def call_id(office: Office) -> str:
    return open_call(office, IncomingCall("twilio", "CA1")).call_id


def utterance(sequence: int) -> HeardUtterance:
    return HeardUtterance(sequence, f"第{sequence}句", f"第{sequence}句", 0, 1000, "scripted", final_at=AT)


def heard(office: Office) -> list[int]:
    with office.database.reading() as session:
        return list(session.scalars(select(Utterance.sequence).order_by(Utterance.created_at, Utterance.sequence)))


def test_a_whole_call_is_written_in_order(office: Office, call_id: str) -> None:
    clerk, told = Clerk(office), list[object]()
    clerk.start()
    clerk.media_started(call_id, "scripted", "n1", told.append)
    clerk.save_conversation(call_id, {"phase": "notice"}, 40)
    for sequence in (1, 2, 3):
        clerk.add_utterance(call_id, utterance(sequence))
    clerk.conversation_ended(call_id, GOODBYE, told.append)
    clerk.recording_stored(Recorded(call_id, Path("x.wav"), 900), "recordings/x.wav", "caller,system", told.append)
    clerk.stop(20)
    view = find_call(office, "twilio", "CA1")
    assert view is not None
    assert view.outcome == GOODBYE
    assert view.conversation == {"phase": "notice"}
    assert heard(office) == [1, 2, 3]
    assert told == [Registered(), True, True]


def test_a_second_stream_of_another_token_is_refused(office: Office, call_id: str) -> None:
    clerk, told = Clerk(office), list[Registered]()
    clerk.start()
    for nonce in ("n1", "n1", "n2"):
        clerk.media_started(call_id, "scripted", nonce, told.append)
    clerk.stop(20)
    assert [answer.is_refused for answer in told] == [False, False, True]


def test_of_the_states_that_wait_only_the_newest_is_written(office: Office, call_id: str) -> None:
    clerk = Clerk(office)
    for number in range(50):
        clerk.save_conversation(call_id, {"number": number}, 0)
    assert clerk.waiting == 1
    clerk.start()
    clerk.stop(20)
    view = find_call(office, "twilio", "CA1")
    assert view is not None
    assert view.conversation == {"number": 49}


def test_a_lock_of_some_seconds_is_waited_for(office: Office, call_id: str) -> None:
    clerk, saved = Clerk(office), threading.Event()
    clerk.start()
    with locked(office) as connection:
        clerk.add_utterance(call_id, utterance(1))
        clerk.conversation_ended(call_id, GOODBYE, lambda _safe: saved.set())
        assert not saved.wait(3)
        connection.execute("ROLLBACK")
        assert saved.wait(20)
    clerk.stop(20)
    assert heard(office) == [1]
    assert clerk.spooled == 0


def test_what_the_database_cannot_take_is_spooled_and_taken_in_later(office: Office, call_id: str) -> None:
    clerk, safe = Clerk(office, patience_s=0.0), list[bool]()
    clerk.start()
    with locked(office):
        clerk.add_utterance(call_id, utterance(1))
        clerk.add_utterance(call_id, utterance(2))
        clerk.conversation_ended(call_id, GOODBYE, safe.append)
        clerk.recording_stored(Recorded(call_id, Path("x.wav"), 900), "recordings/x.wav", "caller,system", safe.append)
        clerk.save_conversation(call_id, {}, 0)
        clerk.stop(60)
    assert safe == [True, True]
    assert heard(office) == []
    assert take_in_spool(office) == 4
    view = find_call(office, "twilio", "CA1")
    assert view is not None
    assert view.outcome == GOODBYE
    assert heard(office) == [1, 2]
    with office.database.reading() as session:
        assert session.scalars(select(Recording.path)).all() == ["recordings/x.wav"]


def test_a_call_that_nobody_announced_breaks_nothing(office: Office, call_id: str) -> None:
    clerk, safe = Clerk(office), list[bool]()
    clerk.start()
    clerk.conversation_ended("f" * 32, GOODBYE, safe.append)
    clerk.conversation_ended(call_id, GOODBYE, safe.append)
    clerk.stop(20)
    assert safe == [False, True]
