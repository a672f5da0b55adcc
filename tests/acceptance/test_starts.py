"""How the system starts: after a kill, with a full disk, with wrong settings, beside another one."""

import os
import signal
from pathlib import Path

import pytest
import requests

from tests.running_system import SPEED, call_in_progress, running_system, start_that_ends


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

    ended = start_that_ends(environment)

    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert fix in ended.stderr
    assert len([line for line in ended.stderr.splitlines() if line.startswith("Error")]) == 1
