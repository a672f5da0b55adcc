"""Models on this machine: put in place after a check, listed, and checked again later.

Beside the model's own files lies a manifest with their sizes and SHA-256, made when it was unpacked.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shutil import copyfile

import orjson

from asr.catalogue import CATALOGUE
from asr.catalogue_entry import CatalogueModel, ModelFile
from asr.contract import SpeechError
from asr.registry import ENGINES, layout_of
from asr.unpacking import ArchiveRefused, gather_model, staged, unpack_model

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


def install(fetched: Sequence[Path], model: CatalogueModel, models: Path) -> Path:
    """Checks what was fetched, in the order of `model.downloads`, and puts it in place; single files are moved there.

    Raises ArchiveDamaged, ArchiveRefused.
    """
    got = [_checked(path, wanted, model) for path, wanted in zip(fetched, model.downloads, strict=True)]
    place = models / model.name
    check = partial(_check, name=model.name, owner=model.engine, checksum=got[0])
    if model.files:
        gather_model({file.name: path for file, path in zip(model.files, fetched, strict=True)}, place, check)
    else:
        unpack_model(fetched[0], place, check)
    return place


def _checked(path: Path, wanted: ModelFile, model: CatalogueModel) -> str:
    """Its SHA-256."""
    got = sha256_of(path)
    if wanted.sha256 and got != wanted.sha256:
        raise ArchiveDamaged(
            f"{wanted.name} of {model.name} is damaged or was exchanged: expected SHA-256 {wanted.sha256}, got {got}. "
            f"Fetch {wanted.address} again, on another machine if need be, and run: flask models import {brought_as(model)}"
        )
    return got


def import_archive(archive: Path, models: Path) -> Path:
    """An archive or folder that somebody brought: of the catalogue (told by checksum or name), or the city's own model."""
    name = _bare(archive.name)
    if archive.is_dir():
        return _import_folder(archive, name, models)
    got = sha256_of(archive)
    known = next((model for model in CATALOGUE if not model.files and (got == model.sha256 or name == model.name)), None)
    if known:
        return install([archive], known, models)
    _check_name(name)
    unpack_model(archive, models / name, partial(_check, name=archive.name, owner=None, checksum=got))
    return models / name


def _import_folder(folder: Path, name: str, models: Path) -> Path:
    """The folder stays; its files are copied, and compared with the catalogue where it knows them."""
    _check_name(name)
    known = next((model for model in CATALOGUE if model.files and model.name == name), None)
    with staged(models / name) as workplace:
        if known:
            if lacking := [file.name for file in known.files if not (folder / file.name).is_file()]:
                raise ArchiveRefused(f"{folder.name} lacks {', '.join(lacking)}")
            copies = [Path(copyfile(folder / file.name, workplace / file.name)) for file in known.files]
            return install(copies, known, models)
        files = {path.name: Path(copyfile(path, workplace / path.name)) for path in sorted(folder.iterdir()) if path.is_file()}
        gather_model(files, models / name, partial(_check, name=folder.name, owner=None, checksum=""))
    return models / name


def brought_as(model: CatalogueModel) -> str:
    """What `flask models import` takes for it."""
    return model.name if model.files else model.archive


def _bare(name: str) -> str:
    for ending in (".zip", ".tar.bz2", ".tar.gz", ".tar.xz", ".tar"):
        name = name.removesuffix(ending)
    return name


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ArchiveRefused(f"{name} cannot be a model's name: rename the file to letters, digits, dots and hyphens")


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


def _check(folder: Path, *, name: str, owner: str | None, checksum: str) -> None:
    owner = owner or engine_for(folder)
    if not owner:
        raise ArchiveRefused(f"{name} holds no model of an engine of ours ({', '.join(_engines_with_models())})")
    if missing := layout_of(owner).missing(folder):
        raise ArchiveRefused(f"{name} is no {owner} model: it lacks {', '.join(missing)}")
    _write_manifest(folder, checksum)


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
