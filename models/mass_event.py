"""A mass event: many calls about one matter from one area within a short time."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id


class MassEvent(Base):
    __tablename__ = "mass_event"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    open_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Area and matter while it goes on, so that it is opened once; None when it is over."""
    area_code: Mapped[str] = mapped_column(String(9), index=True)
    """Of a sub-district, or of a district where no sub-district was told."""
    category_code: Mapped[str] = mapped_column(String(32))
    """The leaf that most of its calls are about."""
    codes: Mapped[list[Any]]
    """Codes of all leaves that belong to it."""
    head_case_id: Mapped[str] = mapped_column(Id, ForeignKey("case.id"))
    """The first of its cases that goes on by itself: the others are joined to it."""
    recent: Mapped[int]
    """Calls in the last window (classifier.surge)."""
    total: Mapped[int]
    """Calls since it began."""
    notice: Mapped[str | None] = mapped_column(Text)
    """What a supervisor lets operators tell the callers."""
    began_at: Mapped[datetime]
    last_call_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
