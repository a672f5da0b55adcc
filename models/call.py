"""A call as its carrier sees it. What a process must know of a call to go on with it stands in this row."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Json, named


class CallState(StrEnum):
    TALKING = "talking"
    """With the machine, from the first webhook on."""
    TRANSFERRING = "transferring"
    """The conversation ended in a transfer: a human is being rung, or speaks."""
    RECORDING = "recording"
    """The carrier records what the caller says."""
    ENDED = "ended"


class Call(Base):
    """`version` guards the row: an update that read an older version fails."""

    __tablename__ = "call"
    __table_args__ = (UniqueConstraint("carrier", "carrier_call_id"), Index(None, "state", "last_sign_at"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    carrier: Mapped[str] = mapped_column(String(16))
    carrier_call_id: Mapped[str] = mapped_column(String(128))
    case_id: Mapped[str] = mapped_column(Id, ForeignKey("case.id", deferrable=True, initially="DEFERRED"), index=True)
    """Deferred: the call is written first, because its key decides whether the case is new."""
    state: Mapped[CallState] = mapped_column(named(CallState))
    caller_sealed: Mapped[bytes | None]
    """The caller's number in E.164, encrypted (models.sealed); None where the carrier named none."""
    caller_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    """Keyed hash of the number, hex: the same number has the same hash."""
    dialled: Mapped[str | None] = mapped_column(String(64))
    sample: Mapped[str | None] = mapped_column(String(128))
    engine: Mapped[str | None] = mapped_column(String(64))
    """Name of the speech engine that listens, None before the audio came."""
    stream_nonce: Mapped[str | None] = mapped_column(String(32))
    """Nonce of the one audio stream that this call may have."""
    conversation: Mapped[dict[str, Any] | None] = mapped_column(Json)
    outcome: Mapped[dict[str, Any] | None] = mapped_column(Json)
    dial_result: Mapped[str | None] = mapped_column(String(16))
    """How the ringing of a human ended (intake.next_step.DialResult)."""
    streams: Mapped[int] = mapped_column(default=0)
    """Audio streams that this call was given after its first one broke."""
    step: Mapped[str] = mapped_column(String(32))
    """The last webhook step that was taken: voice, next, recording, status, ..."""
    started_at: Mapped[datetime]
    media_started_at: Mapped[datetime | None]
    last_sign_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(64))
    lag_ms: Mapped[int] = mapped_column(default=0)
    """The worst delay of recognition behind the audio, in ms."""
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
