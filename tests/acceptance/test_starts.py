"""How the system starts: after a kill, with a full disk, with wrong settings, beside another one."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import requests

from config.settings import ROOT
from tests.running_system import SPEED, RunningSystem, call_in_progress, running_system


def start_that_ends(environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "flask", "serve"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


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
