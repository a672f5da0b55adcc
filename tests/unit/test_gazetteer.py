import base64
import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from classifier.gazetteer import FILES, PlaceLevel, load_gazetteer, short_names
from config.errors import DataError
from config.gazetteer import build

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "config" / "gazetteer"
PLACES = load_gazetteer(FOLDER)


def test_the_city_is_whole() -> None:
    count = {level: sum(place.level is level for place in PLACES.places) for level in PlaceLevel}
    assert count[PlaceLevel.DISTRICT] == 16
    assert count[PlaceLevel.SUBDISTRICT] == 343 + 6
    assert count[PlaceLevel.COMMUNITY] == 7535
    assert len({place.name for place in PLACES.places if place.level is PlaceLevel.LANDMARK}) >= 800


def test_every_place_but_a_district_lies_in_another() -> None:
    for place in PLACES.places:
        assert (place.parent == "") == (place.level is PlaceLevel.DISTRICT)
        assert not place.parent or PLACES.place(place.parent) is not None


def test_codes_are_of_the_level_asked_for() -> None:
    assert PLACES.district("110114") is not None
    assert PLACES.subdistrict("110114008") is not None
    assert PLACES.community("110114008003") is not None
    assert PLACES.district("110114008") is None
    assert PLACES.subdistrict(None) is None


def test_a_full_name_is_said_from_the_outside() -> None:
    assert PLACES.full_name("110114008") == "昌平区天通苑北街道"
    assert PLACES.full_name("0") == ""


def test_lists_for_the_form() -> None:
    assert len(PLACES.districts()) == 16
    assert len(PLACES.within("110114")) == 22
    assert PLACES.within("110114008")[0].level is PlaceLevel.COMMUNITY
    assert PLACES.within("nowhere") == ()


def test_search_finds_wide_places_first() -> None:
    found = PLACES.search("望京")
    assert found[0].name == "望京街道"
    assert PLACES.search(" ") == []


def test_a_township_is_known_by_its_old_name_too() -> None:
    assert "东小口镇" in short_names("东小口地区", PlaceLevel.SUBDISTRICT)


def test_a_numbered_community_is_known_as_it_is_spoken() -> None:
    assert "上地东里一区" in short_names("上地东里第一社区居委会", PlaceLevel.COMMUNITY)


def test_an_ordinary_word_is_a_weak_name() -> None:
    place = PLACES.subdistrict("110105029")
    assert place is not None
    assert "平房" in place.weak and "平房乡" in place.aliases


@pytest.mark.parametrize("missing", FILES)
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    for name in FILES:
        if name != missing:
            (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    with pytest.raises(DataError, match=missing):
        load_gazetteer(tmp_path)


@pytest.mark.parametrize("content", ["", "code;name\n", "code,name\n110101\n"])
def test_a_broken_file_is_named_with_its_line(tmp_path: Path, content: str) -> None:
    for name in FILES:
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    (tmp_path / "districts.csv").write_text(content, "utf-8")
    with pytest.raises(DataError, match=r"districts\.csv:\d"):
        load_gazetteer(tmp_path)


def package(tables: dict[str, str]) -> io.BytesIO:
    """A tar of the shape of the npm package."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name, text in tables.items():
            member = tarfile.TarInfo(f"package/dist/{name}.csv")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return target


def test_another_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="SHA-512"):
        build.build(package({"areas": "code,name\n"}), tmp_path)


def test_only_this_provinces_rows_are_taken(tmp_path: Path) -> None:
    tar = package(
        {
            "areas": 'code,name\n110101,"东城区"\n120101,"和平区"\n',
            "streets": "code,name\n110101001,东华门街道\n",
            "villages": "code,name\n110101001001,多福巷社区居委会\n",
        }
    )
    checksum = base64.b64encode(hashlib.sha512(tar.getvalue()).digest()).decode()
    assert build.build(tar, tmp_path, checksum) == {"districts": 1, "subdistricts": 1, "communities": 1}
    assert (tmp_path / "districts.csv").read_text("utf-8") == "code,name\n110101,东城区\n"


def test_a_broken_archive_ends_with_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.tgz").write_bytes(b"no archive")
    assert build.main([str(tmp_path / "x.tgz")]) == 1
    assert capsys.readouterr().err.startswith("No gazetteer built: ")


@pytest.mark.parametrize(("typed", "meant"), [("天通院北", "天通苑北街道"), ("回笼观", "回龙观街道"), ("旺京街道", "望京街道")])
def test_a_place_typed_with_a_wrong_character_is_found_by_its_sound(typed: str, meant: str) -> None:
    assert meant in [place.name for place in PLACES.search(typed)]
