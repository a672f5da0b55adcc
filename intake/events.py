"""The event log: what pages, counters and metrics read. It holds references and figures, never a caller's words or number."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake.office import Office
from models.case import Case
from models.event import Event
from models.session import queue_event

Figure = str | int | float | bool | None


class EventKind(StrEnum):
    CALL_OPENED = "call.opened"
    MEDIA_STARTED = "call.media_started"
    UTTERANCE = "call.utterance"
    CONVERSATION_ENDED = "call.conversation_ended"
    CALL_ENDED = "call.ended"
    PROPOSED = "case.proposed"
    CASE_OPENED = "case.opened"
    """An operator has taken it."""
    CASE_CHANGED = "case.changed"
    CASE_MOVED = "case.moved"
    CASE_ANSWERED = "case.answered"
    """Settled on the phone from an article of knowledge: its id and version."""
    MASS_EVENT = "mass_event"
    """One has begun, changed or ended."""
    CALL_BACK_CHANGED = "call_back.changed"
    RECORDING_READY = "recording.ready"
    ORDER_QUEUED = "order.queued"
    ORDER_ANSWERED = "order.answered"
    SEAT_CHANGED = "seat.changed"
    LINE_CHANGED = "line.changed"
    """A caller's place among those who wait for an operator."""
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class EventView:
    position: int
    at: datetime
    kind: str
    call_id: str | None
    case_id: str | None
    case_no: str | None
    data: Mapping[str, Figure]


def append_event(
    session: Session,
    kind: EventKind,
    at: datetime,
    *,
    case: Case | None = None,
    call_id: str | None = None,
    **data: Figure,
) -> None:
    """Log it in this transaction. Positions follow the order of commits on both databases."""
    row = Event(
        at=at,
        kind=str(kind),
        call_id=call_id,
        case_id=case.id if case else None,
        case_no=case.case_no if case else None,
        data=data,
    )
    queue_event(session, row)


def read_events(office: Office, after: int, limit: int = 500) -> list[EventView]:
    """Events with a position greater than `after`, in order, at most `limit`. None appears below one that was read."""
    wanted = select(Event).where(Event.position > after).order_by(Event.position).limit(limit)
    with office.database.reading() as session:
        return [_view(event) for event in session.scalars(wanted)]


def last_position(office: Office) -> int:
    """Position of the newest event, 0 for an empty log."""
    with office.database.reading() as session:
        return session.scalar(select(func.max(Event.position))) or 0


def _view(event: Event) -> EventView:
    return EventView(event.position, event.at, event.kind, event.call_id, event.case_id, event.case_no, event.data)
