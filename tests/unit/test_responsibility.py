from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from classifier.pipeline import ABSTAIN
from intake.responsibility import Organisation, deadline_of, office_name, responsible_organisation
from intake.triage import FILL_FROM
from tests.integration.records.bureau import HEATING, places, taxonomy


@pytest.mark.parametrize(
    ("name", "office"),
    [
        ("天通苑北街道", "天通苑北街道办事处"),
        ("小汤山镇", "小汤山镇人民政府"),
        ("来广营地区", "来广营地区办事处"),
        ("檀营地区", "檀营地区办事处"),
        ("大安山乡", "大安山乡人民政府"),
        ("北京经济技术开发区", "北京经济技术开发区管理委员会"),
    ],
)
def test_the_office_of_a_sub_district(name: str, office: str) -> None:
    assert office_name(name) == office


def test_the_sub_districts_office_comes_first() -> None:
    (district, *_) = [place for place in places().districts() if place.name == "昌平区"]
    (north,) = [place for place in places().within(district.code) if place.name == "天通苑北街道"]
    found = responsible_organisation(places(), district.code, north.code)
    assert found == Organisation(north.code, "天通苑北街道办事处")


def test_without_a_sub_district_the_district_answers() -> None:
    (district, *_) = [place for place in places().districts() if place.name == "昌平区"]
    assert responsible_organisation(places(), district.code, None) == Organisation(district.code, "昌平区人民政府")
    assert responsible_organisation(places(), district.code, "999999999") == Organisation(district.code, "昌平区人民政府")


def test_without_a_place_nobody_answers() -> None:
    assert responsible_organisation(places(), None, None) is None


def test_every_sub_district_has_an_office() -> None:
    for district in places().districts():
        for place in places().within(district.code):
            organisation = responsible_organisation(places(), district.code, place.code)
            assert organisation is not None
            assert organisation.name.endswith(("办事处", "人民政府", "管理委员会"))


def test_the_form_is_filled_from_the_level_at_which_the_caller_hears_it() -> None:
    assert FILL_FROM == ABSTAIN


def test_the_deadline_counts_plain_hours() -> None:
    leaf = taxonomy().leaf(HEATING)
    assert leaf is not None
    friday_night = datetime(2026, 1, 9, 15, 30, tzinfo=UTC)
    assert deadline_of(replace(leaf, deadline_h=24), friday_night) == friday_night + timedelta(days=1)
