"""A recording of a call: made by our media process, or by the carrier and fetched from there."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, named


class RecordingState(StrEnum):
    EXPECTED = "expected"
    """Announced; nobody fetches it yet."""
    FETCHING = "fetching"
    READY = "ready"
    FAILED = "failed"
    """Given up: after many attempts, or the address is not one that we fetch from."""


class RecordingSource(StrEnum):
    MEDIA = "media"
    CARRIER = "carrier"
    """A message that the caller left with the carrier: nobody has listened yet."""
    EXCHANGE = "exchange"
    """What the city's own exchange recorded beside us, whoever spoke with the caller."""


class Recording(Base):
    __tablename__ = "recording"
    __table_args__ = (
        UniqueConstraint("carrier_recording_id"),
        UniqueConstraint("path"),
        Index(None, "state", "next_attempt_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    call_id: Mapped[str] = mapped_column(Id, ForeignKey("call.id"), index=True)
    case_id: Mapped[str] = mapped_column(Id, ForeignKey("case.id"), index=True)
    source: Mapped[RecordingSource] = mapped_column(named(RecordingSource))
    carrier_recording_id: Mapped[str | None] = mapped_column(String(128))
    url: Mapped[str | None] = mapped_column(Text)
    path: Mapped[str | None] = mapped_column(String(256))
    """Relative to var; None until it is here."""
    duration_ms: Mapped[int | None]
    tracks: Mapped[str] = mapped_column(String(32), default="caller")
    """Who is on which channel, in their order: "caller" or "caller,system"."""
    state: Mapped[RecordingState] = mapped_column(named(RecordingState))
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(256))
    transcribed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
