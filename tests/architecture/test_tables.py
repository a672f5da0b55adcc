import runpy
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_table_is_known_to_whoever_opens_the_database() -> None:
    """A process that imports one use case only must be able to write all the same."""
    program = "import models.session; from models.base import Base; print(len(Base.metadata.sorted_tables))"

    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) > 10


def test_migrations_follow_each_other_in_one_line() -> None:
    paths = sorted((ROOT / "models" / "migrations" / "versions").glob("[0-9]*.py"))
    chain = [_revisions(path) for path in paths]

    assert [before for _, before in chain] == [None, *(revision for revision, _ in chain[:-1])]
    assert [path.name[:4] for path in paths] == [revision for revision, _ in chain]


def _revisions(path: Path) -> tuple[str, str | None]:
    names = runpy.run_path(str(path))
    return names["revision"], names["down_revision"]
