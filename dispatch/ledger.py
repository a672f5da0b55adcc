"""What the relay needs of the floor above: who called, and what an order's fate means for its case."""

from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from dispatch.order import Caller
from models.order import Order


class Ledger(Protocol):
    """Each method works in the relay's own transaction."""

    def caller_of(self, session: Session, order: Order) -> Caller: ...

    def order_sent(self, session: Session, order: Order, at: datetime) -> None:
        """The order has left. May be told twice, and late: the case may have moved on."""

    def order_stuck(self, session: Session, order: Order, reason: str, at: datetime) -> None:
        """Several attempts failed; they go on."""

    def order_dead(self, session: Session, order: Order, reason: str, at: datetime) -> None:
        """The order will not be tried again unless a person says so."""
