"""The operators' seats: a telephone each, whoever sits at it, and every change of what he does."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Serial, named


class SeatState(StrEnum):
    FREE = "free"
    """Nobody sits there."""
    READY = "ready"
    RINGING = "ringing"
    """A caller has been given to it: it rings, or will within seconds."""
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    """The conversation is over, its form is not."""
    PAUSED = "paused"


class Seat(Base):
    """A row comes into being when somebody first sits down. Rows change only while the waiting line is locked."""

    __tablename__ = "seat"
    __table_args__ = (Index(None, "state", "since"),)

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Of its telephone, as in HOTLINE_SIP__SEATS."""
    state: Mapped[SeatState] = mapped_column(named(SeatState))
    reason: Mapped[str | None] = mapped_column(String(24))
    """Why it is paused (intake.seats.Pause)."""
    since: Mapped[datetime]
    account_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"), unique=True)
    call_id: Mapped[str | None] = mapped_column(Id, ForeignKey("call.id"))
    """The call that it rings for, speaks with, or writes up."""
    has_telephone: Mapped[bool] = mapped_column(default=True)
    """False: the exchange says that no telephone is registered under this name."""


class SeatChange(Base):
    """A row for every change: with it times and reasons are counted. `call_id` names the call that it was about."""

    __tablename__ = "seat_change"
    __table_args__ = (Index(None, "seat", "at"), Index(None, "account_id", "at"))

    id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    seat: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    from_state: Mapped[SeatState] = mapped_column(named(SeatState))
    to_state: Mapped[SeatState] = mapped_column(named(SeatState))
    reason: Mapped[str | None] = mapped_column(String(24))
    account_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    call_id: Mapped[str | None] = mapped_column(Id, ForeignKey("call.id"))
