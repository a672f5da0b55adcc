"""How the model folder of an engine is told from others and checked, before any native code sees it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    claims: Callable[[Path], bool]
    """Whether the folder is meant for this engine, complete or not."""
    missing: Callable[[Path], tuple[str, ...]]
    """Files that are not there, relative to the folder; empty: the folder is complete."""


def absent(folder: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of `names` that are no file with something in it."""
    return tuple(name for name in names if not _has_content(folder / name))


def _has_content(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0
