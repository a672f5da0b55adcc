"""What was done so far to call a resident back, and when it is due next."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from intake.call_back_rules import ENOUGH, TRIED, CallBackOutcome, due_at
from intake.call_backs import hours_of
from intake.office import Office
from models.account import Account
from models.call_back import CallBack, CallBackState
from models.case import Case


@dataclass(frozen=True, slots=True)
class AttemptSeen:
    """`outcome` is None while it goes on."""

    at: datetime
    operator: str
    state: CallBackState
    outcome: CallBackOutcome | None


@dataclass(frozen=True, slots=True)
class CallBackSeen:
    """`tried`: how often the resident's telephone was called in vain; `is_enough`: often enough to give up."""

    attempts: tuple[AttemptSeen, ...]
    due_at: datetime
    tried: int
    is_enough: bool
    is_calling: bool


def call_back_of(office: Office, case_no: str) -> CallBackSeen | None:
    """None for an unknown case."""
    with office.database.reading() as session:
        case = session.scalar(select(Case).where(Case.case_no == case_no))
        if case is None:
            return None
        wanted = select(CallBack, Account.title).join(Account, Account.id == CallBack.account_id)
        rows = session.execute(wanted.where(CallBack.case_id == case.id).order_by(CallBack.started_at)).all()
        attempts = tuple(
            AttemptSeen(row.started_at, title, row.state, CallBackOutcome(row.outcome) if row.outcome else None)
            for row, title in rows
        )
        tried = [attempt.at for attempt in attempts if attempt.outcome in TRIED]
        waits_since = case.hung_up_at or case.created_at
        due = due_at(tried, waits_since, hours_of(office), urgent=case.urgent)
        calling = any(attempt.outcome is None for attempt in attempts)
        return CallBackSeen(attempts, due, len(tried), len(tried) >= ENOUGH, calling)
