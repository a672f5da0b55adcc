"""A process asks for as many open files as it may have."""

import subprocess
import sys

from config.settings import ROOT

_ASK = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (200, 300))
from commands.open_files import allow_many_open_files
allow_many_open_files()
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def test_a_low_limit_is_raised_to_what_the_machine_allows() -> None:
    asked = subprocess.run([sys.executable, "-c", _ASK], cwd=ROOT, capture_output=True, text=True, check=True)

    assert asked.stdout.split() == ["300", "300"]
