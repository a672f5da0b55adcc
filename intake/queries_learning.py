"""What the classifier learns from: calls whose matter a person confirmed. The texts stay in this process."""

from dataclasses import dataclass
from typing import Final
from zlib import crc32

from sqlalchemy import func, select

from intake.actors import Actor
from intake.audit import audit
from intake.office import Office
from models.case import Case
from models.proposal import Proposal

HELD_OUT: Final = 5
"""One case in so many is never trained on, by its number and so for all versions: on these, versions are compared."""


@dataclass(frozen=True, slots=True)
class ConfirmedCall:
    text: str
    """From which the last proposal was made."""
    category_code: str
    """As it was confirmed."""
    is_held_out: bool


def confirmed_calls(office: Office, actor: Actor) -> list[ConfirmedCall]:
    """Every confirmed case that was proposed for and is not confidential, oldest first. That it was read is put on record."""
    newest = select(Proposal.case_id, func.max(Proposal.sequence).label("sequence")).group_by(Proposal.case_id).subquery()
    wanted = (
        select(Case.case_no, Case.category_code, Proposal.text)
        .join(newest, newest.c.case_id == Case.id)
        .join(Proposal, (Proposal.case_id == Case.id) & (Proposal.sequence == newest.c.sequence))
        .where(Case.confirmed_at.is_not(None), Case.category_code.is_not(None), Case.confidential.is_(False))
        .order_by(Case.confirmed_at, Case.id)
    )
    with office.database.transaction() as session:
        rows = session.execute(wanted).all()
        audit(session, actor, "classifier.trained", f"{len(rows)} confirmed calls", office.clock.now())
    return [ConfirmedCall(text, code or "", is_held_out(case_no)) for case_no, code, text in rows]


def is_held_out(case_no: str) -> bool:
    return crc32(case_no.encode()) % HELD_OUT == 0


def note_version(office: Office, actor: Actor, action: str, version: str) -> None:
    """Put on record that another version is in use: `action` is "classifier.promoted" or "classifier.rolled_back"."""
    with office.database.transaction() as session:
        audit(session, actor, action, version, office.clock.now())
