"""Makes the binary catalogues that pages read from the .po files here: `python -m console.translations.compile`."""

import os
import tempfile
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).resolve().parent


def compile_missing(target: Path = FOLDER) -> list[Path]:
    """Writes each catalogue that is missing below `target` or older than its source; returns those.

    Safe in several processes at once. Raises OSError where the folder cannot be written.
    """
    sources = sorted(FOLDER.glob("*/LC_MESSAGES/*.po"))
    pairs = [(source, target / source.relative_to(FOLDER).with_suffix(".mo")) for source in sources]
    return [_compile(source, made) for source, made in pairs if _is_stale(source, made)]


def _is_stale(source: Path, made: Path) -> bool:
    return not made.exists() or made.stat().st_mtime_ns < source.stat().st_mtime_ns


def _compile(source: Path, made: Path) -> Path:
    made.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parent.parent.name)
    descriptor, draft = tempfile.mkstemp(dir=made.parent, suffix=".tmp")
    with os.fdopen(descriptor, "wb") as file:
        write_mo(file, catalogue)
    Path(draft).chmod(0o644)
    Path(draft).replace(made)
    return made


if __name__ == "__main__":
    for path in compile_missing():
        print(path)
