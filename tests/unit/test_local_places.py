"""A city's own list of places: checked row by row, joined, found in what callers say, and known to running processes."""

from dataclasses import replace
from pathlib import Path

import pytest

from classifier.clean import clean
from classifier.coordinates import Datum, Point, to_gcj02, to_wgs84
from classifier.gazetteer import Gazetteer, Place, PlaceLevel, load_gazetteer
from classifier.local_places import COLUMNS, LARGEST, PlaceListWrong, Taken, local_file, read_places, take_places
from classifier.location import PlaceFinder
from commands.gazetteer import take
from intake.places import LivingPlaces

ROOT = Path(__file__).resolve().parents[2]
CODES = frozenset({"110105", "110105001", "110106"})
HEAD = ",".join(COLUMNS) + "\n"
ROW = "墨香嘉苑,compound,110105001,墨香小区/墨香苑,116.45,39.91,WGS84\n"


def table(folder: Path, rows: str, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_text(HEAD + rows, "utf-8")
    return path


def test_a_row_gives_a_place_with_names_and_point(tmp_path: Path) -> None:
    (place,) = read_places(table(tmp_path, ROW), CODES)
    assert (place.name, place.codes, place.aliases) == ("墨香嘉苑", ("110105001",), ("墨香小区", "墨香苑"))
    assert place.point == Point(116.45, 39.91)


def test_a_table_of_a_spreadsheet_with_its_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"\xef\xbb\xbf" + (HEAD + ROW).replace("\n", "\r\n").encode())
    assert len(read_places(path, CODES)) == 1


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("墨香嘉苑,compound,110105001\n", "7 columns"),
        (",compound,110105001,,,,\n", "2 to 14 characters"),
        ("墨香，嘉苑,compound,110105001,,,,\n", "no punctuation"),
        ("墨香嘉苑,palace,110105001,,,,\n", "kind must be"),
        ("墨香嘉苑,compound,999999,,,,\n", "code 999999"),
        ("墨香嘉苑,compound,,,,,\n", "code .empty."),
        ("墨香嘉苑,compound,110105001,,116.4,39.9,\n", "datum"),
        ("墨香嘉苑,compound,110105001,,116.4,,WGS84\n", "both or none"),
        ("墨香嘉苑,compound,110105001,,39.9,116.4,WGS84\n", "exchanged"),
        ("墨香嘉苑,compound,110105001,,nan,39.9,WGS84\n", "between 73 and 136"),
        (ROW + ROW, "stands twice"),
    ],
)
def test_an_unusable_row_is_named_with_its_line(tmp_path: Path, row: str, words: str) -> None:
    good = "另一个小区,compound,110106,,,,\n"
    with pytest.raises(PlaceListWrong, match=words) as error:
        read_places(table(tmp_path, good + row), CODES)
    assert f"list.csv:{2 + row.count(chr(10))}: " in str(error.value)


def test_all_unusable_rows_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(PlaceListWrong) as error:
        read_places(table(tmp_path, "x,road,1,,,,\n" * 25), CODES)
    assert "list.csv:2:" in str(error.value)
    assert str(error.value).endswith("and 5 more")


@pytest.mark.parametrize("content", [b"", b"name,code\n", b"\xff\xfe", (HEAD + '"' + "x" * 140_000).encode()])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(PlaceListWrong, match=r"list\.csv"):
        read_places(path, CODES)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(PlaceListWrong, match="no such file"):
        read_places(tmp_path / "list.csv", CODES)


def test_lists_that_are_too_long_together_leave_the_one_in_use_as_it_is(tmp_path: Path) -> None:
    target = local_file(tmp_path)
    (first,) = read_places(table(tmp_path, ROW), CODES)
    take_places(target, [first], CODES)
    before = target.read_bytes()
    with pytest.raises(PlaceListWrong, match="at most"):
        take_places(target, [replace(first, name=f"小区{number}") for number in range(LARGEST)], CODES)
    assert target.read_bytes() == before


