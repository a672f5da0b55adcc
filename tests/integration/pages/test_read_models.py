"""What pages read, on both databases."""

from pathlib import Path

import pytest

from config.clock import FixedClock
from console.feed import count_board
from intake.audit import list_audit
from intake.confirmation import CaseChange, confirm_case
from intake.errors import UnknownCall, UnknownCase
from intake.next_case import ABANDONED_AFTER, take_next_case
from intake.queries_case import case_page
from intake.queries_cases import CaseFilter, Tab, list_cases, rows_of, tab_counts
from intake.queries_queue import Part, count_orders, list_orders
from intake.revealing import reveal_number
from tests.databases import (  # noqa: F401 - fixtures
    database_url,
    postgres_database,
    postgres_template,
    sqlite_database,
    sqlite_template,
)
from tests.town import Town


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def town(tmp_path: Path, database_url: str, clock: FixedClock) -> Town:  # noqa: F811
    return Town(tmp_path, clock=clock, database_url=database_url)


def numbers(town: Town, tab: Tab, words: str = "") -> list[str]:
    return [row.case_no for row in list_cases(town.office, CaseFilter(tab=tab, words=words)).rows]


def test_lists_counts_and_one_case_read_the_same_on_both(town: Town, clock: FixedClock) -> None:
    plain, urgent = town.cold_flat(), town.cold_flat(number="+8613900001111", urgent=True)
    talking, silent = town.ring("+8613700002222"), town.ring("+861062345678")
    town.hang_up(silent, heard=False)
    assert numbers(town, Tab.WAITING) == [urgent.case_no, plain.case_no, talking.case_no]
    assert numbers(town, Tab.CALLBACK) == [silent.case_no]
    assert numbers(town, Tab.ALL, "138 0013 8000") == [plain.case_no]
    assert numbers(town, Tab.ALL, "100%_") == []
    assert tab_counts(town.office) == {Tab.WAITING: 3, Tab.CALLBACK: 1}
    assert [row.place for row in rows_of(town.office, [plain.case_no])] == ["昌平区天通苑北街道 天通苑北一区5号楼2单元301"]
    page = case_page(town.office, plain.case_no)
    assert (page.category, page.calls[0].number) == ("室内温度不达标", "138****8000")
    assert (len(page.utterances), len(page.moves)) == (3, 2)
    figures = count_board(town.office, clock.now()).figures()
    assert (figures.calls_now, figures.calls_today, figures.urgent_waiting) == (1, 4, 1)
    with pytest.raises(UnknownCase):
        case_page(town.office, "000000000000")


def test_an_order_is_seen_where_it_is(town: Town) -> None:
    caller = town.cold_flat()
    version = case_page(town.office, caller.case_no).version
    confirm_case(town.office, caller.case_no, CaseChange(version), town.people["li"].actor)
    assert [order.organisation for order in list_orders(town.office, Part.LEAVING).rows] == ["天通苑北街道办事处"]
    assert all(not list_orders(town.office, part).rows for part in Part if part is not Part.LEAVING)
    assert count_orders(town.office) == {Part.WAITING: 0, Part.LEAVING: 1, Part.DEAD: 0}


def test_the_next_case_is_the_urgent_one_and_an_abandoned_one_comes_again(town: Town, clock: FixedClock) -> None:
    plain, urgent = town.cold_flat(), town.cold_flat(number="+8613900001111", urgent=True)
    li, wang = town.people["li"].actor, town.people["wang"].actor
    assert take_next_case(town.office, li) == urgent.case_no
    assert take_next_case(town.office, wang) == plain.case_no
    clock.advance(ABANDONED_AFTER * 2)
    assert take_next_case(town.office, wang) == urgent.case_no


def test_nobody_waits(town: Town) -> None:
    assert take_next_case(town.office, town.people["li"].actor) is None


def test_a_number_is_on_record_before_it_is_shown(town: Town) -> None:
    caller, other = town.cold_flat(), town.ring("+8613700002222")
    assert reveal_number(town.office, caller.case_no, caller.call_id, town.people["li"].actor) == "+8613800138000"
    assert [entry.action for entry in list_audit(town.office, caller.case_no)] == ["number.revealed"]
    with pytest.raises(UnknownCall):
        reveal_number(town.office, caller.case_no, other.call_id, town.people["li"].actor)
