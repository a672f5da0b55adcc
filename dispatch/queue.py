"""The embedded queue, as receiving organisations work it off: claim with a lease, answer once.

All functions work in the transaction of their caller and lock the entries that they return.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from config.errors import HotlineError
from models.case import Case, CaseState
from models.order import Answer, Order, QueueEntry
from models.session import Database

ON_THE_WAY = (CaseState.CONFIRMED, CaseState.DISPATCHED)
"""States in which an organisation may have the order: it can be claimed a moment before its case is seen as dispatched."""


class UnknownOrder(HotlineError):
    """This organisation has no such order. Use an order_id that a claim with the same token returned."""

    code = "unknown_order"

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


class LeaseLost(HotlineError):
    """The order is not leased to this token now: the lease ran out, or it was never claimed. Claim again, then answer."""

    code = "lease_lost"

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


class AnsweredOtherwise(HotlineError):
    """The order already has another answer, and the first one counts."""

    code = "already_answered"

    def __init__(self, given: Answer) -> None:
        super().__init__(f"The order was already {given}, and the first answer counts. Take it off your list of open orders.")


@dataclass(frozen=True, slots=True)
class Reply:
    """`reason_code` and `text` say why an order is refused, or what the organisation remarks when it accepts."""

    answer: Answer
    reason_code: str | None = None
    text: str | None = None


def may_be_waiting(database: Database, organisation_code: str, now: datetime) -> bool:
    """Whether a claim would probably find something: a look without a lock, for those who ask every second."""
    with database.reading() as session:
        return session.scalar(select(QueueEntry.id).where(*_free(organisation_code, now)).limit(1)) is not None


def claim(
    session: Session, organisation_code: str, holder: str, *, limit: int, lease: timedelta, now: datetime
) -> Sequence[tuple[QueueEntry, Order]]:
    """At most `limit` free orders of the organisation, urgent first, then the oldest, leased to `holder` (id of a token)."""
    free = (
        select(QueueEntry, Order)
        .join(Order, Order.id == QueueEntry.order_id)
        .join(Case, Case.id == Order.case_id)
        .where(*_free(organisation_code, now), Case.state.in_(ON_THE_WAY))
        .order_by(Case.urgent.desc(), QueueEntry.queued_at, QueueEntry.id)
        .limit(limit)
        .with_for_update(of=QueueEntry, skip_locked=True)
    )
    claimed = [(entry, order) for entry, order in session.execute(free)]
    for entry, _order in claimed:
        entry.leased_by, entry.leased_until = holder, now + lease
    return claimed


def find_entry(session: Session, organisation_code: str, order_id: str) -> QueueEntry:
    """Raises UnknownOrder, also for an order of another organisation: its existence is nobody else's business."""
    mine = QueueEntry.order_id == order_id, QueueEntry.organisation_code == organisation_code
    entry = session.scalar(select(QueueEntry).where(*mine).with_for_update())
    if entry is None:
        raise UnknownOrder
    return entry


def answer(entry: QueueEntry, reply: Reply, holder: str, now: datetime) -> bool:
    """Write the reply to the entry; False if it was the answer already. Raises LeaseLost, AnsweredOtherwise."""
    if entry.answer is not None:
        if not _is_same(entry, reply):
            raise AnsweredOtherwise(entry.answer)
        return False
    if entry.leased_by != holder or entry.leased_until is None or entry.leased_until <= now:
        raise LeaseLost
    entry.answer, entry.reason_code, entry.text = reply.answer, reply.reason_code, reply.text
    entry.answered_at = now
    return True


def _is_same(entry: QueueEntry, reply: Reply) -> bool:
    """A refusal is the same only with the same reason: operators act on it. Another remark on an acceptance is let pass."""
    if entry.answer is Answer.ACCEPTED:
        return reply.answer is Answer.ACCEPTED
    return Reply(Answer.REFUSED, entry.reason_code, entry.text) == reply


def _free(organisation_code: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        QueueEntry.organisation_code == organisation_code,
        QueueEntry.answer.is_(None),
        or_(QueueEntry.leased_until.is_(None), QueueEntry.leased_until <= now),
    )
