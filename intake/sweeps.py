"""Timed work: what must happen although nobody asks for it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Session

from intake.actors import machine
from intake.call_backs import tend_call_backs
from intake.calls import end_call
from intake.closing import Destination, go_to, leave_open
from intake.disk import Disk
from intake.events import EventKind, append_event
from intake.finding import lock_case_of
from intake.mass_events import watch_mass_events
from intake.office import Office
from intake.seat_calls import tend_line
from models.account import LoginAttempt
from models.call import Call, CallState
from models.case import Case, CaseState
from models.event import Event

SILENT_AFTER = timedelta(seconds=60)
LONGEST_CALL = timedelta(hours=4)
"""After it a call that was handed to a human, and whose end nobody reported, is over."""
_LOGIN_ATTEMPTS_KEPT = timedelta(days=30)
_BATCH = 100
MACHINE = machine("sweeps")


@dataclass(frozen=True, slots=True)
class Sweep:
    """A piece of timed work: its name, what it does, and how often, in seconds."""

    name: str
    run: Callable[[Office], object]
    every_s: float


def sweep_silent_calls(office: Office) -> int:
    """Calls without a sign of life for 60 s: their cases leave `open`; how many calls were found.

    A call that is with a human gives us no sign and goes on; only its case leaves `open`, for the operator who speaks.
    """
    now = office.clock.now()
    wanted = select(Call.id).join(Case, Case.id == Call.case_id).where(_is_silent(now)).limit(_BATCH)
    with office.database.reading() as session:
        found = list(session.scalars(wanted))
    for call_id in found:
        with office.database.transaction() as session:
            _sweep(session, call_id, now)
    return len(found)


def watch_disk(office: Office) -> None:
    """Keep or release the reserve; raise and clear the alarm, once for each change."""
    disk = Disk(office.var, office.settings.disk_reserve_mb)
    disk.keep_reserve()
    has_room, now = disk.has_room(), office.clock.now()
    if has_room is not _alarm_is_on(office):
        return
    with office.database.transaction() as session:
        name = "disk_has_room" if has_room else "disk_nearly_full"
        append_event(session, EventKind.ALARM, now, name=name, free_mb=disk.free_mb())


def forget_login_attempts(office: Office) -> None:
    """Attempts older than 30 days serve nobody."""
    with office.database.transaction() as session:
        session.execute(delete(LoginAttempt).where(LoginAttempt.at < office.clock.now() - _LOGIN_ATTEMPTS_KEPT))


SWEEPS = (
    Sweep("waiting line", tend_line, 1.0),
    Sweep("silent calls", sweep_silent_calls, 5.0),
    Sweep("mass events", watch_mass_events, 10.0),
    Sweep("call backs", tend_call_backs, 5.0),
    Sweep("disk", watch_disk, 5.0),
    Sweep("login attempts", forget_login_attempts, 3600.0),
)


def _is_silent(now: datetime) -> ColumnElement[bool]:
    is_old = Call.last_sign_at < now - SILENT_AFTER
    with_us = Call.state.in_((CallState.TALKING, CallState.RECORDING))
    with_human = and_(Call.state == CallState.TRANSFERRING, Case.state == CaseState.OPEN)
    endless = and_(Call.state == CallState.TRANSFERRING, Call.started_at < now - LONGEST_CALL)
    return and_(is_old, or_(with_us, with_human, endless))


def _sweep(session: Session, call_id: str, now: datetime) -> None:
    """Look again, now locked: it may have spoken since it was found."""
    call = session.get(Call, call_id, with_for_update=True)
    if call is None or call.last_sign_at >= now - SILENT_AFTER:
        return
    case = lock_case_of(session, call)
    if _is_with_human(call) and call.started_at >= now - LONGEST_CALL:
        if case.state is CaseState.OPEN:
            go_to(session, case, Destination(CaseState.PROPOSED, "with_a_human"), MACHINE, now)
        return
    leave_open(session, call, case, MACHINE, now, why="no_sign_of_life")
    end_call(session, call, "no_sign_of_life", now)


def _is_with_human(call: Call) -> bool:
    """The carrier was told to ring one, and has reported nothing since."""
    return call.state is CallState.TRANSFERRING and call.step == "next"


def _alarm_is_on(office: Office) -> bool:
    """Whether the last word about the disk was that it is nearly full."""
    names = ("disk_nearly_full", "disk_has_room")
    alarms = select(Event.data).where(Event.kind == str(EventKind.ALARM)).order_by(Event.position.desc()).limit(200)
    with office.database.reading() as session:
        last = next((data["name"] for data in session.scalars(alarms) if data.get("name") in names), None)
    return last == "disk_nearly_full"
