"""The hub hands messages to many pages, bounds each, and lets a page that was away go on."""

import asyncio

from console.hub import MEMORY, WAITING_LIMIT, Hub, Message, Page, frame
from console.live import wanted_topics

CASES = frozenset({"cases"})


def told(position: int, topic: str = "cases") -> Message:
    return Message(frozenset({topic}), frame("case", f"{position}", position), position)


def taken(page: Page) -> bytes:
    return asyncio.run(page.take(0.01))


def test_a_page_gets_what_it_listens_to_in_order() -> None:
    hub = Hub()
    page = hub.join(CASES, None)
    hub.publish([told(1), told(2, "case:260101000001"), told(3)])
    assert taken(page) == frame("case", "1", 1) + frame("case", "3", 3)


def test_nothing_new_is_an_empty_answer_after_the_patience() -> None:
    assert taken(Hub().join(CASES, None)) == b""


def test_a_page_that_returns_gets_what_it_missed() -> None:
    hub = Hub(10)
    hub.publish([told(11), told(12), told(13)])
    assert taken(hub.join(CASES, 11)) == frame("case", "12", 12) + frame("case", "13", 13)


def test_a_page_that_is_up_to_date_gets_nothing() -> None:
    hub = Hub(10)
    hub.publish([told(11)])
    assert taken(hub.join(CASES, 11)) == b""


def test_a_page_that_was_away_too_long_loads_afresh() -> None:
    hub = Hub(10)
    assert taken(hub.join(CASES, 4)) == frame("resync", "{}", 10)
    hub.publish(told(position) for position in range(11, 11 + MEMORY + 5))
    assert b"resync" in taken(hub.join(CASES, 12))


def test_a_page_from_the_future_of_another_database_loads_afresh() -> None:
    assert b"resync" in taken(Hub(10).join(CASES, 99))


def test_a_slow_page_loses_what_waits_and_is_told_so() -> None:
    hub = Hub()
    slow, quick = hub.join(CASES, None), hub.join(CASES, None)
    for position in range(1, WAITING_LIMIT + 2):
        hub.publish([told(position)])
        assert taken(quick) == frame("case", str(position), position)
    last = WAITING_LIMIT + 1
    assert taken(slow) == frame("resync", "{}", last)


def test_the_board_is_not_remembered() -> None:
    hub = Hub(5)
    hub.publish([Message(frozenset({"board"}), frame("board", "{}"))])
    assert hub.position == 5


def test_a_page_that_left_gets_nothing_more() -> None:
    hub = Hub()
    page = hub.join(CASES, None)
    hub.leave(page)
    hub.publish([told(1)])
    assert taken(page) == b""
    assert len(hub) == 0


def test_only_known_topics_can_be_asked_for() -> None:
    asked = ["cases", "board", "case:260101000001", "case:../etc", "case:1", "everything", "case:２６０１０１０００００１"]
    assert wanted_topics(asked, "li") == {"cases", "board", "case:260101000001"}
    many = [f"case:{number:012d}" for number in range(50)]
    assert wanted_topics(many, "li") == set(many[:10])


def test_a_page_hears_of_its_own_persons_seat_and_of_no_other() -> None:
    assert wanted_topics(["seat", "seat:wang", "line"], "li") == {"seat:li", "line"}
