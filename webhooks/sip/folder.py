"""Recordings of the PBX: it writes them into a folder of ours, and announces their names."""

import os
import struct
import time
from pathlib import Path
from typing import BinaryIO

from intake.fetching import MAX_BYTES, RecordingNotThere, RecordingRefused

SCHEME = "file:"
ABANDONED_S = 10.0
"""A file without its end, on which nobody has written for so long, lost its writer: it is mended."""
_HEADER = 44
"""Bytes before the samples, as Asterisk writes them; the two sizes in them are right only once the file is closed."""


class FolderFetcher:
    """intake.fetching.Fetcher for the carrier "sip". The file is moved, so that the PBX's folder does not fill."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fetch(self, address: str, target: Path) -> None:
        name = address.removeprefix(SCHEME)
        if not address.startswith(SCHEME) or Path(name).name != name:
            raise RecordingRefused("foreign_address")
        source = self._folder / name
        if source.is_symlink():
            raise RecordingRefused("foreign_address")
        if target.exists():
            return
        if not source.is_file():
            raise RecordingNotThere("no_such_file")
        if source.stat().st_size > MAX_BYTES:
            raise RecordingRefused("too_large")
        with source.open("r+b") as file:
            _close_up(file)
        source.replace(target)


def _close_up(file: BinaryIO) -> None:
    """Raises RecordingNotThere while it is still being written."""
    status = os.fstat(file.fileno())
    head = file.read(_HEADER)
    if len(head) == _HEADER and struct.unpack_from("<I", head, 4)[0] in {status.st_size - 8, status.st_size - 9}:
        return
    if time.time() - status.st_mtime < ABANDONED_S:
        raise RecordingNotThere("still_written")
    if len(head) == _HEADER and head[:4] == b"RIFF" and head[36:40] == b"data":
        size = (status.st_size - _HEADER) // 2 * 2
        for place, value in ((4, size + _HEADER - 8), (40, size)):
            file.seek(place)
            file.write(struct.pack("<I", value))
        file.truncate(_HEADER + size)
