"""Loading by dotted path, so that tables such as ENGINES name a class without importing it."""

from importlib import import_module
from typing import Any


def load(path: str) -> Any:
    """The object that "package.module:name" names."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)
