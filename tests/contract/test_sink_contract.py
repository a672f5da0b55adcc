"""One suite for every sink: what the relay relies on, whatever is on the other side."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select

from config.clock import FixedClock
from config.ids import new_id
from dispatch.order import Category, Location, Order, Organisation, to_json
from dispatch.sinks.contract import Refused, Sink, Unavailable
from dispatch.sinks.local import LocalSink
from dispatch.sinks.memory import MemorySink
from dispatch.sinks.registry import SINKS
from models.case import Case, CaseState
from models.order import Order as OrderRow
from models.order import QueueEntry
from models.session import Database, upgrade

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Bench:
    """A sink, the ways to make it refuse and fail, and what has arrived behind it."""

    sink: Sink
    known: Callable[[], Order]
    unwanted: Callable[[], Order]
    switch_off: Callable[[], None]
    arrived: Callable[[], list[str]]


def order(number: int) -> Order:
    order_id = new_id()
    case_no = f"260105{number:06d}"
    return Order(
        order_id=order_id,
        dedupe_key=f"{case_no}-{order_id}",
        case_no=case_no,
        heard_at=NOW,
        confirmed_at=NOW,
        kind="complaint",
        urgency="normal",
        deadline=None,
        category=Category("0101", ("环境保护",)),
        location=Location("110105", "110105001", None, None),
        organisation=Organisation("110105001", "建外街道办事处"),
        summary="夜间施工扰民",
        narrative=None,
        confidential=False,
        recording=None,
    )


def memory_bench(_folder: Path) -> Iterator[Bench]:
    numbers = iter(range(1, 100))
    sink = MemorySink(refuses=lambda given: given.summary == "不收")
    yield Bench(
        sink,
        known=lambda: order(next(numbers)),
        unwanted=lambda: replace(order(next(numbers)), summary="不收"),
        switch_off=sink.close,
        arrived=lambda: list(sink.orders),
    )


def local_bench(folder: Path) -> Iterator[Bench]:
    database = Database(f"sqlite:///{folder}/hotline.db")
    upgrade(database)
    numbers = iter(range(1, 100))

    def known() -> Order:
        made = order(next(numbers))
        case = Case(id=new_id(), case_no=made.case_no, state=CaseState.CONFIRMED, provenance={}, created_at=NOW)
        row = OrderRow(id=made.order_id, case_id=case.id, dedupe_key=made.dedupe_key, body=to_json(made), created_at=NOW)
        with database.transaction() as session:
            session.add(case)
            session.flush()
            session.add(row)
        return made

    def arrived() -> list[str]:
        with database.reading() as session:
            return list(session.scalars(select(QueueEntry.dedupe_key).order_by(QueueEntry.queued_at)))

    def switch_off() -> None:
        database.close()
        for path in folder.glob("hotline.db*"):
            path.unlink()
        (folder / "hotline.db").mkdir()

    yield Bench(LocalSink(database, FixedClock()), known, lambda: order(next(numbers)), switch_off, arrived)
    database.close()


BENCHES = {"memory": memory_bench, "local": local_bench}


@pytest.fixture(params=sorted(BENCHES))
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    yield from BENCHES[request.param](tmp_path)


def test_every_sink_that_can_be_chosen_is_in_this_suite() -> None:
    assert set(SINKS) <= set(BENCHES)


def test_what_was_sent_has_arrived(bench: Bench) -> None:
    first, second = bench.known(), bench.known()

    bench.sink.send(first, first.dedupe_key)
    bench.sink.send(second, second.dedupe_key)

    assert sorted(bench.arrived()) == sorted([first.dedupe_key, second.dedupe_key])


def test_the_same_dedupe_key_is_one_order(bench: Bench) -> None:
    sent = bench.known()

    for _ in range(3):
        bench.sink.send(sent, sent.dedupe_key)

    assert bench.arrived() == [sent.dedupe_key]


def test_the_same_dedupe_key_at_the_same_time_is_one_order(bench: Bench) -> None:
    sent = bench.known()
    threads = [Thread(target=bench.sink.send, args=(sent, sent.dedupe_key)) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert bench.arrived() == [sent.dedupe_key]


def test_an_order_that_will_never_be_taken_is_refused_for_good(bench: Bench) -> None:
    unwanted = bench.unwanted()

    with pytest.raises(Refused) as refusal:
        bench.sink.send(unwanted, unwanted.dedupe_key)

    assert refusal.value.retryable is False
    assert bench.arrived() == []


def test_a_sink_that_is_away_is_unavailable_for_now(bench: Bench) -> None:
    sent = bench.known()
    bench.switch_off()

    with pytest.raises(Unavailable) as failure:
        bench.sink.send(sent, sent.dedupe_key)

    assert failure.value.retryable is True


def test_a_refusal_does_not_spoil_the_next_order(bench: Bench) -> None:
    unwanted, good = bench.unwanted(), bench.known()
    with pytest.raises(Refused):
        bench.sink.send(unwanted, unwanted.dedupe_key)

    bench.sink.send(good, good.dedupe_key)

    assert bench.arrived() == [good.dedupe_key]
