"""What the machine understood of a case, once for each time that it thought again."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Json


class Proposal(Base):
    """`body` is the proposal line of the contract without its id; offsets of evidence count in `text`."""

    __tablename__ = "proposal"
    __table_args__ = (UniqueConstraint("case_id", "sequence"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(Id, ForeignKey("case.id"))
    sequence: Mapped[int]
    """1, 2, 3, ... within the case; the highest is the current one."""
    classifier_version: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
