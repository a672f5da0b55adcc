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
    """What the live engine wrote; never changed."""
    text: Mapped[str] = mapped_column(Text)
    words: Mapped[list[Any]] = mapped_column(Json)
    """[{"text", "start_ms", "end_ms", "confidence"}], confidence null where the engine gives none."""
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    engine: Mapped[str] = mapped_column(String(64))
    spoken: Mapped[str | None] = mapped_column(Text)
    """What a sample call really said, to stand beside what was recognised."""
    corrections: Mapped[list[Any] | None] = mapped_column(Json)
    """[{"start", "end", "heard", "name", "score"}]: names of places that were misheard, with offsets into `text`."""
    first_text: Mapped[str | None] = mapped_column(Text)
    """What the live engine's text was, where a second engine heard the utterance too."""
    second_raw: Mapped[str | None] = mapped_column(Text)
    second_text: Mapped[str | None] = mapped_column(Text)
    """The second engine's. `text`, which counts, is this one unless a person had the case before it came."""
    second_engine: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
