"""Our top-level names are common words: they must mean this repository and not a dependency's package."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("commands", "webhooks", "console", "media", "intake", "ivr", "asr", "classifier", "dispatch", "models", "config")


@pytest.mark.parametrize("name", PACKAGES)
def test_our_package_names_resolve_to_this_repository(name: str) -> None:
    found = importlib.import_module(name).__file__

    assert found is not None
    assert Path(found).is_relative_to(ROOT / name)


@pytest.mark.parametrize("name", PACKAGES)
def test_init_files_stay_empty(name: str) -> None:
    filled = [path for path in (ROOT / name).rglob("__init__.py") if path.read_text("utf-8").strip()]

    assert filled == []


def test_no_module_is_called_utils_helpers_or_common() -> None:
    vague = [
        path
        for name in PACKAGES
        for path in (ROOT / name).rglob("*.py")
        if path.stem in {"utils", "helpers", "common", "base_classes"}
    ]

    assert vague == []


def test_nothing_imports_the_composition_root() -> None:
    importing = [
        path
        for name in PACKAGES
        for path in (ROOT / name).rglob("*.py")
        if re.search(r"^\s*(from|import) app\b", path.read_text("utf-8"), re.M)
    ]

    assert importing == []
