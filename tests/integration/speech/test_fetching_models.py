"""Fetching against a real server on loopback that cuts, lies and forgets as servers do."""

import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from asr.catalogue import UnknownModel, find
from asr.catalogue_entry import CatalogueModel, ModelFile
from asr.download import DownloadFailed, pull, pull_model
from asr.installing import ArchiveDamaged, import_archive, installed_models, problems_of, sha256_of
from asr.unpacking import ArchiveRefused
from tests.toy_onnx import build_toy_sense_voice

NAME = "vosk-model-for-tests"
FILES = ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph/HCLr.fst", "graph/Gr.fst")


def packed_model(files: tuple[str, ...] = FILES, seed: int = 1, folder: str = NAME) -> bytes:
    sound = np.random.default_rng(seed)
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as packed:
        for name in files:
            packed.writestr(f"{folder}/{name}", sound.bytes(60_000))
    return buffer.getvalue()


@dataclass
class Shop:
    """What the server gives, and how badly."""

    content: bytes
    tag: str = '"one"'
    cut_after: list[int] = field(default_factory=list)
    """Bytes after which the n-th answer is cut."""
    ranges: bool = True
    statuses: list[int] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)
    """The Range of every request."""
    address: str = ""
    others: dict[str, bytes] = field(default_factory=dict)
    """Further files, by their names."""


def handler_of(shop: Shop) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            shop.asked.append(wanted)
            if shop.statuses:
                self.send_error(shop.statuses.pop(0))
                return
            if other := shop.others.get(self.path.removeprefix("/")):
                self.send_response(200)
                self.send_header("Content-Length", str(len(other)))
                self.end_headers()
                self.wfile.write(other)
                return
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and shop.ranges else 0
            if self.headers.get("If-Range", shop.tag) != shop.tag:
                start = 0
            if start >= len(shop.content):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(shop.content)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self._give(start)

        def _give(self, start: int) -> None:
            rest = shop.content[start:]
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(shop.content) - 1}/{len(shop.content)}")
            self.send_header("Content-Length", str(len(rest)))
            self.send_header("ETag", shop.tag)
            self.end_headers()
            self.wfile.write(rest[: shop.cut_after.pop(0)] if shop.cut_after else rest)
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # the base class names it so
            pass

    return Handler


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop(packed_model())
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(shop))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    shop.address = f"http://127.0.0.1:{server.server_port}/{NAME}.zip"
    yield shop
    server.shutdown()
    server.server_close()
    thread.join()


def entry(shop: Shop) -> CatalogueModel:
    checksum = hashlib.sha256(shop.content).hexdigest()
    known = find("vosk-model-small-cn-0.22")
    return replace(known, name=NAME, address=shop.address, size=len(shop.content), sha256=checksum)


def fetch(model: CatalogueModel, models: Path) -> Path:
    return pull_model(model, models, pause_s=0)


def left_in(models: Path) -> set[str]:
    return {path.name for path in models.iterdir() if not path.name.endswith(".lock")}


