"""The disk of `var`: is there room for new calls, and a reserve that running ones may use up."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Measure = Callable[[Path], int]
"""Free bytes on the disk that holds a path."""
_MB = 1024 * 1024
_SHARE = 8
"""The reserve file is this part of the settings' disk_reserve_mb, and is released below as much free space."""
_LARGEST_RESERVE_MB = 256
RESERVE = Path("spool") / "reserve"


def free_bytes(path: Path) -> int:
    """Of the nearest folder that exists."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return shutil.disk_usage(path).free


@dataclass(frozen=True, slots=True)
class Disk:
    """`reserve_mb` is the setting: free space below which new calls are not recorded here; 0 switches all of this off."""

    var: Path
    reserve_mb: int
    measure: Measure = free_bytes

    def free_mb(self) -> int:
        return self.measure(self.var) // _MB

    def has_room(self) -> bool:
        """Whether new calls may be taken: False makes the system not ready."""
        return self.reserve_mb == 0 or self.free_mb() >= self.reserve_mb

    def keep_reserve(self) -> None:
        """Make the reserve file where there is plenty of room, release it where there is hardly any. Never raises OSError."""
        free_mb = self.free_mb()
        if free_mb >= self.reserve_mb + self._reserve_file_mb and not self._reserve.exists():
            self._make_reserve()
        elif self.reserve_mb and free_mb < self.reserve_mb // _SHARE:
            self.release_reserve()

    def release_reserve(self) -> bool:
        """Give the reserve's space to running calls; whether there was one. It is made again when there is room."""
        try:
            self._reserve.unlink()
        except OSError:
            return False
        return True

    @property
    def has_reserve(self) -> bool:
        return self._reserve.exists()

    @property
    def _reserve(self) -> Path:
        return self.var / RESERVE

    @property
    def _reserve_file_mb(self) -> int:
        return min(_LARGEST_RESERVE_MB, self.reserve_mb // _SHARE)

    def _make_reserve(self) -> None:
        if not self._reserve_file_mb:
            return
        draft = self._reserve.with_suffix(".tmp")
        try:
            draft.parent.mkdir(parents=True, exist_ok=True)
            with draft.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._reserve_file_mb * _MB)
            draft.replace(self._reserve)
        except OSError:
            draft.unlink(missing_ok=True)
