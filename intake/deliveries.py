"""What an order's way out means for its case: the book that the relay writes into."""

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.order import NOBODY, Caller
from dispatch.relay import Relay
from dispatch.sinks.registry import open_sink
from intake.actors import machine
from intake.events import EventKind, append_event
from intake.office import Office
from intake.workflow import move
from models.call import Call
from models.case import Case, CaseState
from models.order import Order
from models.sealed import SealBroken, Sealer

log = logging.getLogger(__name__)


def build_relay(office: Office) -> Relay:
    """The relay to the sink that the city has chosen."""
    sink = open_sink(office.settings, office.database, office.clock)
    return Relay(office.database, sink, office.clock, CaseLedger(office.sealer))


@dataclass(frozen=True, slots=True)
class CaseLedger:
    sealer: Sealer

    def caller_of(self, session: Session, order: Order) -> Caller:
        """Without the number where it cannot be opened: an emergency must not wait for a key."""
        case = session.get_one(Case, order.case_id)
        known = Call.case_id == case.id, Call.caller_sealed.is_not(None)
        sealed = session.scalar(select(Call.caller_sealed).where(*known).order_by(Call.started_at).limit(1))
        try:
            return Caller(case.caller_name, self.sealer.unseal(sealed) if sealed else None)
        except SealBroken:
            log.error("order leaves without the caller's number, which no key opens", extra={"order": order.id})
            return Caller(case.caller_name, NOBODY.phone)

    def order_sent(self, session: Session, order: Order, at: datetime) -> None:
        mark_queued(session, order, lock_case_of_order(session, order), at)

    def order_stuck(self, session: Session, order: Order, reason: str, at: datetime) -> None:  # noqa: ARG002
        _alarm(session, order, "order_stuck", at)

    def order_dead(self, session: Session, order: Order, reason: str, at: datetime) -> None:  # noqa: ARG002
        _alarm(session, order, "order_dead", at)


def mark_queued(session: Session, order: Order, case: Case, at: datetime) -> None:
    """The locked case's order is with the receiver: confirmed -> dispatched. What was already known changes nothing."""
    newest = select(Order.id).where(Order.case_id == case.id).order_by(Order.created_at.desc(), Order.id.desc()).limit(1)
    if case.state is not CaseState.CONFIRMED or session.scalar(newest) != order.id:
        return
    case.queued_at = at
    move(session, case, CaseState.DISPATCHED, machine("relay"), reason="queued", at=at)
    append_event(session, EventKind.ORDER_QUEUED, at, case=case, order_id=order.id)


def lock_case_of_order(session: Session, order: Order) -> Case:
    locked = select(Case).where(Case.id == order.case_id).with_for_update()
    return session.scalars(locked.execution_options(populate_existing=True)).one()


def _alarm(session: Session, order: Order, name: str, at: datetime) -> None:
    append_event(session, EventKind.ALARM, at, case=session.get_one(Case, order.case_id), name=name, order_id=order.id)
