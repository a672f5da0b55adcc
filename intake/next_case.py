"""The next case for an operator who is free: found and taken in one transaction, so that two never get the same."""

from datetime import timedelta

from sqlalchemy import func, or_, select

from intake.actors import Actor
from intake.audit import audit
from intake.events import EventKind, append_event
from intake.office import Office
from models.case import Case, CaseState

ABANDONED_AFTER = timedelta(minutes=30)
"""A case that was opened so long ago and is not settled is offered again, whoever has it."""


def take_next_case(office: Office, actor: Actor) -> str | None:
    """Number of the case: urgent first, then who waits longest. None when nobody waits."""
    now = office.clock.now()
    free = or_(Case.owner_id.is_(None), Case.owner_id == actor.id, Case.opened_at < now - ABANDONED_AFTER)
    wanted = (
        select(Case)
        .where(Case.state.in_((CaseState.PROPOSED, CaseState.REFUSED)), free)
        .order_by(Case.urgent.desc(), func.coalesce(Case.hung_up_at, Case.created_at), Case.case_no)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    with office.database.transaction() as session:
        case = session.scalar(wanted)
        if case is None:
            return None
        if case.owner_id != actor.id:
            case.owner_id = actor.id
            append_event(session, EventKind.CASE_OPENED, now, case=case, owner=actor.id)
        case.opened_at = case.opened_at or now
        audit(session, actor, "case.opened", case.case_no, now)
        return case.case_no
