"""INSERT ... ON CONFLICT DO NOTHING, in the words of the database at hand."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.base import Base

_INSERT: Mapping[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_new(session: Session, table: type[Base], **values: object) -> bool:
    """Insert a row unless a unique key forbids it; whether it was inserted.

    Where another transaction has inserted the same key and not ended yet, PostgreSQL waits for its end, so that a following
    SELECT ... FOR UPDATE finds the row.
    """
    insert = _INSERT[session.get_bind().dialect.name]
    # What it returns, and not the count of rows, which a driver may leave out for an INSERT.
    inserted = insert(table).values(**values).on_conflict_do_nothing().returning(*table.__mapper__.primary_key)
    return session.execute(inserted).first() is not None
