"""Opening an archive that came from elsewhere: nothing leaves the folder, nothing links, nothing swells without bound."""

import stat
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from shutil import rmtree
from tempfile import mkdtemp
from zipfile import BadZipFile, ZipFile, ZipInfo

from asr.contract import SpeechError


class ArchiveRefused(SpeechError):
    """The archive is damaged or does what no model does; the text says what."""

    code = "archive_refused"


@dataclass(frozen=True, slots=True)
class Bounds:
    entries: int = 10_000
    bytes_in_all: int = 16 << 30
    swelling: int = 200
    """How many times its packed size a file may be; text compresses 10 times, zeros 1,000 times."""


_CHUNK = 1 << 20
_NEVER_IN_NAMES = frozenset("\\:\0")
_FREE_OF_SWELLING = 1 << 20
"""Bytes up to which a file may swell as it likes: configuration files full of zeros are no bomb."""


def unpack_model(archive: Path, place: Path, check: Callable[[Path], None], bounds: Bounds | None = None) -> None:
    """Unpacks the zip file to the folder `place`, which appears whole or not at all; an older one is replaced.

    One folder around everything is taken off. `check` sees the unpacked folder first and raises what it has against it.
    Raises ArchiveRefused.
    """
    models = place.parent
    models.mkdir(parents=True, exist_ok=True)
    workplace = Path(mkdtemp(prefix=".unpacking-", dir=models))
    try:
        try:
            with ZipFile(archive) as packed:
                _unpack(packed, workplace, bounds or Bounds())
        except (BadZipFile, zlib.error, LZMAError, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise ArchiveRefused(f"{archive.name} cannot be unpacked: {error}") from error
        root = _root_of(workplace)
        check(root)
        _put_in_place(root, place, workplace)
    finally:
        rmtree(workplace, ignore_errors=True)


def _unpack(packed: ZipFile, target: Path, bounds: Bounds) -> None:
    entries = packed.infolist()
    if len(entries) > bounds.entries:
        raise ArchiveRefused(f"it holds {len(entries)} files; no model has more than {bounds.entries}")
    left = bounds.bytes_in_all
    for entry in entries:
        place = target / _safe_name(entry)
        if entry.is_dir():
            place.mkdir(parents=True, exist_ok=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        left -= _write(packed, entry, place, min(left, _largest(entry, bounds)))


def _safe_name(entry: ZipInfo) -> PurePosixPath:
    name = PurePosixPath(entry.filename)
    outside = (
        name.is_absolute() or ".." in name.parts or "\\" in entry.filename or ":" in entry.filename or "\0" in entry.filename
    )
    if outside or not name.parts:
        raise ArchiveRefused("one of its names leads out of the folder")
    mode = entry.external_attr >> 16
    if mode and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_IFMT(mode) == 0):
        raise ArchiveRefused("it holds a link or a device")
    return name


def _largest(entry: ZipInfo, bounds: Bounds) -> int:
    return max(entry.compress_size * bounds.swelling, _FREE_OF_SWELLING)


def _write(packed: ZipFile, entry: ZipInfo, place: Path, largest: int) -> int:
    """Counts what really comes out: the sizes in the archive's own table may lie."""
    written = 0
    with packed.open(entry) as source, place.open("xb") as sink:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            if written > largest:
                raise ArchiveRefused("it swells beyond any model's size")
            sink.write(chunk)
    return written


def _root_of(folder: Path) -> Path:
    inside = list(folder.iterdir())
    if not inside:
        raise ArchiveRefused("it is empty")
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


def _put_in_place(root: Path, place: Path, workplace: Path) -> None:
    old = workplace.with_name(f"{workplace.name}-old")
    root.chmod(0o755)
    if place.exists():
        place.rename(old)
    root.rename(place)
    rmtree(old, ignore_errors=True)
