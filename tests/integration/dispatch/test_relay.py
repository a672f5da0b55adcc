from datetime import timedelta
from threading import Barrier, Thread

import pytest

from config.clock import FixedClock
from dispatch.order import Order
from dispatch.retry import RetryRule
from dispatch.sinks.local import LocalSink
from dispatch.sinks.memory import MemorySink
from models.case import CaseState
from models.order import OutboxState
from tests.integration.dispatch.desk import PHONE, Desk


def test_a_confirmed_case_is_dispatched_once_its_order_is_queued(desk: Desk) -> None:
    order_id = desk.confirm()
    queued_at = desk.clock.now()

    carried = desk.relay(LocalSink(desk.database, desk.clock)).run_once()

    assert carried == 1
    case = desk.case(order_id)
    assert (case.state, case.queued_at, case.version) == (CaseState.DISPATCHED, queued_at, 2)
    assert desk.moves(order_id) == [CaseState.DISPATCHED]
    assert desk.message(order_id).sent_at == queued_at
    assert [entry.order_id for entry in desk.entries()] == [order_id]
    assert [(event.case_no, event.data["order_id"]) for event in desk.events("order.queued")] == [(case.case_no, order_id)]


def test_an_idle_relay_writes_nothing_and_says_so(desk: Desk) -> None:
    relay = desk.relay(MemorySink())

    assert relay.pending() is False
    assert relay.run_once() == 0


def test_the_caller_is_in_what_leaves_and_in_nothing_that_is_stored(desk: Desk) -> None:
    sink = MemorySink()
    order_id = desk.confirm()

    desk.relay(sink).run_once()

    assert [order.caller.phone for order in sink.orders.values()] == [PHONE]
    assert PHONE[3:] not in str(desk.message(order_id).__dict__) + str([event.data for event in desk.events("order.queued")])


def test_a_confidential_order_leaves_without_its_caller(desk: Desk) -> None:
    sink = MemorySink()
    desk.confirm(confidential=True)

    desk.relay(sink).run_once()

    assert [(order.confidential, order.caller.name, order.caller.phone) for order in sink.orders.values()] == [
        (True, None, None)
    ]


def test_a_refused_order_does_not_send_the_good_ones_of_its_batch_again(desk: Desk) -> None:
    orders = [desk.confirm() for _ in range(2)] + [desk.confirm(summary="不收")] + [desk.confirm() for _ in range(2)]
    sink = MemorySink(refuses=lambda order: order.summary == "不收")
    relay = desk.relay(sink)

    for _ in range(3):
        relay.run_once()
        desk.clock.advance(timedelta(minutes=10))

    assert len(sink.deliveries) == len(set(sink.deliveries)) == 4
    assert desk.states(orders) == [OutboxState.SENT, OutboxState.SENT, OutboxState.DEAD, OutboxState.SENT, OutboxState.SENT]


def test_a_dead_letter_raises_an_alarm_and_stays_visible_with_its_reason(desk: Desk) -> None:
    order_id = desk.confirm()

    desk.relay(MemorySink(refuses=lambda _order: True)).run_once()

    message = desk.message(order_id)
    assert (message.state, message.last_error) == (OutboxState.DEAD, "The sink in memory does not take this order.")
    assert [event.data for event in desk.events("alarm")] == [{"name": "order_dead", "order_id": order_id}]
    assert desk.case(order_id).state is CaseState.CONFIRMED


def test_an_unavailable_sink_is_tried_again_after_a_growing_pause(desk: Desk) -> None:
    order_id = desk.confirm()
    sink = MemorySink(available=False)
    relay = desk.relay(sink)

    pauses = []
    for _ in range(4):
        relay.run_once()
        message = desk.message(order_id)
        pauses.append((message.next_attempt_at - desk.clock.now()).total_seconds())
        assert relay.run_once() == 0
        desk.clock.at = message.next_attempt_at
    sink.available = True
    relay.run_once()

    assert pauses == [0.5, 1, 2, 4]
    assert sink.deliveries == [desk.message(order_id).dedupe_key]
    assert desk.case(order_id).state is CaseState.DISPATCHED


def test_an_unavailable_sink_is_not_asked_for_every_order_of_a_backlog(desk: Desk) -> None:
    for _ in range(5):
        desk.confirm()

    assert desk.relay(MemorySink(available=False)).run_once() == 1


def test_attempts_end_in_a_dead_letter_after_one_early_alarm(desk: Desk) -> None:
    order_id = desk.confirm()
    relay = desk.relay(MemorySink(available=False), rule=RetryRule(limit=4, stuck_after=2))

    for _ in range(6):
        relay.run_once()
        desk.clock.advance(timedelta(minutes=10))

    assert (desk.message(order_id).state, desk.message(order_id).attempts) == (OutboxState.DEAD, 4)
    assert [event.data["name"] for event in desk.events("alarm")] == ["order_stuck", "order_dead"]


class BrokenSink:
    """A sink with a fault of its own, whose exception quotes the caller."""

    def send(self, order: Order, dedupe_key: str) -> None:
        raise RuntimeError(f"cannot send {dedupe_key} of {order.caller.phone}")

    def close(self) -> None: ...


