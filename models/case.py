"""A case: what the resident wants, from the moment the call is answered, and every move that it made."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Json, Serial, named


class CaseState(StrEnum):
    OPEN = "open"
    """The call goes on."""
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CALLBACK = "callback"
    """Nothing, or not enough, was heard: somebody calls the resident back."""
    ANSWERED = "answered"
    """Settled on the phone."""
    MERGED = "merged"
    """Joined to an earlier case, and follows it."""
    REFUSED = "refused"
    """Sent back by the organisation."""
    CANCELLED = "cancelled"


class Case(Base):
    """`version` grows when the state or something that an operator reads and confirms changes; stamps and owner leave it.

    An update from a stale copy of the row fails by it too.
    """

    __tablename__ = "case"
    __table_args__ = (
        Index(None, "state", "urgent", "created_at"),
        Index(None, "subdistrict_code", "category_code", "created_at"),
        Index(None, "district_code", "category_code", "created_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_no: Mapped[str] = mapped_column(String(12), unique=True)
    state: Mapped[CaseState] = mapped_column(named(CaseState))
    urgent: Mapped[bool] = mapped_column(default=False)
    """Goes first in every list: danger, or a caller who asked for a human and reached none."""
    kind: Mapped[str | None] = mapped_column(String(16))
    urgency: Mapped[str | None] = mapped_column(String(16))
    category_code: Mapped[str | None] = mapped_column(String(32), index=True)
    district_code: Mapped[str | None] = mapped_column(String(6))
    subdistrict_code: Mapped[str | None] = mapped_column(String(9), index=True)
    community_code: Mapped[str | None] = mapped_column(String(12))
    address: Mapped[str | None] = mapped_column(Text)
    summary: Mapped[str | None] = mapped_column(Text)
    narrative: Mapped[str | None] = mapped_column(Text)
    """The caller's own words, sentence by sentence."""
    note: Mapped[str | None] = mapped_column(Text)
    caller_name: Mapped[str | None] = mapped_column(String(64))
    callback_reason: Mapped[str | None] = mapped_column(String(64))
    refusal: Mapped[str | None] = mapped_column(Text)
    organisation_code: Mapped[str | None] = mapped_column(String(32))
    organisation_name: Mapped[str | None] = mapped_column(String(128))
    deadline: Mapped[datetime | None]
    confidential: Mapped[bool] = mapped_column(default=False)
    provenance: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """Name of a field -> "machine" | "edited" | "typed"."""
    owner_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    """The operator who has the case open."""
    merged_into: Mapped[str | None] = mapped_column(Id, ForeignKey("case.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(index=True)

    answered_at: Mapped[datetime | None]
    first_partial_at: Mapped[datetime | None]
    speech_ended_at: Mapped[datetime | None]
    final_text_at: Mapped[datetime | None]
    proposed_at: Mapped[datetime | None]
    hung_up_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    queued_at: Mapped[datetime | None]

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012


class CaseMove(Base):
    """One row of history: who, when, from, to, why. `from_state` is None for the first."""

    __tablename__ = "case_move"

    id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    case_id: Mapped[str] = mapped_column(Id, ForeignKey("case.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    """Name to show: a login name, a receiver's token name, or the part of the machine."""
    actor_id: Mapped[str | None] = mapped_column(Id)
    """Id of the account or token; None for the machine."""
    from_state: Mapped[CaseState | None] = mapped_column(named(CaseState))
    to_state: Mapped[CaseState] = mapped_column(named(CaseState))
    reason: Mapped[str] = mapped_column(Text)


class CaseCounter(Base):
    """The last sequence number given to a case on one day of the city."""

    __tablename__ = "case_counter"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    last: Mapped[int]
