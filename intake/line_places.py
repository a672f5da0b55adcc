"""Where callers stand in the line, as the media process tells them: one question for all of its calls."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from intake.line_order import Place, callers_ahead
from intake.office import Office
from intake.waiting_line import is_staffed
from models.waiting import Waiting, WaitState


@dataclass(frozen=True, slots=True)
class LinePlace:
    """`ahead`: callers who are served before this one."""

    is_offered: bool
    """A seat is kept for this caller: let go of him."""
    ahead: int
    gives_up: bool
    """He does nothing but wait, and has waited too long, or nobody is there any more who could take him."""


def places_in_line(office: Office, call_ids: Collection[str]) -> Mapping[str, LinePlace]:
    """Of these calls, those that wait or are offered a seat."""
    limit, asked = timedelta(seconds=office.settings.sip.wait_limit_s), frozenset(call_ids)
    now = office.clock.now()
    with office.database.reading() as session:
        wanted = select(Waiting).where(Waiting.state.in_((WaitState.WAITING, WaitState.OFFERED)))
        rows = list(session.scalars(wanted))
        if not rows:
            return {}
        staffed = is_staffed(session)
    ahead = callers_ahead(Place(row.call_id, row.rank, row.joined_at) for row in rows if row.state is WaitState.WAITING)
    return {
        row.call_id: LinePlace(
            is_offered=row.state is WaitState.OFFERED,
            ahead=ahead.get(row.call_id, 0),
            gives_up=row.held_since is not None and (not staffed or row.held_since + limit < now),
        )
        for row in rows
        if row.call_id in asked
    }
