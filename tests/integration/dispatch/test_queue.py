from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from dispatch.order import Order
from dispatch.queue import AnsweredOtherwise, LeaseLost, Reply, UnknownOrder
from dispatch.sinks.local import LocalSink
from intake.actors import Actor, ActorKind
from intake.answers import Receiver, answer_order, claim_orders
from intake.office import Office
from models.account import AuditEntry
from models.case import CaseState
from models.order import Answer, OutboxState
from tests.integration.dispatch.desk import ORGANISATION, PHONE, Desk

LEASE = timedelta(seconds=60)
ACCEPTED = Reply(Answer.ACCEPTED)
REFUSED = Reply(Answer.REFUSED, "not_ours", "由区住建委办理")


def receiver(name: str = "a", organisation: str = ORGANISATION) -> Receiver:
    return Receiver(organisation, Actor(ActorKind.TOKEN, name * 32, f"token {name}"))


def queued(desk: Desk, **more: object) -> str:
    order_id = desk.confirm(**more)  # type: ignore[arg-type]
    desk.relay(LocalSink(desk.database, desk.clock)).run_once()
    return order_id


def claimed_ids(office: Office, who: Receiver, limit: int = 10) -> list[str]:
    return [order["order_id"] for order in claim_orders(office, who, limit, LEASE).orders]


def test_an_organisation_gets_its_orders_with_the_caller(desk: Desk, office: Office) -> None:
    order_id = queued(desk)

    claimed = claim_orders(office, receiver(), 10, LEASE)

    assert [order["order_id"] for order in claimed.orders] == [order_id]
    assert claimed.orders[0]["caller"] == {"name": "王女士", "phone": PHONE}
    assert claimed.leased_until == desk.clock.now() + LEASE


def test_that_the_organisation_saw_the_caller_is_on_record(desk: Desk, office: Office) -> None:
    order_id = queued(desk)

    claim_orders(office, receiver(), 10, LEASE)

    with desk.database.reading() as session:
        entries = [(entry.action, entry.subject, entry.actor_name) for entry in session.scalars(select(AuditEntry))]
    assert entries == [("order.claimed", desk.case(order_id).case_no, "token a")]


def test_a_confidential_order_is_handed_over_without_its_caller(desk: Desk, office: Office) -> None:
    queued(desk, confidential=True)

    claimed = claim_orders(office, receiver(), 10, LEASE)

    assert [order["caller"] for order in claimed.orders] == [{"name": None, "phone": None}]


def test_urgent_orders_are_handed_out_first_then_the_oldest(desk: Desk, office: Office) -> None:
    first, second = queued(desk), queued(desk)
    urgent = queued(desk, urgent=True)

    assert claimed_ids(office, receiver(), 2) == [urgent, first]
    assert claimed_ids(office, receiver(), 2) == [second]


def test_another_organisations_order_is_neither_claimed_nor_answered(desk: Desk, office: Office) -> None:
    order_id = queued(desk, organisation="110105002")
    claimed_ids(office, receiver("b", "110105002"))

    assert claimed_ids(office, receiver()) == []
    with pytest.raises(UnknownOrder):
        answer_order(office, receiver(), order_id, ACCEPTED)
    assert desk.case(order_id).state is CaseState.DISPATCHED


def test_a_leased_order_is_offered_to_nobody_until_the_lease_runs_out(desk: Desk, office: Office) -> None:
    order_id = queued(desk)
    claimed_ids(office, receiver())

    assert claimed_ids(office, receiver("b")) == []
    desk.clock.advance(LEASE)
    assert claimed_ids(office, receiver("b")) == [order_id]


@pytest.mark.parametrize(
    ("reply", "state", "refusal"),
    [
        (ACCEPTED, CaseState.ACCEPTED, None),
        (REFUSED, CaseState.REFUSED, "由区住建委办理"),
        (Reply(Answer.REFUSED, "not_ours"), CaseState.REFUSED, "not_ours"),
    ],
)
def test_an_answer_moves_the_case(desk: Desk, office: Office, reply: Reply, state: CaseState, refusal: str | None) -> None:
    order_id = queued(desk)
    claimed_ids(office, receiver())

    answered = answer_order(office, receiver(), order_id, reply)

    assert answered.answer is reply.answer
    assert (desk.case(order_id).state, desk.case(order_id).refusal) == (state, refusal)
    assert desk.moves(order_id) == [CaseState.DISPATCHED, state]
    assert [event.data["answer"] for event in desk.events("order.answered")] == [str(reply.answer)]


