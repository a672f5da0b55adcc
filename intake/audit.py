"""On record: who looked at or changed what, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.actors import Actor
from intake.office import Office
from models.account import AuditEntry


@dataclass(frozen=True, slots=True)
class AuditView:
    at: datetime
    actor_kind: str
    actor_name: str
    action: str
    subject: str


def audit(session: Session, actor: Actor, action: str, subject: str, at: datetime) -> None:
    """One entry in this transaction. `action`: "case.read", "case.confirmed", ...; `subject`: a case number or name."""
    entry = AuditEntry(
        at=at, actor_kind=str(actor.kind), actor_id=actor.id or None, actor_name=actor.name, action=action, subject=subject
    )
    session.add(entry)


def record_access(office: Office, actor: Actor, action: str, subject: str | Sequence[str]) -> None:
    """Somebody reads: one case, or the cases of a list. Call it before what was read is shown."""
    subjects = [subject] if isinstance(subject, str) else subject
    if not subjects:
        return
    now = office.clock.now()
    with office.database.transaction() as session:
        for each in subjects:
            audit(session, actor, action, each, now)


def list_audit(office: Office, subject: str | None = None, limit: int = 200) -> list[AuditView]:
    """The newest entries first, of one subject or of all."""
    wanted = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if subject is not None:
        wanted = wanted.where(AuditEntry.subject == subject)
    with office.database.reading() as session:
        return [_view(entry) for entry in session.scalars(wanted)]


def _view(entry: AuditEntry) -> AuditView:
    return AuditView(entry.at, entry.actor_kind, entry.actor_name, entry.action, entry.subject)
