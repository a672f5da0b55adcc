"""The city's places, with its own list as it is now: a list that is imported while the process runs counts at once."""

import logging
import threading
from pathlib import Path

from classifier.gazetteer import Gazetteer, load_gazetteer
from classifier.local_places import PlaceListWrong, local_file

log = logging.getLogger(__name__)

Stamp = tuple[int, int] | None
"""Time of change in nanoseconds, and size, of the city's own list; None: there is none."""


class LivingPlaces:
    """Safe to share between threads."""

    def __init__(self, folder: Path, var: Path) -> None:
        self._folder = folder
        self._local = local_file(var)
        self._lock = threading.Lock()
        self._known: tuple[Stamp, Gazetteer] | None = None

    def __call__(self) -> Gazetteer:
        """Goes on without a city's list that is not usable. Raises DataError where the system's own data are not."""
        known, stamp = self._known, self.stamp()
        if known is None or known[0] != stamp:
            with self._lock:
                known = self._known
                if known is None or known[0] != stamp:
                    known = self._known = stamp, self._read()
        return known[1]

    def stamp(self) -> Stamp:
        try:
            found = self._local.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_size

    def _read(self) -> Gazetteer:
        try:
            return load_gazetteer(self._folder, self._local)
        except PlaceListWrong:
            log.exception("the city's own list of places cannot be used: import it anew")
            return load_gazetteer(self._folder)
