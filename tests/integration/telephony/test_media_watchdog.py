"""A media process that hangs is ended; one that answers again, or another program with its number, is left alone."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.trial_system import command_line, wait_for
from tests.integration.telephony.exchange_office import DOWN, UP, SaidMedia
from webhooks.watchdog import PATIENCE, Watchdog

Sleeper = subprocess.Popen[bytes]


@pytest.fixture
def sleeper() -> Iterator[Sleeper]:
    """A process that looks like the media role and answers nobody."""
    command = [sys.executable, "-c", "import time; time.sleep(60)", "commands.roles", "media"]
    process = subprocess.Popen(command)
    wait_for("its command line", lambda: "media" in command_line(process.pid))
    yield process
    process.kill()
    process.wait()


def test_three_questions_without_an_answer_end_it(sleeper: Sleeper, tmp_path: Path) -> None:
    (tmp_path / "media.pid").write_text(str(sleeper.pid))
    watchdog = Watchdog(SaidMedia(DOWN), tmp_path / "media.pid")

    looks = [watchdog.look() for _ in range(PATIENCE)]

    assert looks == [False] * (PATIENCE - 1) + [True]
    assert sleeper.wait(10) < 0


def test_an_answer_in_between_counts_anew(sleeper: Sleeper, tmp_path: Path) -> None:
    (tmp_path / "media.pid").write_text(str(sleeper.pid))
    media = SaidMedia(DOWN)
    watchdog = Watchdog(media, tmp_path / "media.pid")

    for _ in range(PATIENCE):
        media.state = DOWN
        for _ in range(PATIENCE - 1):
            assert not watchdog.look()
        media.state = UP
        assert not watchdog.look()

    assert sleeper.poll() is None


@pytest.mark.parametrize("written", [None, "", "no number", "1"])
def test_nobody_else_is_ended(tmp_path: Path, written: str | None) -> None:
    if written is not None:
        (tmp_path / "media.pid").write_text(written)
    watchdog = Watchdog(SaidMedia(DOWN), tmp_path / "media.pid")

    assert not any(watchdog.look() for _ in range(PATIENCE * 2))
