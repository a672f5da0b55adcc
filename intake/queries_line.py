"""The operators' line as people read it: figures for the wallboard, and what one operator has before him."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.clock import CITY_ZONE
from intake.actors import Actor
from intake.office import Office
from intake.seats import SeatView, seat_of, seats
from models.call import Call
from models.case import Case
from models.seat import Seat, SeatState
from models.waiting import Waiting, WaitState

GOAL_S = 15
"""Within which a human is to answer (GB/T 33358-2016)."""


@dataclass(frozen=True, slots=True)
class LineFigures:
    """`seats` counts the seats where somebody sits, by state; `answered` and `in_time` are today's calls with an operator."""

    waiting: int
    longest_since: datetime | None
    seats: Mapping[str, int]
    answered: int
    in_time: int
    """Of `answered`, those that an operator answered within 15 s of the call's first second."""

    @property
    def talking(self) -> int:
        return self.seats.get(SeatState.TALKING, 0)

    @property
    def share_in_time(self) -> float | None:
        return self.in_time / self.answered if self.answered else None


@dataclass(frozen=True, slots=True)
class SeatDesk:
    """What one operator has before him. `case_no`: of the call that rings, is spoken with or written up."""

    seat: SeatView | None
    free: tuple[str, ...]
    case_no: str | None
    line: LineFigures


def line_figures(office: Office) -> LineFigures:
    now = office.clock.now()
    midnight = now.astimezone(CITY_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    waits = select(func.count(), func.min(Waiting.joined_at)).where(Waiting.state == WaitState.WAITING)
    states = select(Seat.state, func.count()).where(Seat.state != SeatState.FREE).group_by(Seat.state)
    answered = select(func.count(), func.count().filter(Waiting.waited_s <= GOAL_S)).where(Waiting.answered_at >= midnight)
    with office.database.reading() as session:
        waiting, since = session.execute(waits).one()
        seated = {str(state): count for state, count in session.execute(states)}
        all_of_them, in_time = session.execute(answered).one()
    return LineFigures(waiting, since, MappingProxyType(seated), all_of_them, in_time)


def seat_desk(office: Office, actor: Actor) -> SeatDesk:
    mine = seat_of(office, actor)
    free = () if mine else tuple(seat.name for seat in seats(office) if seat.account_id is None)
    with office.database.reading() as session:
        case_no = _case_no(session, mine.call_id) if mine and mine.call_id else None
    return SeatDesk(mine, free, case_no, line_figures(office))


def _case_no(session: Session, call_id: str) -> str | None:
    return session.scalar(select(Case.case_no).join(Call, Call.case_id == Case.id).where(Call.id == call_id))
