"""The relay: carries orders from the outbox to the sink, each by itself, so that none is lost and none pays for another.

Claim, send and settle are three steps with nothing held between them. A relay that dies after sending leaves a lease that runs
out; the order then goes again under the same dedupe key.
"""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from traceback import extract_tb

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from config.clock import Clock
from config.errors import HotlineError
from config.ids import new_id
from dispatch.ledger import Ledger
from dispatch.order import Order, from_json
from dispatch.retry import Decision, GiveUp, RetryRule, TryAgain, decide_retry
from dispatch.sinks.contract import Refused, Sink
from models.order import Order as OrderRow
from models.order import OutboxMessage, OutboxState
from models.session import Database

log = logging.getLogger(__name__)

BATCH = 32
"""Messages that one run takes at most, so that the caller's loop gets its turn."""
_UNSETTLED = (OutboxState.WAITING, OutboxState.CLAIMED)


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is ours while the lease lasts. `attempts` tells this claim from every other of the same message."""

    message_id: str
    attempts: int
    dedupe_key: str
    order: Order | None
    """None where the stored body cannot be read."""


@dataclass(slots=True)
class Relay:
    """`lease` must be longer than the longest send of the sink. `owner` names this process in the outbox."""

    database: Database
    sink: Sink
    clock: Clock
    ledger: Ledger
    owner: str = field(default_factory=lambda: f"relay-{new_id()}")
    rule: RetryRule = field(default_factory=RetryRule)
    lease: timedelta = timedelta(seconds=30)
    jitter: Callable[[], float] = random.random

    def pending(self) -> bool:
        """Whether a message is due: one look into an index."""
        due = exists().where(OutboxMessage.state.in_(_UNSETTLED), OutboxMessage.next_attempt_at <= self.clock.now())
        with self.database.reading() as session:
            return bool(session.scalar(select(due)))

    def run_once(self) -> int:
        """Carry what is due, at most BATCH messages, until the sink is unavailable; how many were claimed.

        Raises DatabaseUnavailable.
        """
        if not self.pending():
            return 0
        carried = 0
        while carried < BATCH:
            claim = self._claim_next()
            if claim is None:
                break
            carried += 1
            if not self._carry(claim):
                break
        return carried

    def _carry(self, claim: Claim) -> bool:
        """Whether it makes sense to go on with the next message now."""
        try:
            self._send(claim)
        except Refused as error:
            self._settle_failed(claim, GiveUp(), str(error))
        except HotlineError as error:
            self._settle_failed(claim, self._retry(claim), str(error))
            return False
        except Exception as error:
            # A fault of the sink's own code must not stop the orders behind this one. Its text may hold the caller.
            self._settle_failed(claim, self._retry(claim), f"The sink failed: {_fault(error)}")
        else:
            self._settle_sent(claim)
        return True

    def _send(self, claim: Claim) -> None:
        if claim.order is None:
            raise Refused("The stored order cannot be read: another version of this system wrote it.")
        if claim.attempts > self.rule.limit:
            raise Refused("Every attempt to send it ended the dispatcher, or outlasted its lease.")
        self.sink.send(claim.order, claim.dedupe_key)

    def _retry(self, claim: Claim) -> Decision:
        return decide_retry(self.rule, claim.attempts, self.jitter())

    def _claim_next(self) -> Claim | None:
        now = self.clock.now()
        with self.database.transaction() as session:
            message = _next_due(session, now)
            if message is None:
                return None
            message.state = OutboxState.CLAIMED
            message.attempts += 1
            message.lease_owner = self.owner
            message.lease_until = message.next_attempt_at = now + self.lease
            row = session.get_one(OrderRow, message.order_id)
            return Claim(message.id, message.attempts, message.dedupe_key, self._order_to_send(session, row))

    def _order_to_send(self, session: Session, row: OrderRow) -> Order | None:
        try:
            order = from_json(row.body)
        except (ValueError, KeyError, TypeError):
            return None
        return order.with_caller(self.ledger.caller_of(session, row))

    def _settle_sent(self, claim: Claim) -> None:
        """That it was sent is a fact, also when the lease has run out since."""
        now = self.clock.now()
        with self.database.transaction() as session:
            message = _locked(session, claim.message_id)
            if message.state is OutboxState.SENT:
                return
            _release(message, OutboxState.SENT, error=None)
            message.sent_at = now
            self.ledger.order_sent(session, session.get_one(OrderRow, message.order_id), now)
        log.info("order sent", extra={"order": message.order_id, "attempts": claim.attempts})

    def _settle_failed(self, claim: Claim, decision: Decision, reason: str) -> None:
        now = self.clock.now()
        with self.database.transaction() as session:
            message = _locked(session, claim.message_id)
            if not self._still_holds(message, claim):
                return
            row = session.get_one(OrderRow, message.order_id)
            match decision:
                case GiveUp():
                    _release(message, OutboxState.DEAD, error=reason)
                    self.ledger.order_dead(session, row, reason, now)
                case TryAgain(after, raise_alarm):
                    _release(message, OutboxState.WAITING, error=reason)
                    message.next_attempt_at = now + after
                    if raise_alarm:
                        self.ledger.order_stuck(session, row, reason, now)
        log.warning("order not sent", extra={"order": message.order_id, "attempts": claim.attempts, "now": str(message.state)})

    def _still_holds(self, message: OutboxMessage, claim: Claim) -> bool:
        return message.state is OutboxState.CLAIMED and message.lease_owner == self.owner and message.attempts == claim.attempts


def _next_due(session: Session, now: datetime) -> OutboxMessage | None:
    """What a dead relay left behind, then the longest due. Each is the head of an index, however long the backlog."""
    for state in (OutboxState.CLAIMED, OutboxState.WAITING):
        oldest = _due(state, now).order_by(OutboxMessage.next_attempt_at).limit(1).with_for_update(skip_locked=True)
        message = session.scalar(oldest)
        if message is not None:
            return message
    return None


def _due(state: OutboxState, now: datetime) -> Select[OutboxMessage]:
    """While a message is claimed, `next_attempt_at` is the end of its lease."""
    return select(OutboxMessage).where(OutboxMessage.state == state, OutboxMessage.next_attempt_at <= now)


def _locked(session: Session, message_id: str) -> OutboxMessage:
    return session.scalars(select(OutboxMessage).where(OutboxMessage.id == message_id).with_for_update()).one()


def _release(message: OutboxMessage, state: OutboxState, error: str | None) -> None:
    message.state = state
    message.lease_owner = message.lease_until = None
    message.last_error = error


def _fault(error: Exception) -> str:
    """Type and place of an exception, without its text."""
    frame = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
