"""Which of the catalogue's models suits a machine."""

import os
from dataclasses import dataclass
from pathlib import Path

from asr.catalogue import CATALOGUE
from asr.catalogue_entry import CatalogueModel, Live

_SYSTEM_MB = 1500
"""What the rest of the system takes, with pages, database and classifier."""


@dataclass(frozen=True, slots=True)
class Machine:
    cores: int
    memory_mb: int


def this_machine() -> Machine:
    """Cores that this process may use; memory as the kernel counts it, or the container's bound where it is less."""
    found = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text("ascii").splitlines())
    total_mb = int(found["MemTotal"].split()[0]) >> 10
    bound = Path("/sys/fs/cgroup/memory.max")
    text = bound.read_text("ascii").strip() if bound.is_file() else ""
    return Machine(len(os.sched_getaffinity(0)), min(total_mb, int(text) >> 20) if text.isdigit() else total_mb)


def obstacles(model: CatalogueModel, machine: Machine, workers: int = 1) -> tuple[str, ...]:
    """What the machine lacks for it, each a phrase; empty: it fits."""
    needed_mb = _SYSTEM_MB + workers * model.memory_mb
    found = []
    if machine.memory_mb < needed_mb:
        found.append(f"needs {needed_mb:,} MB of memory, here are {machine.memory_mb:,}")
    if machine.cores < model.cores:
        found.append(f"needs {model.cores} cores, here are {machine.cores}")
    return tuple(found)


def best_for(
    machine: Machine, live: Live, workers: int = 1, models: tuple[CatalogueModel, ...] = CATALOGUE
) -> CatalogueModel | None:
    """The first of the catalogue that fits; None: none does."""
    return next((model for model in models if model.live is live and not obstacles(model, machine, workers)), None)
