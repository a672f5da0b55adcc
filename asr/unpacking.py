"""Opening an archive that came from elsewhere: nothing leaves the folder, nothing links, nothing swells without bound."""

import stat
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from shutil import rmtree
from tempfile import mkdtemp
from typing import IO
from zipfile import BadZipFile, ZipFile, is_zipfile

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
_FREE_OF_SWELLING = 1 << 20
"""Bytes up to which a file may swell as it likes: configuration files full of zeros are no bomb."""


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    is_folder: bool
    is_plain: bool
    """A file or folder, and neither link nor device."""
    largest: int
    """Bytes that may come out of it."""
    open: Callable[[], IO[bytes]]


def unpack_model(archive: Path, place: Path, check: Callable[[Path], None], bounds: Bounds | None = None) -> None:
    """Unpacks a zip or tar file (packed by bzip2, gzip or xz) to the folder `place`, which appears whole or not at all; an
    older one is replaced.

    One folder around everything is taken off. `check` sees the unpacked folder first and raises what it has against it.
    Raises ArchiveRefused.
    """
    with staged(place) as workplace:
        try:
            _unpack(_entries(archive, bounds or Bounds()), workplace, bounds or Bounds())
        except (
            BadZipFile,
            tarfile.TarError,
            zlib.error,
            LZMAError,
            EOFError,
            NotImplementedError,
            RuntimeError,
            OSError,
        ) as error:
            raise ArchiveRefused(f"{archive.name} cannot be unpacked: {error}") from error
        root = _root_of(workplace)
        check(root)
        _put_in_place(root, place, workplace)


def gather_model(files: dict[str, Path], place: Path, check: Callable[[Path], None]) -> None:
    """The same for files that came one by one: `files` are moved, under their names in the model."""
    with staged(place) as workplace:
        root = workplace / "model"
        root.mkdir()
        for name, file in files.items():
            file.rename(root / name)
        check(root)
        _put_in_place(root, place, workplace)


@contextmanager
def staged(place: Path) -> Iterator[Path]:
    """A folder to work in, on the same disk; it goes, whatever happens."""
    models = place.parent
    models.mkdir(parents=True, exist_ok=True)
    workplace = Path(mkdtemp(prefix=".unpacking-", dir=models))
    try:
        yield workplace
    finally:
        rmtree(workplace, ignore_errors=True)


def _unpack(entries: Iterator[_Entry], target: Path, bounds: Bounds) -> None:
    left = bounds.bytes_in_all
    for number, entry in enumerate(entries, start=1):
        if number > bounds.entries:
            raise ArchiveRefused(f"it holds more than {bounds.entries} files; no model does")
        place = target / _safe_name(entry)
        if entry.is_folder:
            place.mkdir(parents=True, exist_ok=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        left -= _write(entry, place, min(left, entry.largest))


def _entries(archive: Path, bounds: Bounds) -> Iterator[_Entry]:
    """In the archive's order; each is read before the next one is asked for."""
    return _of_zip(archive, bounds) if is_zipfile(archive) else _of_tar(archive, bounds)


def _of_zip(archive: Path, bounds: Bounds) -> Iterator[_Entry]:
    with ZipFile(archive) as packed:
        for entry in packed.infolist():
            kind = stat.S_IFMT(entry.external_attr >> 16)
            largest = max(entry.compress_size * bounds.swelling, _FREE_OF_SWELLING)
            is_plain = kind in (0, stat.S_IFREG, stat.S_IFDIR)
            yield _Entry(entry.filename, entry.is_dir(), is_plain, largest, partial(packed.open, entry))


def _of_tar(archive: Path, bounds: Bounds) -> Iterator[_Entry]:
    """A tar file is packed as a whole, so its files share what may come out of it."""
    largest = max(archive.stat().st_size * bounds.swelling, _FREE_OF_SWELLING)
    with tarfile.open(archive, "r|*") as packed:
        for entry in packed:
            is_plain = (entry.isreg() or entry.isdir()) and not entry.issparse()
            yield _Entry(entry.name, entry.isdir(), is_plain, largest, partial(_in_tar, packed, entry))
            largest -= entry.size


def _in_tar(packed: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    source = packed.extractfile(entry)
    if source is None:
        raise ArchiveRefused("one of its files is none")
    return source


def _safe_name(entry: _Entry) -> PurePosixPath:
    name = PurePosixPath(entry.name)
    outside = name.is_absolute() or ".." in name.parts or "\\" in entry.name or ":" in entry.name or "\0" in entry.name
    if outside or not (name.parts or entry.is_folder):
        raise ArchiveRefused("one of its names leads out of the folder")
    if not entry.is_plain:
        raise ArchiveRefused("it holds a link or a device")
    return name


def _write(entry: _Entry, place: Path, largest: int) -> int:
    """Counts what really comes out: the sizes in the archive's own table may lie."""
    written = 0
    with entry.open() as source, place.open("xb") as sink:
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
