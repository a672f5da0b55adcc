"""What sample calls speak, loaded once at start: a sample is found by its exact name among those that ship."""

import json
from pathlib import Path

from asr.contract import Script
from config.errors import DataError


def load_scripts(folder: Path) -> dict[str, Script]:
    """Name of each sample call in `folder` and its turns. Raises DataError for one that cannot be read."""
    return {path.parent.name: _script(path) for path in sorted(folder.glob("*/sample.json"))}


def _script(path: Path) -> Script:
    try:
        sample = json.loads(path.read_text("utf-8"))
        return Script(tuple(str(turn["text"]) for turn in sample["turns"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: is no sample call: make it anew with python -m samples.make_audio") from error
