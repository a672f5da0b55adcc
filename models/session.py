"""The database: one place where transactions begin and end, the same for SQLite and PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from models import tables  # noqa: F401 - a foreign key is only found when every table is known, whichever part asked for one
from models.errors import DatabaseUnavailable, ValueRefused
from models.event import Event

BUSY_TIMEOUT_S = 5
_PENDING = "pending_events"
_EVENT_LOCK = 0x12345
"""Key of the advisory lock on PostgreSQL that puts positions of the event log into the order of commits."""


class Database:
    """One for each process. `url` is an SQLAlchemy address: sqlite:///PATH or postgresql+psycopg://..."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        if self.url.drivername in {"postgresql", "postgres"}:
            self.url = self.url.set(drivername="postgresql+psycopg")
        self.engine: Engine = _open_sqlite(self.url.database) if self.is_sqlite else _open_postgresql(self.url)
        self._writing = self.engine.execution_options(writing=True)

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A writing transaction: committed at the end of the block, rolled back by an error.

        Raises DatabaseUnavailable when the database is away or locked for longer than 5 s, ValueRefused. On SQLite it is the
        only writer from its beginning; on PostgreSQL lock the rows that you change (`with_for_update`).
        """
        with _translated(), Session(self._writing, expire_on_commit=False) as session, session.begin():
            if self.is_sqlite:
                session.connection()
            yield session
            _write_events(session)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads; what was loaded stays usable after it."""
        with _translated(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        self.engine.dispose()


def queue_event(session: Session, row: Event) -> None:
    """Write the event at the end of the session's transaction, when every other row is locked and written."""
    session.info.setdefault(_PENDING, []).append(row)


def upgrade(database: Database) -> None:
    """Bring the tables to the newest version; creates the SQLite file (mode 600) and its folder."""
    if database.is_sqlite and database.url.database:
        path = Path(database.url.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    with _translated(), database.engine.execution_options(writing=True).begin() as connection:
        if not database.is_sqlite:
            # Roles that start at once must not migrate at once.
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _EVENT_LOCK + 1})
        command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _write_events(session: Session) -> None:
    """The lock comes last of all, so that no transaction waits for a row while it holds it."""
    session.flush()
    pending = session.info.pop(_PENDING, [])
    if not pending:
        return
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _EVENT_LOCK})
    session.add_all(pending)
    session.flush()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise DatabaseUnavailable(
            f"The database cannot be used now ({_reason(error)}). Trying again helps once it is back."
        ) from error
    except DataError as error:
        raise ValueRefused(f"{ValueRefused.__doc__}") from error
    except StaleDataError as error:
        raise DatabaseUnavailable("Another process changed the same row in between. Trying again helps.") from error


def _reason(error: Exception) -> str:
    original = error.orig if isinstance(error, DBAPIError) else error
    first_line = str(original).strip().splitlines()[:1]
    if first_line and "no such table" in first_line[0]:
        return "it has no tables of this version: run `flask db upgrade`"
    return first_line[0] if first_line else type(original).__name__


# A process that stops in the middle of a transaction must not keep everybody from the event log.
_POSTGRESQL_OPTIONS = f"-c lock_timeout={BUSY_TIMEOUT_S}s -c idle_in_transaction_session_timeout=30s -c timezone=UTC"


def _open_postgresql(url: Any) -> Engine:
    return create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=24,
        pool_timeout=BUSY_TIMEOUT_S,
        connect_args={"connect_timeout": BUSY_TIMEOUT_S, "options": _POSTGRESQL_OPTIONS},
    )


def _open_sqlite(path: str | None) -> Engine:
    engine = create_engine(
        f"sqlite:///{path or ''}",
        hide_parameters=True,
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
        pool_size=8,
        max_overflow=24,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver must not begin transactions by itself: _begin_sqlite does.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_TIMEOUT_S * 1000}", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the lock before it reads: else what it read is stale, or it fails "database is locked" at once."""
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
