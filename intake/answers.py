"""A receiving organisation works off its orders: claims them, accepts or refuses each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from dispatch import queue
from dispatch.order import from_json, to_json
from dispatch.queue import Reply
from intake.actors import Actor
from intake.audit import audit
from intake.deliveries import CaseLedger, lock_case_of_order, mark_queued
from intake.events import EventKind, append_event
from intake.office import Office
from intake.workflow import move
from models.case import Case, CaseState
from models.order import Answer, Order

_STATE_AFTER = {Answer.ACCEPTED: CaseState.ACCEPTED, Answer.REFUSED: CaseState.REFUSED}


@dataclass(frozen=True, slots=True)
class Receiver:
    """`organisation_code` is the code that stands in its orders; `actor` is the token it works with."""

    organisation_code: str
    actor: Actor


@dataclass(frozen=True, slots=True)
class ClaimedOrders:
    """`orders` are messages `hotline.order.v1` with the caller, the receiver's until `leased_until`."""

    orders: tuple[dict[str, Any], ...]
    leased_until: datetime


@dataclass(frozen=True, slots=True)
class AnsweredOrder:
    order_id: str
    case_no: str
    answer: Answer
    answered_at: datetime


def claim_orders(office: Office, receiver: Receiver, limit: int, lease: timedelta) -> ClaimedOrders:
    """Lease free orders of the receiver, urgent ones first; nobody else gets them until the lease runs out."""
    now = office.clock.now()
    code = receiver.organisation_code
    if not queue.may_be_waiting(office.database, code, now):
        return ClaimedOrders((), now + lease)
    with office.database.transaction() as session:
        claimed = queue.claim(session, code, receiver.actor.id, limit=limit, lease=lease, now=now)
        orders = tuple(_hand_over(office, session, receiver, order) for _entry, order in claimed)
    return ClaimedOrders(orders, now + lease)


def answer_order(office: Office, receiver: Receiver, order_id: str, reply: Reply) -> AnsweredOrder:
    """A refused case goes back to the operators. Raises UnknownOrder, LeaseLost, AnsweredOtherwise, MoveForbidden."""
    now = office.clock.now()
    with office.database.transaction() as session:
        entry = queue.find_entry(session, receiver.organisation_code, order_id)
        order = session.get_one(Order, order_id)
        is_new = queue.answer(entry, reply, receiver.actor.id, now)
        case = lock_case_of_order(session, order)
        if is_new:
            _follow(session, case, order, reply, actor=receiver.actor, at=now)
        return AnsweredOrder(order_id, case.case_no, reply.answer, entry.answered_at or now)


def _follow(session: Session, case: Case, order: Order, reply: Reply, *, actor: Actor, at: datetime) -> None:
    # The answer may come before the relay has noted that it sent the order.
    mark_queued(session, order, case, at)
    if reply.answer is Answer.REFUSED:
        case.refusal = reply.text or reply.reason_code
    move(session, case, _STATE_AFTER[reply.answer], actor, reason=reply.reason_code or str(reply.answer), at=at)
    append_event(session, EventKind.ORDER_ANSWERED, at, case=case, order_id=order.id, answer=str(reply.answer))
    audit(session, actor, f"order.{reply.answer}", case.case_no, at)


def _hand_over(office: Office, session: Session, receiver: Receiver, order: Order) -> dict[str, Any]:
    """The order as it leaves: now, and only now, with the caller. That the receiver saw it is on record."""
    leaving = from_json(order.body).with_caller(CaseLedger(office.sealer).caller_of(session, order))
    audit(session, receiver.actor, "order.claimed", leaving.case_no, office.clock.now())
    return to_json(leaving)
