"""How the system is: its roles asked over HTTP, recognition, models, disk. For people who can mend it or who wonder."""

import json
import shutil
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, TypeVar

from asr.catalogue import CATALOGUE
from asr.registry import SILENT, EngineChoice, choose_engine
from config.errors import SettingsError
from config.settings import Settings

_PATIENCE_S = 0.8
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class RoleState:
    """`facts` are what the role says of itself."""

    name: str
    is_well: bool
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recognition:
    """`why_zh` and `why_en` say why nothing is recognised; empty where something is."""

    engine: str
    model: str | None
    why_zh: str
    why_en: str

    @property
    def is_silent(self) -> bool:
        return self.engine == SILENT


@dataclass(frozen=True, slots=True)
class ModelState:
    name: str
    engine: str
    about_mb: int
    is_here: bool
    is_used: bool


@dataclass(frozen=True, slots=True)
class Disk:
    """In bytes; `is_low` below the reserve of the settings."""

    free: int
    total: int
    is_low: bool


class Remembered(Generic[Value]):
    """A value that is asked for again when it is older than `seconds`."""

    def __init__(self, ask: Callable[[], Value], seconds: float) -> None:
        self._ask, self._seconds = ask, seconds
        self._lock = Lock()
        self._value: Value | None = None
        self._until = 0.0

    def get(self) -> Value:
        with self._lock:
            if self._value is None or time.monotonic() >= self._until:
                self._value = self._ask()
                self._until = time.monotonic() + self._seconds
            return self._value


def ask_role(name: str, address: str) -> RoleState:
    """A role's own health; one that does not answer within 0.8 s is not well."""
    try:
        # The address is made of our own settings: loopback and a port.
        with urllib.request.urlopen(address, timeout=_PATIENCE_S) as answer:  # noqa: S310
            facts = json.load(answer)
    except (OSError, ValueError):
        return RoleState(name, is_well=False, facts={})
    return RoleState(name, is_well=True, facts=facts if isinstance(facts, dict) else {})


def ask_roles(settings: Settings) -> list[RoleState]:
    ports = {"media": settings.media_port, "live": settings.live_port}
    return [ask_role(name, f"http://{settings.host}:{port}/healthz") for name, port in ports.items()]


def recognition(settings: Settings) -> Recognition:
    try:
        choice = choose_engine(settings.asr.engine, settings.model_folders)
    except SettingsError as error:
        choice = EngineChoice(SILENT, None, str(error))
    chinese, _, english = choice.why.partition("\n")
    return Recognition(choice.name, choice.model.name if choice.model else None, chinese, english or chinese)


def model_states(settings: Settings) -> list[ModelState]:
    used = recognition(settings).model
    return [
        ModelState(
            name=model.name,
            engine=model.engine,
            about_mb=model.about_mb,
            is_here=any((folder / model.name).is_dir() for folder in settings.model_folders),
            is_used=model.name == used,
        )
        for model in CATALOGUE
    ]


def disk(settings: Settings) -> Disk:
    usage = shutil.disk_usage(settings.var if settings.var.exists() else settings.var.anchor)
    return Disk(usage.free, usage.total, usage.free < settings.disk_reserve_mb * 1024 * 1024)
