"""A burst main: many calls, one event; counted once, closed when quiet, and told apart from another one."""

from datetime import timedelta

import pytest

from classifier.surge import chance, is_surge, usual
from config.ids import new_id
from intake.errors import UnknownCase
from intake.mass_events import set_notice, watch_mass_events
from intake.queries_case import case_page
from intake.queries_mass_events import mass_event_of, mass_events
from intake.settling import cancel_case
from models.case import Case, CaseState
from models.mass_event import MassEvent
from tests.integration.records.bureau import OPERATOR, Bureau

WATER, LOW_WATER, POWER = "010201", "010202", "010301"
NORTH, SOUTH = "110114008", "110114009"


def calls(bureau: Bureau, count: int, category: str = WATER, area: str | None = NORTH, days_ago: int = 0) -> list[str]:
    """Cases of so many callers at this moment; their numbers."""
    at = bureau.clock.now() - timedelta(days=days_ago)
    with bureau.database.transaction() as session:
        cases = [
            Case(
                id=new_id(),
                case_no=f"{new_id()[:12]}",
                state=CaseState.PROPOSED,
                category_code=category,
                district_code="110114",
                subdistrict_code=area,
                created_at=at,
            )
            for _ in range(count)
        ]
        session.add_all(cases)
    return [case.case_no for case in cases]


def test_three_hundred_calls_of_one_burst_main_are_one_event_and_another_event_is_another(bureau: Bureau) -> None:
    burst, dark = calls(bureau, 300), calls(bureau, 12, POWER)
    for _ in range(2):
        watch_mass_events(bureau.office)
    water, power = mass_events(bureau.office)
    assert (water.recent, water.total, water.codes) == (300, 300, (WATER,))
    assert (power.recent, power.codes) == (12, (POWER,))
    assert "天通苑北街道" in water.area
    assert {mass_event_of(bureau.office, case_page(bureau.office, number)) for number in burst} == {water}
    assert {mass_event_of(bureau.office, case_page(bureau.office, number)) for number in dark} == {power}
    assert (water.head in burst, power.head in dark) == (True, True)
    assert bureau.event_kinds().count("mass_event") == 2


def test_calls_of_one_group_make_an_event_together_and_other_areas_none(bureau: Bureau) -> None:
    calls(bureau, 3)
    calls(bureau, 3, LOW_WATER)
    calls(bureau, 4, area=SOUTH)
    calls(bureau, 4, area=None)
    watch_mass_events(bureau.office)
    (event,) = mass_events(bureau.office)
    assert (event.area_code, event.codes, event.recent) == (NORTH, (WATER, LOW_WATER), 6)


def test_what_is_usual_there_is_no_event(bureau: Bureau) -> None:
    for day in range(1, 15):
        calls(bureau, 60, days_ago=day)
    calls(bureau, 6)
    watch_mass_events(bureau.office)
    assert mass_events(bureau.office) == ()


def test_an_event_grows_keeps_its_notice_and_closes_when_it_is_quiet(bureau: Bureau) -> None:
    calls(bureau, 6)
    watch_mass_events(bureau.office)
    (event,) = mass_events(bureau.office)
    set_notice(bureau.office, event.id, " 正在抢修 ", OPERATOR)
    bureau.clock.advance(timedelta(minutes=40))
    calls(bureau, 1)
    watch_mass_events(bureau.office)
    (grown,) = mass_events(bureau.office)
    assert (grown.id, grown.recent, grown.total, grown.notice) == (event.id, 1, 7, "正在抢修")
    bureau.clock.advance(timedelta(minutes=61))
    watch_mass_events(bureau.office)
    assert mass_events(bureau.office) == ()
    assert bureau.one(MassEvent).closed_at == bureau.clock.now()


def test_the_next_case_leads_when_the_first_is_cancelled(bureau: Bureau) -> None:
    calls(bureau, 6)
    watch_mass_events(bureau.office)
    (event,) = mass_events(bureau.office)
    cancel_case(bureau.office, event.head, 1, OPERATOR, "no_request")
    watch_mass_events(bureau.office)
    (after,) = mass_events(bureau.office)
    assert (after.id, after.total) == (event.id, 5)
    assert after.head != event.head


def test_a_notice_for_no_event_is_refused(bureau: Bureau) -> None:
    with pytest.raises(UnknownCase):
        set_notice(bureau.office, "0" * 32, "x", OPERATOR)


def test_a_surge_is_more_than_chance() -> None:
    assert not is_surge(4, 0.2)
    assert is_surge(5, usual([]))
    assert not is_surge(9, 3.0)
    assert is_surge(20, 3.0)
    assert usual([0] * 12 + [500, 700]) == usual([])
    assert chance(1, 0.0) == 0.0
