"""What callers, operators and organisations get when a part of the running system dies."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
import requests

from commands.trial_system import wait_for
from config.settings import ROOT
from tests.running_system import SPEED, RunningSystem, case_of, running_system


def call_in_progress(system: RunningSystem) -> "tuple[subprocess.Popen[str], str]":
    """A sample call whose conversation has begun, and its case number."""
    before = {case["case_no"] for case in system.cases()}
    calling = system.trial.start_flask("call", "samples/no-heating", "--speed", SPEED, "--json")

    def begun() -> str | None:
        return next((case["case_no"] for case in system.cases() if case["case_no"] not in before), None)

    case_no = wait_for("the call's case", begun)
    time.sleep(1.5)
    return calling, case_no


def recordings(system: RunningSystem, case_no: str) -> set[str]:
    """Who has recorded this case's call, as far as the recording can be listened to."""
    wanted = """
        SELECT recording.source FROM recording JOIN "case" ON "case".id = recording.case_id
        WHERE "case".case_no = ? AND recording.state = 'ready'
    """
    with closing(sqlite3.connect(system.trial.var / "hotline.db")) as database:
        return {source for (source,) in database.execute(wanted, (case_no,))}


def start_that_ends(environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "flask", "serve"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


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


def test_after_a_kill_of_everything_the_system_starts_at_once_and_the_case_is_there(tmp_path: Path) -> None:
    with running_system(tmp_path) as first:
        calling, case_no = call_in_progress(first)
        for pid in first.trial.family():
            os.kill(pid, signal.SIGKILL)
        first.trial.process.wait(10)
        calling.communicate(timeout=120)
    with running_system(tmp_path) as second:
        assert second.settled(case_no)["state"] in {"callback", "proposed"}


def test_with_a_disk_that_is_nearly_full_readiness_fails_and_callers_leave_a_message(tmp_path: Path) -> None:
    with running_system(tmp_path, DISK_RESERVE_MB=str(10**9)) as system:
        ready = requests.get(system.trial.url + "/readyz", timeout=10)
        called = system.trial.flask("call", "samples/no-heating", "--speed", SPEED)

        assert ready.status_code == 503
        assert "disk" in ready.text
        assert called.returncode == 0, called.stdout + called.stderr
        assert "Record" in called.stdout or "录音" in called.stdout or "message" in called.stdout


@pytest.mark.parametrize(
    ("name", "value", "fix"),
    [
        ("HOTLINE_PROT", "8000", "did you mean HOTLINE_PORT"),
        ("HOTLINE_PORT", "eighty", "HOTLINE_PORT"),
        ("HOTLINE_PUBLIC_URL", "http://hotline.example.cn", "HOTLINE_PUBLIC_URL"),
        ("HOTLINE_ASR__ENGINE", "magic", "HOTLINE_ASR__ENGINE"),
    ],
)
def test_a_wrong_setting_ends_the_start_with_one_line(tmp_path: Path, name: str, value: str, fix: str) -> None:
    environment = {**os.environ, "HOTLINE_VAR": str(tmp_path), name: value}

    ended = subprocess.run(
        [sys.executable, "-m", "flask", "serve"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert fix in ended.stderr
    assert len([line for line in ended.stderr.splitlines() if line.startswith("Error")]) == 1


def test_a_busy_port_is_named_with_its_setting(system: RunningSystem, tmp_path: Path) -> None:
    environment = {**system.trial.environment, "HOTLINE_VAR": str(tmp_path)}

    ended = subprocess.run(
        [sys.executable, "-m", "flask", "serve"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 2
    assert "HOTLINE_PORT" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_second_system_on_the_same_data_is_refused(system: RunningSystem) -> None:
    ended = system.trial.flask("serve", timeout_s=60)

    assert ended.returncode == 2
    assert "already runs" in ended.stderr
