"""Orders that have not left: what an administrator sees of the outbox, and what he can do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from intake.actors import Actor
from intake.audit import audit
from intake.office import Office
from models.case import Case
from models.order import Order, OutboxMessage, OutboxState

RETRYABLE = (OutboxState.DEAD, OutboxState.WAITING)
MOST = 1000
"""Rows that a list shows at most."""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """`reason` is what the last attempt met, None before the first."""

    order_id: str
    case_no: str
    state: OutboxState
    attempts: int
    created_at: datetime
    next_attempt_at: datetime
    reason: str | None


def list_undelivered(office: Office) -> list[Undelivered]:
    """Dead letters first, then the rest, the oldest first in each."""
    wanted = (
        select(OutboxMessage, Case.case_no)
        .join(Order, Order.id == OutboxMessage.order_id)
        .join(Case, Case.id == Order.case_id)
        .where(OutboxMessage.state != OutboxState.SENT)
        .order_by(OutboxMessage.state != OutboxState.DEAD, OutboxMessage.created_at)
        .limit(MOST)
    )
    with office.database.reading() as session:
        return [_view(message, case_no) for message, case_no in session.execute(wanted)]


def retry_orders(office: Office, order_ids: Sequence[str], actor: Actor) -> list[str]:
    """Send these orders again, with all attempts before them; no ids: every dead letter. Returns the ids it found."""
    now = office.clock.now()
    meant = OutboxMessage.order_id.in_(order_ids) if order_ids else OutboxMessage.state == OutboxState.DEAD
    with office.database.transaction() as session:
        found = session.scalars(
            select(OutboxMessage).where(meant, OutboxMessage.state.in_(RETRYABLE)).order_by(OutboxMessage.id).with_for_update()
        ).all()
        for message in found:
            message.state, message.attempts, message.next_attempt_at = OutboxState.WAITING, 0, now
            audit(session, actor, "order.retried", message.order_id, now)
        return [message.order_id for message in found]


def _view(message: OutboxMessage, case_no: str) -> Undelivered:
    return Undelivered(
        order_id=message.order_id,
        case_no=case_no,
        state=message.state,
        attempts=message.attempts,
        created_at=message.created_at,
        next_attempt_at=message.next_attempt_at,
        reason=message.last_error,
    )
