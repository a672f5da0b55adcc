"""The line of callers who wait for an operator: a row for each call, from its first second to its last."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, named


class WaitState(StrEnum):
    WAITING = "waiting"
    OFFERED = "offered"
    """A seat is kept for this caller, and rings once the machine has let go of him."""
    TALKING = "talking"
    """With the operator at `seat`."""
    LEFT = "left"


class Waiting(Base):
    """A place in the line. Rows change only while the line is locked (intake.waiting_line)."""

    __tablename__ = "waiting"
    __table_args__ = (Index(None, "state", "rank", "joined_at"),)

    call_id: Mapped[str] = mapped_column(Id, ForeignKey("call.id"), primary_key=True)
    state: Mapped[WaitState] = mapped_column(named(WaitState))
    rank: Mapped[int]
    """intake.line_order.Rank: the lower one is served first."""
    joined_at: Mapped[datetime]
    held_since: Mapped[datetime | None]
    """When this caller began to do nothing but wait; None while he speaks with the machine."""
    offers: Mapped[int] = mapped_column(default=0)
    """How many seats were kept for him so far."""
    seat: Mapped[str | None] = mapped_column(String(32), ForeignKey("seat.name"))
    """The seat that is kept for him, or the last one that was."""
    offered_at: Mapped[datetime | None]
    rung_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None] = mapped_column(index=True)
    waited_s: Mapped[int | None]
    """From the call's first second to the operator's first word, in s."""
    left_at: Mapped[datetime | None]
    left_reason: Mapped[str | None] = mapped_column(String(24))
