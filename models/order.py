"""Orders to receiving organisations, the outbox that carries them away, and the embedded queue they wait in."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Json, named


class OutboxState(StrEnum):
    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    DEAD = "dead"


class Answer(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"


class Order(Base):
    """`body` is `hotline.order.v1` without the caller: name and number are filled in when the order leaves."""

    __tablename__ = "order"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    """The contract's order_id."""
    case_id: Mapped[str] = mapped_column(Id, ForeignKey("case.id"), index=True)
    dedupe_key: Mapped[str] = mapped_column(String(64), unique=True)
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime]


class OutboxMessage(Base):
    __tablename__ = "outbox_message"
    __table_args__ = (Index(None, "state", "next_attempt_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    order_id: Mapped[str] = mapped_column(Id, ForeignKey("order.id"), index=True)
    dedupe_key: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[OutboxState] = mapped_column(named(OutboxState))
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class QueueEntry(Base):
    """An order in the embedded queue, and the receiving organisation's answer to it."""

    __tablename__ = "queue_entry"
    __table_args__ = (Index(None, "organisation_code", "answer", "queued_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    order_id: Mapped[str] = mapped_column(Id, ForeignKey("order.id"), unique=True)
    dedupe_key: Mapped[str] = mapped_column(String(64), unique=True)
    organisation_code: Mapped[str] = mapped_column(String(32))
    queued_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    leased_by: Mapped[str | None] = mapped_column(String(64))
    """Id of the token that claimed it."""
    answer: Mapped[Answer | None] = mapped_column(named(Answer))
    reason_code: Mapped[str | None] = mapped_column(String(32))
    text: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
