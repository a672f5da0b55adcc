"""A lock on something that has no row to lock."""

import hashlib

from sqlalchemy import text
from sqlalchemy.orm import Session


def lock_name(session: Session, name: str) -> None:
    """One transaction at a time holds a name; until its end. On SQLite every writer is alone already."""
    if session.get_bind().dialect.name == "postgresql":
        key = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
