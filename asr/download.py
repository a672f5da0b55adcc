"""Fetching a model of the catalogue: resumed where it was cut, checked, unpacked.

A part that has come stays beside the models as NAME.FILE.part; the next pull goes on from there if the server allows it.
"""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import disk_usage

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from asr.catalogue import find
from asr.catalogue_entry import CatalogueModel, ModelFile
from asr.contract import SpeechError
from asr.installing import brought_as, install

Progress = Callable[[int, int | None], None]
"""Called with the bytes that have come and those there will be, None where nobody knows."""

_CONNECT_S, _READ_S = 5.0, 30.0
_CHUNK = 256 * 1024
_FRUITLESS = 3
"""So many attempts in a row that bring not a byte end it."""
_PAUSE_S = 1.0
_UNPACKED_FACTOR = 3


class DownloadFailed(SpeechError):
    """The server cannot be reached or does not give the file; the text says how to import it by hand."""

    code = "download_failed"
    retryable = True


def pull(name: str, models: Path, on_progress: Progress | None = None) -> Path:
    """Fetches and installs a model of the catalogue; blocks. Returns its folder.

    Raises UnknownModel, DownloadFailed, ArchiveDamaged, ArchiveRefused.
    """
    return pull_model(find(name), models, on_progress)


def pull_model(model: CatalogueModel, models: Path, on_progress: Progress | None = None, pause_s: float = _PAUSE_S) -> Path:
    models.mkdir(parents=True, exist_ok=True)
    parts = {file: models / _part_name(model, file) for file in model.downloads}
    with _alone(model.name, models):
        _check_space(model, models)
        before = 0
        for file, part in parts.items():
            _Download(model, file, part, _shifted(on_progress or _in_silence, before, model), pause_s).run()
            before += part.stat().st_size
        try:
            return install(list(parts.values()), model, models)
        finally:
            for part in parts.values():
                part.unlink(missing_ok=True)


def _part_name(model: CatalogueModel, file: ModelFile) -> str:
    return f"{model.name}.{file.name}.part" if model.files else f"{file.name}.part"


def _shifted(on_progress: Progress, before: int, model: CatalogueModel) -> Progress:
    """Counts all files of the model as one."""
    if not model.files:
        return on_progress
    return lambda done, _: on_progress(before + done, model.size)


class _Download:
    def __init__(self, model: CatalogueModel, file: ModelFile, part: Path, on_progress: Progress, pause_s: float) -> None:
        self._model = model
        self._file = file
        self._part = part
        self._on_progress = on_progress
        self._pause_s = pause_s
        self._tag = ""
        """The server's mark of the version that we have a part of."""

    def run(self) -> None:
        fruitless = 0
        while fruitless < _FRUITLESS:
            before = self._have
            try:
                if self._fetch_rest():
                    return
                problem = "the connection was cut"
            except (requests.RequestException, HTTPError) as error:
                problem = _told(error)
            fruitless = fruitless + 1 if self._have <= before else 0
            time.sleep(self._pause_s if fruitless < _FRUITLESS else 0)
        raise self._failure(problem)

    @property
    def _have(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def _fetch_rest(self) -> bool:
        """Whether all of it is there now."""
        have = self._have
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
            headers |= {"If-Range": self._tag} if self._tag else {}
        with requests.get(self._file.address, headers=headers, stream=True, timeout=(_CONNECT_S, _READ_S)) as answer:
            if answer.status_code == requests.codes.requested_range_not_satisfiable:
                return self._is_whole_after_all(answer)
            if answer.status_code not in (requests.codes.ok, requests.codes.partial_content):
                raise self._failure(f"the server answered {answer.status_code}")
            self._tag = answer.headers.get("ETag", "")
            if answer.status_code == requests.codes.ok or _first_byte(answer) != have:
                have = 0
            total = have + int(answer.headers["Content-Length"]) if "Content-Length" in answer.headers else None
            self._check_size(total)
            self._save(answer, have, total)
            return total is None or self._have == total

    def _save(self, answer: requests.Response, have: int, total: int | None) -> None:
        with self._part.open("r+b" if have else "wb") as file:
            file.seek(have)
            file.truncate()
            # read1 hands out what has come: a cut loses nothing of it, which iter_content would.
            while chunk := answer.raw.read1(_CHUNK):
                file.write(chunk)
                have += len(chunk)
                self._check_size(have, at_most=True)
                self._on_progress(have, total or self._file.size)

    def _is_whole_after_all(self, answer: requests.Response) -> bool:
        total = answer.headers.get("Content-Range", "").rpartition("/")[2]
        if total == str(self._have):
            return True
        self._part.unlink()
        return False

    def _check_size(self, size: int | None, *, at_most: bool = False) -> None:
        expected = self._file.size
        if expected is None or size is None or size == expected or (at_most and size < expected):
            return
        self._part.unlink(missing_ok=True)
        raise self._failure(f"the file is not the one that the catalogue knows (expected {expected} bytes, got {size})")

    def _failure(self, problem: str) -> DownloadFailed:
        what = f"the files of {self._model.address} into a folder" if self._model.files else self._model.address
        return DownloadFailed(
            f"{self._model.name} could not be fetched: {problem}. Fetch {what} on another machine, "
            f"bring it here and run: flask models import {brought_as(self._model)}"
        )


@contextmanager
def _alone(name: str, models: Path) -> Iterator[None]:
    """Only one process fetches a model at a time; another one is told so at once."""
    with (models / f".{name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DownloadFailed(f"{name} is being fetched already by another process") from None
        yield


def _check_space(model: CatalogueModel, models: Path) -> None:
    needed = (model.size or model.about_mb << 20) * _UNPACKED_FACTOR
    free = disk_usage(models).free
    if free < needed:
        raise DownloadFailed(f"{model.name} needs {needed >> 20} MB of disk, {free >> 20} MB are free in {models}")


def _first_byte(answer: requests.Response) -> int:
    """Of `Content-Range: bytes 100-199/200`; -1 where the server does not say."""
    first = answer.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(first) if first.isdigit() else -1


def _told(error: Exception) -> str:
    """`error`: before the answer one of requests, within its body one of urllib3."""
    match error:
        case requests.ConnectTimeout():
            return f"no connection within {_CONNECT_S:.0f} s"
        case requests.Timeout() | ReadTimeoutError():
            return f"the server said nothing for {_READ_S:.0f} s"
        case requests.RequestException():
            return "there is no connection to the server"
        case _:
            return "the connection was cut"


def _in_silence(done: int, total: int | None) -> None:
    pass