@pytest.mark.parametrize("reply", [ACCEPTED, REFUSED])
def test_the_same_answer_twice_is_one_answer(desk: Desk, office: Office, reply: Reply) -> None:
    order_id = queued(desk)
    claimed_ids(office, receiver())
    first = answer_order(office, receiver(), order_id, reply)
    desk.clock.advance(LEASE * 10)

    assert answer_order(office, receiver(), order_id, reply) == first
    assert len(desk.moves(order_id)) == 2
    assert len(desk.events("order.answered")) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [(ACCEPTED, REFUSED), (REFUSED, ACCEPTED), (REFUSED, Reply(Answer.REFUSED, "duplicate", "由区住建委办理"))],
)
def test_another_answer_than_the_first_is_a_conflict(desk: Desk, office: Office, first: Reply, second: Reply) -> None:
    order_id = queued(desk)
    claimed_ids(office, receiver())
    answer_order(office, receiver(), order_id, first)
    state = desk.case(order_id).state

    with pytest.raises(AnsweredOtherwise):
        answer_order(office, receiver(), order_id, second)
    assert desk.case(order_id).state is state


def never_claimed(_desk: Desk, _office: Office) -> None: ...


def lease_ran_out(desk: Desk, office: Office) -> None:
    claimed_ids(office, receiver())
    desk.clock.advance(LEASE)


def taken_over(desk: Desk, office: Office) -> None:
    lease_ran_out(desk, office)
    claimed_ids(office, receiver("b"))


@pytest.mark.parametrize("before", [never_claimed, lease_ran_out, taken_over])
def test_an_answer_without_a_lease_is_a_conflict(desk: Desk, office: Office, before: Callable[[Desk, Office], None]) -> None:
    order_id = queued(desk)
    before(desk, office)

    with pytest.raises(LeaseLost):
        answer_order(office, receiver(), order_id, ACCEPTED)
    assert desk.case(order_id).state is CaseState.DISPATCHED


@dataclass(frozen=True, slots=True)
class AnsweredAtOnce:
    """The embedded queue with an organisation that is faster than the relay."""

    queue: LocalSink
    office: Office
    reply: Reply

    def send(self, order: Order, dedupe_key: str) -> None:
        self.queue.send(order, dedupe_key)
        claimed_ids(self.office, receiver())
        answer_order(self.office, receiver(), order.order_id, self.reply)

    def close(self) -> None: ...


@pytest.mark.parametrize(("reply", "state"), [(ACCEPTED, CaseState.ACCEPTED), (REFUSED, CaseState.REFUSED)])
def test_an_answer_may_come_before_the_relay_has_noted_that_it_sent(
    desk: Desk, office: Office, reply: Reply, state: CaseState
) -> None:
    order_id = desk.confirm()

    desk.relay(AnsweredAtOnce(LocalSink(desk.database, desk.clock), office, reply)).run_once()

    assert desk.moves(order_id) == [CaseState.DISPATCHED, state]
    assert desk.case(order_id).queued_at is not None
    assert desk.message(order_id).state is OutboxState.SENT
    assert len(desk.events("order.queued")) == 1


def test_a_hundred_claims_at_once_hand_out_every_order_once(desk: Desk, office: Office) -> None:
    orders = [queued(desk) for _ in range(30)]
    start = Barrier(100)
    claimed: list[str] = []

    def claim(number: int) -> None:
        start.wait()
        claimed.extend(claimed_ids(office, receiver("ab"[number % 2]), 1))

    run_together([partial(claim, number) for number in range(100)])

    assert sorted(claimed) == sorted(orders)


def test_the_same_answer_from_eight_threads_at_once_moves_the_case_once(desk: Desk, office: Office) -> None:
    order_id = queued(desk)
    claimed_ids(office, receiver())
    answers: list[Answer] = []

    def accept() -> None:
        answers.append(answer_order(office, receiver(), order_id, ACCEPTED).answer)

    run_together([accept] * 8)

    assert answers == [Answer.ACCEPTED] * 8
    assert desk.moves(order_id) == [CaseState.DISPATCHED, CaseState.ACCEPTED]


def test_of_two_different_answers_at_once_one_counts_and_the_other_is_told(desk: Desk, office: Office) -> None:
    order_id = queued(desk)
    claimed_ids(office, receiver())
    outcomes: list[str] = []

    def give(reply: Reply) -> None:
        try:
            outcomes.append(str(answer_order(office, receiver(), order_id, reply).answer))
        except AnsweredOtherwise:
            outcomes.append("conflict")

    run_together([partial(give, ACCEPTED), partial(give, REFUSED)])

    assert sorted(outcomes) in (["accepted", "conflict"], ["conflict", "refused"])
    assert str(desk.case(order_id).state) in outcomes


def run_together(work: Sequence[Callable[[], None]]) -> None:
    threads = [Thread(target=piece) for piece in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
