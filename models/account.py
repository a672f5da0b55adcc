"""People and machines that may come in, and what they did."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Serial, named


class Role(StrEnum):
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    RECEIVER = "receiver"
    """A receiving organisation: by token only, and only its own orders."""
    SERVICE = "service"
    """Another system of the city: by token only."""


class Account(Base):
    __tablename__ = "account"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    """Login name, lower case."""
    title: Mapped[str] = mapped_column(String(64))
    """Name to show."""
    role: Mapped[Role] = mapped_column(named(Role))
    password_hash: Mapped[str] = mapped_column(String(256))
    active: Mapped[bool] = mapped_column(default=True)
    session_epoch: Mapped[int] = mapped_column(default=0)
    """Grows with every change of password; a session that carries an older one is over."""
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]


class ApiToken(Base):
    __tablename__ = "api_token"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the token, hex: a token is 256 random bits, so a fast hash is enough."""
    role: Mapped[Role] = mapped_column(named(Role))
    area: Mapped[str | None] = mapped_column(String(32))
    """Code of the receiver's organisation (a sub-district's 9 or a district's 6 digits); None: no restriction by area."""
    name: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class AuditEntry(Base):
    """A person or a token looked at or changed something."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "subject", "at"), Index(None, "actor_id", "at"))

    id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[str | None] = mapped_column(Id)
    actor_name: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(48))
    subject: Mapped[str] = mapped_column(String(64))
    """What it was done to: a case number, an account's name, a token's id."""


class LoginAttempt(Base):
    __tablename__ = "login_attempt"
    __table_args__ = (Index(None, "name", "at"), Index(None, "address", "at"))

    id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    name: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    succeeded: Mapped[bool]
