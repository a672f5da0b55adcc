"""The units of deploy/systemd: they start what there is, and systemd takes them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from commands.roles import ROLES
from commands.serve import serve
from config.settings import ROOT

UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_command_that_there_is(unit: Path) -> None:
    words = re.findall(r"^ExecStart=/srv/hotline/\.venv/bin/python -m flask serve (.+)$", unit.read_text(), re.MULTILINE)

    for role in ROLES:
        serve.make_context("serve", words[0].replace("%i", role).split())


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_every_line(unit: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not here: apt install systemd")
    # Its user and its folders are those of an installed machine; this one has none of them.
    here = re.sub(r"/srv/hotline/\.venv/bin/python", "/bin/true", unit.read_text())
    copy = tmp_path / unit.name.replace("@", "@media")
    copy.write_text(here)

    command = ["systemd-analyze", "verify", "--man=no", str(copy)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    assert str(tmp_path) not in said.stderr, said.stderr
