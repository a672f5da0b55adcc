"""Models on this machine: put in place after a check, listed, and checked again later.

Beside the model's own files lies a manifest with their sizes and SHA-256, made when it was unpacked.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from asr.catalogue import CATALOGUE, CatalogueModel
from asr.contract import SpeechError
from asr.registry import ENGINES, layout_of
from asr.unpacking import ArchiveRefused, unpack_model

MANIFEST = ".manifest.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class ArchiveDamaged(SpeechError):
    """The archive is not the one of the catalogue; the text has both checksums."""

    code = "archive_damaged"


@dataclass(frozen=True, slots=True)
class InstalledModel:
    name: str
    folder: Path
    engine: str
    """The engine that it is for; empty where none of ours takes it."""
    missing: tuple[str, ...]


def install(archive: Path, model: CatalogueModel, models: Path) -> Path:
    """Checks and unpacks an archive of the catalogue. Raises ArchiveDamaged, ArchiveRefused."""
    got = sha256_of(archive)
    if model.sha256 and got != model.sha256:
        raise ArchiveDamaged(
            f"{model.name} is damaged or was exchanged: expected SHA-256 {model.sha256}, got {got}. Fetch {model.address} "
            f"again, on another machine if need be, and run: flask models import {model.name}.zip"
        )
    return _put(archive, models / model.name, got, model.engine)


def import_archive(archive: Path, models: Path) -> Path:
    """A zip file that somebody brought: of the catalogue (told by its checksum or name), or the city's own model."""
    got = sha256_of(archive)
    known = next((model for model in CATALOGUE if got == model.sha256 or archive.stem == model.name), None)
    if known:
        return install(archive, known, models)
    if not _NAME.fullmatch(archive.stem):
        raise ArchiveRefused(f"{archive.stem} cannot be a model's name: rename the file to letters, digits, dots and hyphens")
    return _put(archive, models / archive.stem, got, None)


def installed_models(folders: Sequence[Path]) -> Iterator[InstalledModel]:
    for folder in folders:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.is_dir() and not path.name.startswith("."):
                engine = engine_for(path)
                yield InstalledModel(path.name, path, engine, layout_of(engine).missing(path) if engine else ())


def problems_of(model: InstalledModel) -> tuple[str, ...]:
    """What is wrong with its files, each problem a phrase that names the file; empty: all is well."""
    if not model.engine:
        return ("no engine of this system takes it",)
    problems = [f"{name} is missing" for name in model.missing]
    for name, (size, checksum) in _manifest(model.folder).items():
        file = model.folder / name
        if not file.is_file():
            problems.append(f"{name} is missing")
        elif file.stat().st_size != size or sha256_of(file) != checksum:
            problems.append(f"{name} has changed")
    return tuple(dict.fromkeys(problems))


def engine_for(folder: Path) -> str:
    """Name of the engine whose layout claims the folder; empty: none."""
    return next((name for name, row in ENGINES.items() if row.layout and layout_of(name).claims(folder)), "")


def sha256_of(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _put(archive: Path, place: Path, checksum: str, engine: str | None) -> Path:
    def check(folder: Path) -> None:
        owner = engine or engine_for(folder)
        if not owner:
            raise ArchiveRefused(f"{archive.name} holds no model of an engine of ours ({', '.join(_engines_with_models())})")
        if missing := layout_of(owner).missing(folder):
            raise ArchiveRefused(f"{archive.name} is no {owner} model: it lacks {', '.join(missing)}")
        _write_manifest(folder, checksum)

    unpack_model(archive, place, check)
    return place


def _engines_with_models() -> list[str]:
    return [name for name, row in ENGINES.items() if row.layout]


def _write_manifest(folder: Path, checksum: str) -> None:
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    files = {str(path.relative_to(folder)): (path.stat().st_size, sha256_of(path)) for path in paths}
    (folder / MANIFEST).write_bytes(orjson.dumps({"archive_sha256": checksum, "files": files}, option=orjson.OPT_INDENT_2))


def _manifest(folder: Path) -> dict[str, tuple[int, str]]:
    file = folder / MANIFEST
    if not file.exists():
        return {}
    files: dict[str, tuple[int, str]] = orjson.loads(file.read_bytes())["files"]
    return files
