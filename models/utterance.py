"""One sentence that was heard, final."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Json


class Utterance(Base):
    """`start_ms` and `end_ms` count from the first frame of the call's audio."""

    __tablename__ = "utterance"
    __table_args__ = (UniqueConstraint("call_id", "sequence"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    call_id: Mapped[str] = mapped_column(Id, ForeignKey("call.id"))
    sequence: Mapped[int]
    channel: Mapped[str] = mapped_column(String(16))
    raw: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    words: Mapped[list[Any]] = mapped_column(Json)
    """[{"text", "start_ms", "end_ms", "confidence"}], confidence null where the engine gives none."""
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    engine: Mapped[str] = mapped_column(String(64))
    spoken: Mapped[str | None] = mapped_column(Text)
    """What a sample call really said, to stand beside what was recognised."""
    created_at: Mapped[datetime]
