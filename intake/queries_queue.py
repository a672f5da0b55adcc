"""The dispatch queue as people see it: orders that left, where they wait, and what was answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from intake.office import Office
from models.case import Case, CaseState
from models.order import Answer, Order, OutboxMessage, OutboxState, QueueEntry

PAGE_SIZE = 50
MAX_PAGE = 250


class Part(StrEnum):
    """Which orders: still on their way, waiting in the queue, answered, dead."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    LEAVING = "leaving"
    DEAD = "dead"


PARTS: Mapping[Part, ColumnElement[bool]] = {
    Part.WAITING: QueueEntry.id.is_not(None) & QueueEntry.answer.is_(None),
    Part.ACCEPTED: QueueEntry.answer == Answer.ACCEPTED,
    Part.REFUSED: QueueEntry.answer == Answer.REFUSED,
    Part.LEAVING: QueueEntry.id.is_(None) & OutboxMessage.state.in_((OutboxState.WAITING, OutboxState.CLAIMED)),
    Part.DEAD: OutboxMessage.state == OutboxState.DEAD,
}


@dataclass(frozen=True, slots=True)
class OrderRow:
    """`organisation`, `place` and `category` are those of the order as it left."""

    order_id: str
    case_no: str
    case_state: CaseState
    reports: int
    """Cases of residents who told the same: this one and those joined to it."""
    urgency: str
    organisation: str
    category: str
    address: str | None
    summary: str
    deadline: datetime | None
    confirmed_at: datetime
    queued_at: datetime | None
    attempts: int
    claimed: bool
    answer: Answer | None
    answer_text: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class OrderList:
    rows: tuple[OrderRow, ...]
    has_next: bool


def list_orders(office: Office, part: Part, page: int = 1) -> OrderList:
    """Newest first; `page` counts from 1."""
    page = max(1, min(page, MAX_PAGE))
    follower = aliased(Case)
    joined = select(func.count()).where(follower.merged_into == Case.id).correlate(Case).scalar_subquery()
    statement = (
        select(Order, Case, OutboxMessage, QueueEntry, joined)
        .join(Case, Case.id == Order.case_id)
        .outerjoin(OutboxMessage, OutboxMessage.order_id == Order.id)
        .outerjoin(QueueEntry, QueueEntry.order_id == Order.id)
        .where(PARTS[part])
        .order_by(Order.created_at.desc(), Order.id)
    )
    with office.database.reading() as session:
        found = [_row(*row) for row in session.execute(statement.limit(PAGE_SIZE + 1).offset((page - 1) * PAGE_SIZE))]
    return OrderList(tuple(found[:PAGE_SIZE]), len(found) > PAGE_SIZE)


def count_orders(office: Office) -> dict[Part, int]:
    """Orders in each part of the queue that somebody has to look at; the answered ones are not counted."""
    tables = (
        select(func.count())
        .select_from(Order)
        .outerjoin(OutboxMessage, OutboxMessage.order_id == Order.id)
        .outerjoin(QueueEntry, QueueEntry.order_id == Order.id)
    )
    with office.database.reading() as session:
        return {part: session.scalar(tables.where(PARTS[part])) or 0 for part in (Part.WAITING, Part.LEAVING, Part.DEAD)}


def _row(order: Order, case: Case, message: OutboxMessage | None, entry: QueueEntry | None, joined: int) -> OrderRow:
    body: Mapping[str, Any] = order.body
    return OrderRow(
        order_id=order.id,
        case_no=case.case_no,
        case_state=case.state,
        reports=joined + 1,
        urgency=body["urgency"],
        organisation=body["organisation"]["name"],
        category=body["category"]["path"][-1] if body["category"]["path"] else body["category"]["code"],
        address=body["location"]["address"],
        summary=body["summary"],
        deadline=datetime.fromisoformat(body["deadline"]) if body["deadline"] else None,
        confirmed_at=datetime.fromisoformat(body["confirmed_at"]),
        queued_at=entry.queued_at if entry else None,
        attempts=message.attempts if message else 0,
        claimed=bool(entry and entry.leased_by),
        answer=entry.answer if entry else None,
        answer_text=entry.text if entry else None,
        answered_at=entry.answered_at if entry else None,
    )
