"""The event log that pages, counters and metrics read."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Json, Serial


class Event(Base):
    """Positions become visible in their own order (models.session writes them), so `position > last` loses none.

    Holds references, states and figures; never a caller's words or number.
    """

    __tablename__ = "event"
    # On SQLite only AUTOINCREMENT promises that a position is never given twice.
    __table_args__ = (Index(None, "kind", "position"), {"sqlite_autoincrement": True})

    position: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(32))
    call_id: Mapped[str | None] = mapped_column(Id, index=True)
    case_id: Mapped[str | None] = mapped_column(Id, index=True)
    case_no: Mapped[str | None] = mapped_column(String(12))
    data: Mapped[dict[str, Any]] = mapped_column(Json)
