import io
import stat
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from asr.unpacking import ArchiveRefused, Bounds, unpack_model


def archive(folder: Path, fill: Callable[[ZipFile], None]) -> Path:
    path = folder / "model.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as packed:
        fill(packed)
    return path


def unpack(path: Path, bounds: Bounds | None = None) -> Path:
    place = path.parent / "models" / "ours"
    unpack_model(path, place, lambda _: None, bounds)
    return place


def everything_under(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def named(name: str) -> Callable[[ZipFile], None]:
    return lambda packed: packed.writestr(name, "x")


def test_one_folder_around_everything_is_taken_off(tmp_path: Path) -> None:
    def fill(packed: ZipFile) -> None:
        packed.writestr("vosk-model/am/final.mdl", "model")
        packed.writestr("vosk-model/conf/", "")
        packed.writestr("vosk-model/README", "words")

    place = unpack(archive(tmp_path, fill))
    assert everything_under(place) == ["README", "am/final.mdl"]
    assert stat.S_IMODE(place.stat().st_mode) == 0o755
    assert [path.name for path in place.parent.iterdir()] == ["ours"]


def test_an_older_model_is_replaced_whole(tmp_path: Path) -> None:
    unpack(archive(tmp_path, named("m/old")))
    assert everything_under(unpack(archive(tmp_path, named("m/new")))) == ["new"]


@pytest.mark.parametrize("name", ["../evil", "m/../../evil", "/evil", "..\\evil", "C:evil", "m/..", "m\\evil"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArchiveRefused, match="leads out"):
        unpack(archive(tmp_path, named(name)))
    assert not list(tmp_path.rglob("evil*"))
    assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_links_and_devices_are_refused(tmp_path: Path, kind: int) -> None:
    def fill(packed: ZipFile) -> None:
        entry = ZipInfo("m/link")
        entry.external_attr = (kind | 0o777) << 16
        packed.writestr(entry, "/etc/passwd")

    with pytest.raises(ArchiveRefused, match="link or a device"):
        unpack(archive(tmp_path, fill))


def test_a_bomb_is_stopped_while_it_swells(tmp_path: Path) -> None:
    bomb = archive(tmp_path, lambda packed: packed.writestr("m/zeros", bytes(50 << 20)))
    with pytest.raises(ArchiveRefused, match="swells"):
        unpack(bomb)


def test_a_bomb_that_lies_about_its_size_is_stopped_too(tmp_path: Path) -> None:
    bomb = archive(tmp_path, lambda packed: packed.writestr("m/zeros", bytes(50 << 20)))
    raw = bytearray(bomb.read_bytes())
    at = raw.rindex(b"PK\x01\x02")
    struct.pack_into("<I", raw, at + 20, 40 << 20)  # the packed size, in the archive's own table
    bomb.write_bytes(raw)
    with pytest.raises(ArchiveRefused):
        unpack(bomb)


def test_many_small_files_are_counted_and_added_up(tmp_path: Path) -> None:
    def fill(packed: ZipFile) -> None:
        for number in range(20):
            packed.writestr(f"m/{number}", bytes(range(256)))

    many = archive(tmp_path, fill)
    with pytest.raises(ArchiveRefused, match="more than 10 files"):
        unpack(many, Bounds(entries=10))
    with pytest.raises(ArchiveRefused, match="swells"):
        unpack(many, Bounds(bytes_in_all=256 * 19))
    assert len(everything_under(unpack(many, Bounds(bytes_in_all=256 * 20)))) == 20


def test_a_name_that_comes_twice_is_refused(tmp_path: Path) -> None:
    def fill(packed: ZipFile) -> None:
        packed.writestr("m/a", "1")
        packed.writestr("m/./a", "2")

    with pytest.raises(ArchiveRefused):
        unpack(archive(tmp_path, fill))


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive_or_empty_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.zip"
    path.write_bytes(content)
    with pytest.raises(ArchiveRefused):
        unpack(path)


def test_a_damaged_archive_leaves_nothing_behind_and_the_old_model_in_place(tmp_path: Path) -> None:
    place = unpack(archive(tmp_path, named("m/old")))
    path = archive(tmp_path, lambda packed: packed.writestr("m/final.mdl", bytes(range(256)) * 100))
    raw = bytearray(path.read_bytes())
    raw[60] ^= 0xFF
    path.write_bytes(raw)
    with pytest.raises(ArchiveRefused, match="cannot be unpacked"):
        unpack(path)
    assert everything_under(place.parent) == ["ours/old"]


def test_what_the_check_refuses_is_not_put_in_place(tmp_path: Path) -> None:
    def refuse(folder: Path) -> None:
        raise ArchiveRefused(f"no model: {everything_under(folder)}")

    place = tmp_path / "models" / "ours"
    with pytest.raises(ArchiveRefused, match=r"final\.mdl"):
        unpack_model(archive(tmp_path, named("m/final.mdl")), place, refuse)
    assert list(place.parent.iterdir()) == []


def tar(folder: Path, fill: Callable[[tarfile.TarFile], None], mode: Literal["w:bz2", "w:gz"] = "w:bz2") -> Path:
    path = folder / "model.tar.bz2"
    with tarfile.open(path, mode) as packed:
        fill(packed)
    return path


def put(packed: tarfile.TarFile, name: str, content: bytes = b"x", kind: bytes = tarfile.REGTYPE) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.type, entry.linkname = len(content), kind, "/etc/passwd"
    packed.addfile(entry, io.BytesIO(content))


@pytest.mark.parametrize("mode", ["w:bz2", "w:gz"])
def test_a_tar_file_is_unpacked_as_a_zip_file_is(tmp_path: Path, mode: Literal["w:bz2", "w:gz"]) -> None:
    def fill(packed: tarfile.TarFile) -> None:
        put(packed, "./model/", b"", tarfile.DIRTYPE)
        put(packed, "./model/tokens.txt", b"words")
        put(packed, "./model/test_wavs/0.wav")

    place = unpack(tar(tmp_path, fill, mode))
    assert everything_under(place) == ["test_wavs/0.wav", "tokens.txt"]
    assert (place / "tokens.txt").read_bytes() == b"words"


@pytest.mark.parametrize("name", ["../evil", "m/../../evil", "/evil", "..\\evil", "C:evil"])
def test_no_name_in_a_tar_file_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArchiveRefused, match="leads out"):
        unpack(tar(tmp_path, lambda packed: put(packed, name)))
    assert not list(tmp_path.rglob("evil*"))
    assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar_file_are_refused(tmp_path: Path, kind: bytes) -> None:
    with pytest.raises(ArchiveRefused, match="link or a device"):
        unpack(tar(tmp_path, lambda packed: put(packed, "m/file", b"", kind)))


def test_a_tar_file_that_swells_is_refused(tmp_path: Path) -> None:
    def fill(packed: tarfile.TarFile) -> None:
        for number in range(3):
            put(packed, f"m/{number}", bytes(2 << 20))

    with pytest.raises(ArchiveRefused, match="swells"):
        unpack(tar(tmp_path, fill), Bounds(swelling=100))


def test_a_tar_file_that_was_cut_is_refused(tmp_path: Path) -> None:
    whole = tar(tmp_path, lambda packed: put(packed, "m/file", bytes(range(256)) * 4000))
    whole.write_bytes(whole.read_bytes()[:-2000])
    with pytest.raises(ArchiveRefused, match="cannot be unpacked"):
        unpack(whole)
