"""What the database says of the system's health: is it there and of this version, does work get stuck, how much is where."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from intake.office import Office
from models.call import Call, CallState
from models.case import Case, CaseState
from models.event import Event
from models.order import OutboxMessage, OutboxState
from models.recording import Recording, RecordingState
from models.session import alembic_config

STUCK_AFTER = timedelta(seconds=30)
"""The relay looks several times a second: what has been due for longer, nobody carries away."""
Counts = Mapping[str, int]
StateT = TypeVar("StateT", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Figures:
    """Rows by state, every state named; `events` is the position of the newest event."""

    calls: Counts
    cases: Counts
    orders: Counts
    recordings: Counts
    events: int


def tables_are_current(office: Office) -> bool:
    """Whether the tables are of this program's version. Raises DatabaseUnavailable."""
    with office.database.reading() as session:
        connection = session.connection()
        wanted = ScriptDirectory.from_config(alembic_config(connection)).get_current_head()
        return MigrationContext.configure(connection).get_current_revision() == wanted


def stuck_orders(office: Office) -> int:
    """Orders whose delivery has been due for more than 30 s. Raises DatabaseUnavailable."""
    due = OutboxMessage.next_attempt_at < office.clock.now() - STUCK_AFTER
    wanted = select(func.count()).where(OutboxMessage.state == OutboxState.WAITING, due)
    with office.database.reading() as session:
        return session.scalar(wanted) or 0


def read_figures(office: Office) -> Figures:
    """Raises DatabaseUnavailable."""
    with office.database.reading() as session:
        return Figures(
            calls=_by_state(session, Call.state, CallState),
            cases=_by_state(session, Case.state, CaseState),
            orders=_by_state(session, OutboxMessage.state, OutboxState),
            recordings=_by_state(session, Recording.state, RecordingState),
            events=session.scalar(select(func.max(Event.position))) or 0,
        )


def _by_state(session: Session, column: InstrumentedAttribute[StateT], states: type[StateT]) -> Counts:
    counted = {str(state): count for state, count in session.execute(select(column, func.count()).group_by(column))}
    return {str(state): counted.get(str(state), 0) for state in states}
