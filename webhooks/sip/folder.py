"""Recordings of the PBX: it writes them into a folder of ours, and announces their names."""

from pathlib import Path

from intake.fetching import MAX_BYTES, RecordingNotThere, RecordingRefused

SCHEME = "file:"


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
        source.replace(target)