def test_taking_a_list_twice_changes_nothing_and_new_values_replace_old_ones(tmp_path: Path) -> None:
    target = local_file(tmp_path)
    places = read_places(table(tmp_path, ROW), CODES)
    assert take_places(target, places, CODES) == Taken(1, 0, 0)
    before = target.read_bytes()
    assert take_places(target, read_places(target, CODES), CODES) == Taken(0, 0, 1)
    assert target.read_bytes() == before
    assert take_places(target, [replace(places[0], point=None)], CODES) == Taken(0, 1, 0)
    assert read_places(target, CODES)[0].point is None


def test_points_of_public_maps_are_brought_back(tmp_path: Path) -> None:
    """Tiananmen: the published formula shifts it by 6.2 thousandths of a degree east and 1.4 north."""
    true = Point(116.391, 39.907)
    shifted = to_gcj02(true)
    assert shifted.longitude - true.longitude == pytest.approx(0.0062, abs=0.0002)
    assert shifted.latitude - true.latitude == pytest.approx(0.0014, abs=0.0002)
    back = to_wgs84(shifted.longitude, shifted.latitude, Datum.GCJ02)
    assert (back.longitude, back.latitude) == pytest.approx((true.longitude, true.latitude), abs=1e-6)
    (place,) = read_places(table(tmp_path, f"天安,area,110105,,{shifted.longitude},{shifted.latitude},GCJ02\n"), CODES)
    assert place.point == back


def test_an_imported_compound_is_found_by_running_processes(tmp_path: Path) -> None:
    living = LivingPlaces(ROOT / "config" / "gazetteer", tmp_path)
    text = "我住在墨香嘉院三号楼"
    before = living()
    assert not PlaceFinder(before).find(clean(text), text).candidates
    assert take(table(tmp_path, ROW), tmp_path) == Taken(1, 0, 0)
    after = living()
    assert after.version != before.version
    assert PlaceFinder(after).find(clean(text), text).candidates[0].name == "朝阳区建外街道"
    assert living() is after


def test_a_wrong_list_changes_nothing(tmp_path: Path) -> None:
    with pytest.raises(PlaceListWrong):
        take(table(tmp_path, ROW + "x,road,1,,,,\n"), tmp_path)
    assert not local_file(tmp_path).exists()


def test_a_damaged_list_is_named_when_it_is_loaded(tmp_path: Path) -> None:
    path = table(tmp_path, "x,road,1,,,,\n")
    with pytest.raises(PlaceListWrong, match=r"list\.csv:2"):
        load_gazetteer(ROOT / "config" / "gazetteer", path)


def test_a_damaged_list_does_not_stop_the_hotline(tmp_path: Path) -> None:
    target = local_file(tmp_path)
    target.parent.mkdir()
    table(target.parent, "x,road,1,,,,\n", target.name)
    assert LivingPlaces(ROOT / "config" / "gazetteer", tmp_path)().district("110105") is not None


def test_an_address_has_the_point_of_the_longest_name_in_its_own_district() -> None:
    points = [Point(116.1, 39.1), Point(116.2, 39.2), Point(116.3, 39.3)]
    city = Gazetteer(
        (
            Place("110105", "朝阳区", PlaceLevel.DISTRICT, "", ()),
            Place("110106", "丰台区", PlaceLevel.DISTRICT, "", ()),
            Place("M1.1", "墨香", PlaceLevel.LANDMARK, "110105", (), point=points[0]),
            Place("M2.1", "墨香嘉苑", PlaceLevel.LANDMARK, "110105", (), point=points[1]),
            Place("M3.1", "墨香嘉苑", PlaceLevel.LANDMARK, "110106", (), point=points[2]),
        ),
        "test",
    )
    assert city.point("110105", "墨香嘉苑3号楼") == points[1]
    assert city.point("110106", "墨香嘉苑3号楼") == points[2]
    assert city.point("110106", "墨香路") is None
    assert city.point("110105", None) is None
