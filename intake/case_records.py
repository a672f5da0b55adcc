"""Cases as other systems read them: whole records by number, and a list that can be followed from one number to the next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from intake.errors import UnknownCase
from intake.office import Office
from intake.queries_names import category_path
from models.call import Call
from models.case import Case, CaseMove, CaseState
from models.order import Order, OutboxMessage, QueueEntry
from models.proposal import Proposal
from models.sealed import SealBroken


@dataclass(frozen=True, slots=True)
class MoveRecord:
    at: datetime
    actor: str
    before: CaseState | None
    after: CaseState
    reason: str


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """`delivery` is the state of its outbox message, `answer` what the organisation said in the embedded queue."""

    order_id: str
    delivery: str
    queued_at: datetime | None
    answer: str | None
    reason_code: str | None
    text: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """`proposal` is the body of the newest. `caller_name` and `caller_phone` (masked) are withheld in a confidential case."""

    case: Case
    category_path: tuple[str, ...]
    caller_name: str | None
    caller_phone: str | None
    proposal: dict[str, Any] | None
    moves: tuple[MoveRecord, ...]
    orders: tuple[OrderRecord, ...]


@dataclass(frozen=True, slots=True)
class CaseBrief:
    case: Case
    category_path: tuple[str, ...]


def follow_cases(
    office: Office, *, area: str | None, state: CaseState | None, after: str | None, limit: int
) -> list[CaseBrief]:
    """Cases with a number greater than `after`, in order of number. `area` as for `read_case`."""
    conditions = _in_area(area)
    if state is not None:
        conditions.append(Case.state == state)
    if after is not None:
        conditions.append(Case.case_no > after)
    with office.database.reading() as session:
        found = session.scalars(select(Case).where(*conditions).order_by(Case.case_no).limit(limit)).all()
    return [CaseBrief(case, category_path(office, case.category_code)) for case in found]


def read_case(office: Office, case_no: str, *, area: str | None) -> CaseRecord:
    """`area`: a district's 6 digits, a sub-district's 9, None for the city. Raises UnknownCase, outside the area too."""
    with office.database.reading() as session:
        case = session.scalar(select(Case).where(Case.case_no == case_no, *_in_area(area)))
        if case is None:
            raise UnknownCase
        newest = select(Proposal.body).where(Proposal.case_id == case.id).order_by(Proposal.sequence.desc()).limit(1)
        return CaseRecord(
            case=case,
            category_path=category_path(office, case.category_code),
            caller_name=None if case.confidential else case.caller_name,
            caller_phone=None if case.confidential else _masked_phone(office, session, case),
            proposal=session.scalar(newest),
            moves=_moves(session, case),
            orders=_orders(session, case),
        )


def _in_area(area: str | None) -> list[ColumnElement[bool]]:
    if area is None:
        return []
    return [Case.district_code == area if len(area) == 6 else Case.subdistrict_code == area]


def _masked_phone(office: Office, session: Session, case: Case) -> str | None:
    """The last two digits tell two callers apart; the rest stays here."""
    known = Call.case_id == case.id, Call.caller_sealed.is_not(None)
    sealed = session.scalar(select(Call.caller_sealed).where(*known).order_by(Call.started_at).limit(1))
    if sealed is None:
        return None
    try:
        return "*" * 5 + office.sealer.unseal(sealed)[-2:]
    except SealBroken:
        return "*" * 7


def _moves(session: Session, case: Case) -> tuple[MoveRecord, ...]:
    rows = session.scalars(select(CaseMove).where(CaseMove.case_id == case.id).order_by(CaseMove.id))
    return tuple(MoveRecord(row.at, row.actor, row.from_state, row.to_state, row.reason) for row in rows)


def _orders(session: Session, case: Case) -> tuple[OrderRecord, ...]:
    wanted = (
        select(OutboxMessage, QueueEntry)
        .join(Order, Order.id == OutboxMessage.order_id)
        .outerjoin(QueueEntry, QueueEntry.order_id == Order.id)
        .where(Order.case_id == case.id)
        .order_by(Order.created_at, Order.id)
    )
    return tuple(_order(message, entry) for message, entry in session.execute(wanted))


def _order(message: OutboxMessage, entry: QueueEntry | None) -> OrderRecord:
    answer = str(entry.answer) if entry and entry.answer else None
    return OrderRecord(
        order_id=message.order_id,
        delivery=str(message.state),
        queued_at=entry.queued_at if entry else message.sent_at,
        answer=answer,
        reason_code=entry.reason_code if entry else None,
        text=entry.text if entry else None,
        answered_at=entry.answered_at if entry else None,
    )