def test_a_model_comes_with_progress_and_is_installed(shop: Shop, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    folder = pull_model(entry(shop), tmp_path, lambda done, total: seen.append((done, total)))
    assert folder == tmp_path / NAME
    assert seen[-1] == (len(shop.content), len(shop.content))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert left_in(tmp_path) == {NAME}
    (model,) = installed_models([tmp_path])
    assert (model.engine, problems_of(model)) == ("vosk", ())


def test_a_cut_connection_is_taken_up_where_it_was_cut(shop: Shop, tmp_path: Path) -> None:
    shop.cut_after = [100_000, 0, 50_000]
    fetch(entry(shop), tmp_path)
    assert shop.asked == [None, "bytes=100000-", "bytes=100000-", "bytes=150000-"]
    assert left_in(tmp_path) == {NAME}


def test_a_later_pull_goes_on_with_what_is_there(shop: Shop, tmp_path: Path) -> None:
    shop.cut_after = [100_000, 0, 0, 0]
    with pytest.raises(DownloadFailed, match="the connection was cut"):
        fetch(entry(shop), tmp_path)
    assert (tmp_path / f"{NAME}.zip.part").stat().st_size == 100_000
    shop.asked.clear()
    fetch(entry(shop), tmp_path)
    assert shop.asked == ["bytes=100000-"]


def test_a_server_without_ranges_sends_all_again(shop: Shop, tmp_path: Path) -> None:
    shop.cut_after, shop.ranges = [100_000], False
    fetch(entry(shop), tmp_path)
    assert len(shop.asked) == 2


def test_a_file_that_changed_between_two_attempts_is_begun_anew(shop: Shop, tmp_path: Path) -> None:
    shop.cut_after = [100_000]
    model = replace(entry(shop), sha256=None, size=None)

    def change(done: int, total: int | None) -> None:
        shop.content, shop.tag = packed_model(seed=2), '"two"'

    folder = pull_model(model, tmp_path, change, pause_s=0)
    with ZipFile(io.BytesIO(shop.content)) as packed:
        assert (folder / "am/final.mdl").read_bytes() == packed.read(f"{NAME}/am/final.mdl")


def test_a_part_that_is_already_whole_is_not_fetched_again(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.zip.part").write_bytes(shop.content)
    fetch(entry(shop), tmp_path)
    assert len(shop.asked) == 1


def test_a_part_that_is_longer_than_the_file_is_thrown_away(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.zip.part").write_bytes(shop.content + b"more")
    fetch(entry(shop), tmp_path)
    assert shop.asked[-1] is None


def test_a_wrong_checksum_says_expected_got_and_how_to_import(shop: Shop, tmp_path: Path) -> None:
    right = entry(shop)
    shop.content = packed_model(seed=2)
    with pytest.raises(ArchiveDamaged) as raised:
        fetch(right, tmp_path)
    text = str(raised.value)
    assert f"expected SHA-256 {right.sha256}" in text
    assert f"got {hashlib.sha256(shop.content).hexdigest()}" in text
    assert f"flask models import {NAME}.zip" in text
    assert left_in(tmp_path) == set()


def test_a_file_of_another_size_is_refused_before_it_is_fetched(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match=r"expected 5 bytes, got \d+"):
        fetch(replace(entry(shop), size=5), tmp_path)
    assert left_in(tmp_path) == set()


def test_an_answer_that_is_no_file_says_its_status(shop: Shop, tmp_path: Path) -> None:
    shop.statuses = [404]
    with pytest.raises(DownloadFailed, match="the server answered 404"):
        fetch(entry(shop), tmp_path)


def test_without_a_way_to_the_server_it_says_how_to_import(tmp_path: Path, shop: Shop) -> None:
    nowhere = replace(entry(shop), address=f"http://127.0.0.1:9/{NAME}.zip")
    with pytest.raises(DownloadFailed, match=f"no connection to the server.*flask models import {NAME}.zip"):
        fetch(nowhere, tmp_path)


def test_two_processes_do_not_write_the_same_part(shop: Shop, tmp_path: Path) -> None:
    refused: list[DownloadFailed] = []

    def second(done: int, total: int | None) -> None:
        if not refused:
            with pytest.raises(DownloadFailed, match="already by another process") as raised:
                fetch(entry(shop), tmp_path)
            refused.append(raised.value)

    pull_model(entry(shop), tmp_path, second)
    assert refused


def test_an_unknown_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownModel):
        pull("vosk-model-nobody-knows", tmp_path)


WHISPER = {"model.bin": b"weights", "config.json": b"{}", "tokenizer.json": b"{}", "vocabulary.txt": b"words"}


def whisper_entry(shop: Shop) -> CatalogueModel:
    shop.others = dict(WHISPER)
    base = shop.address.rpartition("/")[0]
    files = tuple(
        ModelFile(name, f"{base}/{name}", len(content), hashlib.sha256(content).hexdigest())
        for name, content in WHISPER.items()
    )
    return replace(find("faster-whisper-base"), address=base, files=files, size=sum(map(len, WHISPER.values())))


def test_a_model_of_single_files_is_fetched_whole_and_counted_as_one(shop: Shop, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    folder = pull_model(whisper_entry(shop), tmp_path, lambda *progress: seen.append(progress))
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name in WHISPER} == WHISPER
    assert seen[-1] == (sum(map(len, WHISPER.values())),) * 2
    assert left_in(tmp_path) == {"faster-whisper-base"}
    (model,) = installed_models([tmp_path])
    assert (model.engine, problems_of(model)) == ("whisper", ())


def test_one_wrong_file_of_several_is_named(shop: Shop, tmp_path: Path) -> None:
    model = whisper_entry(shop)
    shop.others["tokenizer.json"] = b"[]"
    with pytest.raises(
        ArchiveDamaged, match=r"tokenizer\.json of faster-whisper-base .*flask models import faster-whisper-base"
    ):
        fetch(model, tmp_path)
    assert left_in(tmp_path) == set()


def test_a_folder_that_was_brought_is_imported_and_kept(tmp_path: Path) -> None:
    brought = tmp_path / "our-whisper"
    brought.mkdir()
    for name, content in WHISPER.items():
        (brought / name).write_bytes(content)
    folder = import_archive(brought, tmp_path / "models")
    assert (folder / "model.bin").read_bytes() == WHISPER["model.bin"]
    assert (brought / "model.bin").exists()
    renamed = brought.rename(tmp_path / "faster-whisper-base")
    with pytest.raises(ArchiveDamaged, match=r"model\.bin of faster-whisper-base is damaged"):
        import_archive(renamed, tmp_path / "models")
    (renamed / "config.json").unlink()
    with pytest.raises(ArchiveRefused, match=r"lacks config\.json"):
        import_archive(renamed, tmp_path / "models")


def test_a_tar_file_of_an_onnx_model_is_fetched(shop: Shop, tmp_path: Path) -> None:
    model = find("sherpa-onnx-sense-voice-zh-en-ja-ko-yue-int8-2024-07-17")
    build_toy_sense_voice(tmp_path / "made" / model.name)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:bz2") as packed:
        packed.add(tmp_path / "made" / model.name, model.name)
    shop.content = buffer.getvalue()
    known = replace(model, address=shop.address, size=len(shop.content), sha256=hashlib.sha256(shop.content).hexdigest())
    folder = fetch(known, tmp_path / "models")
    (installed,) = installed_models([tmp_path / "models"])
    assert (installed.name, installed.engine, installed.missing) == (model.name, "sherpa-offline", ())
    (folder / "model.int8.onnx").write_bytes(b"damaged")
    (installed,) = installed_models([tmp_path / "models"])
    assert problems_of(installed) == ("model.int8.onnx has changed",)


def test_a_zip_file_that_was_brought_is_imported(tmp_path: Path) -> None:
    brought = tmp_path / "vosk-model-own-1.zip"
    brought.write_bytes(packed_model())
    folder = import_archive(brought, tmp_path / "models")
    assert (folder.name, brought.exists()) == ("vosk-model-own-1", True)


def test_a_zip_file_under_a_catalogue_name_must_be_that_model(tmp_path: Path) -> None:
    brought = tmp_path / "vosk-model-small-cn-0.22.zip"
    brought.write_bytes(packed_model())
    with pytest.raises(ArchiveDamaged, match=f"got {sha256_of(brought)}"):
        import_archive(brought, tmp_path / "models")


@pytest.mark.parametrize(("files", "why"), [(FILES[:4], "lacks graph/Gr.fst"), (("holiday.jpg",), "holds no model")])
def test_a_zip_file_that_is_no_model_is_refused_by_name(tmp_path: Path, files: tuple[str, ...], why: str) -> None:
    brought = tmp_path / "own.zip"
    brought.write_bytes(packed_model(files, folder="own"))
    with pytest.raises(ArchiveRefused, match=why):
        import_archive(brought, tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []


def test_verify_names_the_file_that_changed_and_the_one_that_went(shop: Shop, tmp_path: Path) -> None:
    folder = fetch(entry(shop), tmp_path)
    (folder / "conf/model.conf").unlink()
    with (folder / "am/final.mdl").open("r+b") as file:
        file.write(b"!")
    (model,) = installed_models([tmp_path])
    assert set(problems_of(model)) == {"conf/model.conf is missing", "am/final.mdl has changed"}
