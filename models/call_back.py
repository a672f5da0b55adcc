"""An attempt to call a resident back: who dialled, how far it came, how it ended."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, named


class CallBackState(StrEnum):
    RINGING_OPERATOR = "ringing_operator"
    RINGING_RESIDENT = "ringing_resident"
    TALKING = "talking"
    ENDED = "ended"


class CallBack(Base):
    """`call_id` is the call that we place: recordings and transcript hang on it, as on any other call of the case."""

    __tablename__ = "call_back"
    __table_args__ = (Index(None, "state", "started_at"), Index(None, "case_id", "started_at"))

    call_id: Mapped[str] = mapped_column(Id, ForeignKey("call.id"), primary_key=True)
    case_id: Mapped[str] = mapped_column(Id, ForeignKey("case.id"))
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    seat: Mapped[str] = mapped_column(String(32))
    """Of the telephone that rings first; empty where it is the humans' number at the public carrier."""
    state: Mapped[CallBackState] = mapped_column(named(CallBackState))
    outcome: Mapped[str | None] = mapped_column(String(32))
    """intake.call_back_rules.CallBackOutcome, once it has ended."""
    started_at: Mapped[datetime]
    rung_at: Mapped[datetime | None]
    """When the resident's telephone began to ring."""
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
