"""Batch work over a real RabbitMQ: a worker process takes it, and a broker that goes and comes costs nothing."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from commands.jobs import Jobs, open_queue
from commands.trial_system import wait_for
from config.settings import PREFIX, ROOT, Settings, ensure_secrets
from intake.calls import IncomingCall, call_ended, open_call
from intake.office import Office, build_office
from intake.recordings import AnnouncedRecording, recording_announced, recording_fetched, recordings_to_transcribe
from models.session import upgrade
from tests.rabbitmq import Broker, running_rabbitmq, why_no_rabbitmq

pytestmark = pytest.mark.skipif(why_no_rabbitmq() is not None, reason=why_no_rabbitmq() or "")


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    with running_rabbitmq() as running:
        yield running


@pytest.fixture
def environment(tmp_path: Path, broker: Broker) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return {**kept, f"{PREFIX}VAR": str(tmp_path), f"{PREFIX}BROKER_URL": broker.url, f"{PREFIX}ASR__ENGINE": "none"}


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    return ensure_secrets(environment)


@pytest.fixture
def office(settings: Settings) -> Iterator[Office]:
    office = build_office(settings)
    upgrade(office.database)
    yield office
    office.database.close()


def recording_without_sound(office: Office, number: int) -> str:
    """A worker needs no model to settle it."""
    call = f"CA{number}"
    open_call(office, IncomingCall("twilio", call))
    call_ended(office, "twilio", call, "completed")
    recording_id = recording_announced(office, AnnouncedRecording("twilio", call, f"RE{number}", "http://127.0.0.1/RE"))
    target = office.var / "recordings" / f"{number}.wav"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(b"no sound at all" * 100)
    recording_fetched(office, recording_id, f"recordings/{number}.wav", 5000)
    return recording_id


@contextmanager
def worker(environment: dict[str, str]) -> Iterator[None]:
    running = subprocess.Popen([sys.executable, "-m", "commands.roles", "worker"], cwd=ROOT, env=environment)
    try:
        yield
    finally:
        running.terminate()
        running.wait(30)


def until_settled(office: Office, jobs: Jobs) -> None:
    """The dispatcher looks again and again."""

    def settled() -> bool:
        jobs.send_due()
        return not recordings_to_transcribe(office)

    wait_for("every recording settled", settled)


def test_what_the_broker_took_reaches_a_worker_through_a_restart_of_the_broker(
    broker: Broker, environment: dict[str, str], settings: Settings, office: Office
) -> None:
    jobs = Jobs(office, open_queue(settings))
    recording_without_sound(office, 1)
    jobs.send_due()
    broker.stop()
    broker.start()
    with worker(environment):
        wait_for("what was queued before the broker went and came", lambda: not recordings_to_transcribe(office))
        recording_without_sound(office, 2)
        until_settled(office, jobs)


def test_a_broker_that_is_away_holds_nobody_up_and_loses_nothing(settings: Settings, office: Office) -> None:
    """Nobody listens at its address: the dispatcher goes on with its orders, and the work stays due."""
    recording_id = recording_without_sound(office, 3)
    away = settings.model_copy(update={"broker_url": "amqp://guest:guest@127.0.0.1:1//"})
    jobs = Jobs(office, open_queue(away))

    jobs.send_due()

    assert jobs.away_until > time.monotonic()
    assert jobs.sent_at == {}
    assert [due.id for due in recordings_to_transcribe(office)] == [recording_id]
