"""What callers, operators and organisations get when a part of the running system dies."""

import os
import signal
import sqlite3
import time
from contextlib import closing

from commands.trial_system import wait_for
from tests.running_system import RunningSystem, call_in_progress, case_of


def recordings(system: RunningSystem, case_no: str) -> set[str]:
    """Who has recorded this case's call, as far as the recording can be listened to."""
    wanted = """
        SELECT recording.source FROM recording JOIN "case" ON "case".id = recording.case_id
        WHERE "case".case_no = ? AND recording.state = 'ready'
    """
    with closing(sqlite3.connect(system.trial.var / "hotline.db")) as database:
        return {source for (source,) in database.execute(wanted, (case_no,))}


def test_the_death_of_every_role_that_holds_no_call_costs_no_call(system: RunningSystem) -> None:
    calling, case_no = call_in_progress(system)
    roles = ("web", "live", "worker", "dispatcher")
    killed = {role: system.pids(role) for role in roles}

    for role in roles:
        system.kill(role)

    assert case_of(calling) == case_no
    for role in roles:
        wait_for(f"a new {role}", lambda role=role: set(system.pids(role)) - set(killed[role]))  # type: ignore[misc]
    system.trial.wait_until_up()
    assert system.settled(case_no)["state"] == "proposed"


def test_a_killed_media_process_leaves_the_caller_with_the_recorder_and_a_case(system: RunningSystem) -> None:
    calling, case_no = call_in_progress(system)

    system.kill("media")

    assert case_of(calling) == case_no
    system.trial.wait_until_up()
    assert system.settled(case_no)["state"] in {"callback", "proposed"}
    wait_for("what was recorded before and after", lambda: recordings(system, case_no) == {"media", "carrier"})


def test_a_killed_decoder_worker_costs_no_word(system: RunningSystem) -> None:
    calling, case_no = call_in_progress(system)
    workers = [pid for pid, words in system.trial.family().items() if "asr.worker" in words]
    assert workers

    for pid in workers:
        os.kill(pid, signal.SIGKILL)

    assert case_of(calling) == case_no
    assert system.settled(case_no)["state"] == "proposed"


def test_nobody_hears_a_database_that_is_locked_for_three_seconds(system: RunningSystem) -> None:
    calling, case_no = call_in_progress(system)
    holder = sqlite3.connect(system.trial.var / "hotline.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    time.sleep(3)
    holder.execute("ROLLBACK")
    holder.close()

    assert case_of(calling) == case_no
    assert system.settled(case_no)["state"] == "proposed"