def test_a_fault_in_the_sink_is_retried_and_does_not_tell_the_callers_number(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    order_id = desk.confirm()

    desk.relay(BrokenSink()).run_once()

    message = desk.message(order_id)
    assert message.state is OutboxState.WAITING
    assert message.last_error is not None
    assert message.last_error.startswith("The sink failed: RuntimeError at test_relay.py:")
    assert PHONE[3:] not in message.last_error + caplog.text


def test_an_order_that_cannot_be_read_is_a_dead_letter_and_blocks_nothing(desk: Desk) -> None:
    unreadable, good = desk.confirm(), desk.confirm()
    with desk.database.transaction() as session:
        from models.order import Order as Row

        session.get_one(Row, unreadable).body = {"schema": "hotline.order.v9"}

    desk.relay(MemorySink()).run_once()

    assert desk.states([unreadable, good]) == [OutboxState.DEAD, OutboxState.SENT]


def test_an_order_leaves_without_the_number_when_no_key_opens_it(desk: Desk) -> None:
    sink = MemorySink()
    desk.confirm()
    other = Desk(desk.database, desk.clock)

    other.relay(sink).run_once()

    assert [(order.caller.name, order.caller.phone) for order in sink.orders.values()] == [("王女士", None)]


class DyingSink(MemorySink):
    """Takes the order, and the process ends before it can say so."""

    def send(self, order: Order, dedupe_key: str) -> None:
        super().send(order, dedupe_key)
        raise KeyboardInterrupt


def test_what_a_dead_relay_had_sent_goes_again_under_the_same_key_after_its_lease(desk: Desk) -> None:
    order_id = desk.confirm()
    sink = DyingSink()
    with pytest.raises(KeyboardInterrupt):
        desk.relay(sink).run_once()
    second = MemorySink(orders=sink.orders, deliveries=sink.deliveries)

    assert desk.relay(second).run_once() == 0
    desk.clock.advance(timedelta(seconds=30))
    assert desk.relay(second).run_once() == 1

    assert len(sink.deliveries) == 2
    assert len(sink.orders) == 1
    assert desk.message(order_id).state is OutboxState.SENT
    assert len(desk.events("order.queued")) == 1


def test_an_order_that_ends_the_relay_each_time_is_given_up(desk: Desk) -> None:
    order_id = desk.confirm()
    sink = DyingSink()
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            desk.relay(sink, rule=RetryRule(limit=3)).run_once()
        desk.clock.advance(timedelta(seconds=30))

    desk.relay(sink, rule=RetryRule(limit=3)).run_once()

    assert desk.message(order_id).state is OutboxState.DEAD
    assert len(sink.deliveries) == 3


class SlowSink(MemorySink):
    """Outlasts the lease: while it sends, `meanwhile` happens."""

    def __init__(self, desk: Desk, meanwhile: MemorySink) -> None:
        super().__init__()
        self.desk, self.meanwhile = desk, meanwhile

    def send(self, order: Order, dedupe_key: str) -> None:
        self.desk.clock.advance(timedelta(seconds=31))
        self.desk.relay(self.meanwhile).run_once()
        super().send(order, dedupe_key)


def test_a_relay_that_outlasts_its_lease_does_not_undo_what_another_settled(desk: Desk) -> None:
    order_id = desk.confirm()
    other = MemorySink()

    desk.relay(SlowSink(desk, other)).run_once()

    assert (desk.message(order_id).state, desk.message(order_id).attempts) == (OutboxState.SENT, 2)
    assert len(desk.events("order.queued")) == 1
    assert desk.moves(order_id) == [CaseState.DISPATCHED]


def test_sent_late_is_sent_also_where_another_relay_has_given_up(desk: Desk) -> None:
    order_id = desk.confirm()
    other = MemorySink(refuses=lambda _order: True)

    desk.relay(SlowSink(desk, other)).run_once()

    assert desk.message(order_id).state is OutboxState.SENT
    assert desk.case(order_id).state is CaseState.DISPATCHED


class RefusingLate(SlowSink):
    def send(self, order: Order, dedupe_key: str) -> None:
        self.refuses = lambda _order: True
        super().send(order, dedupe_key)


def test_a_refusal_that_comes_after_the_lease_does_not_bury_what_another_sent(desk: Desk) -> None:
    order_id = desk.confirm()

    desk.relay(RefusingLate(desk, MemorySink())).run_once()

    assert desk.message(order_id).state is OutboxState.SENT
    assert desk.events("alarm") == []


@pytest.mark.parametrize("skew", [timedelta(hours=-1), timedelta(hours=1)])
def test_relays_whose_clocks_disagree_send_no_order_twice_into_the_queue(desk: Desk, skew: timedelta) -> None:
    orders = [desk.confirm() for _ in range(3)]
    sink = MemorySink()
    skewed = FixedClock(desk.clock.now() + skew)

    desk.relay(sink, clock=skewed).run_once()
    desk.relay(sink).run_once()

    assert len(sink.orders) == 3
    assert desk.states(orders) == [OutboxState.SENT] * 3


def test_four_relays_at_once_carry_every_order_once(desk: Desk) -> None:
    orders = [desk.confirm() for _ in range(20)]
    sinks = [MemorySink() for _ in range(4)]
    start = Barrier(4)

    def run(sink: MemorySink) -> None:
        start.wait()
        relay = desk.relay(sink)
        while relay.run_once():
            pass

    threads = [Thread(target=run, args=(sink,)) for sink in sinks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    delivered = [key for sink in sinks for key in sink.deliveries]
    assert sorted(delivered) == sorted(desk.message(order_id).dedupe_key for order_id in orders)
    assert desk.states(orders) == [OutboxState.SENT] * 20
    assert len(desk.events("order.queued")) == 20
