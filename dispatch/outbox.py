"""The outbox: what must leave the house, written in the transaction that decided it and sent afterwards by the relay."""

from datetime import datetime

from sqlalchemy.orm import Session

from config.ids import new_id
from models.order import Order, OutboxMessage, OutboxState


def enqueue(session: Session, order: Order, now: datetime) -> OutboxMessage:
    """Put the order into the outbox, due at once. The caller's transaction decides whether it ever happened."""
    message = OutboxMessage(
        id=new_id(),
        order_id=order.id,
        dedupe_key=order.dedupe_key,
        state=OutboxState.WAITING,
        attempts=0,
        next_attempt_at=now,
        created_at=now,
    )
    session.add(message)
    return message
