"""A city with a few confirmed cases: what every test of dispatch starts from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from cryptography.fernet import Fernet
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.clock import Clock, FixedClock
from config.ids import new_id
from dispatch.order import build_order, to_json
from dispatch.outbox import enqueue
from dispatch.relay import Relay
from dispatch.sinks.contract import Sink
from intake.deliveries import CaseLedger
from models.call import Call, CallState
from models.case import Case, CaseMove, CaseState
from models.event import Event
from models.order import Order, OutboxMessage, OutboxState, QueueEntry
from models.sealed import Sealer
from models.session import Database

ORGANISATION = "110105001"
PHONE = "+8613800138000"


@dataclass(slots=True)
class Desk:
    database: Database
    clock: FixedClock = field(default_factory=FixedClock)
    sealer: Sealer = field(default_factory=lambda: Sealer([Fernet.generate_key().decode()], "secret"))
    _count: int = 0

    def confirm(
        self,
        *,
        organisation: str = ORGANISATION,
        urgent: bool = False,
        confidential: bool = False,
        summary: str = "夜间施工扰民",
    ) -> str:
        """A case just confirmed, its order in the outbox; the order's id."""
        case = self._case(CaseState.CONFIRMED, "110105", organisation, "0101", summary=summary, confidential=confidential)
        case.urgent = urgent
        case.organisation_code, case.organisation_name = organisation, "建外街道办事处"
        case.confirmed_at = self.clock.now()
        order = build_order(case, order_id=new_id(), category_path=("环境保护", "噪声", "夜间施工"))
        row = Order(
            id=order.order_id, case_id=case.id, dedupe_key=order.dedupe_key, body=to_json(order), created_at=case.created_at
        )
        with self.database.transaction() as session:
            self._add(session, case)
            session.add(row)
            session.flush()
            enqueue(session, row, case.created_at)
        self._let_time_pass()
        return row.id

    def propose(
        self,
        *,
        district: str | None = "110105",
        subdistrict: str | None = ORGANISATION,
        category: str | None = "0101",
        summary: str = "夜间施工扰民",
        confidential: bool = False,
    ) -> str:
        """A case that waits for its confirmation; its number."""
        case = self._case(CaseState.PROPOSED, district, subdistrict, category, summary=summary, confidential=confidential)
        with self.database.transaction() as session:
            self._add(session, case)
        self._let_time_pass()
        return case.case_no

    def _case(
        self,
        state: CaseState,
        district: str | None,
        subdistrict: str | None,
        category: str | None,
        *,
        summary: str,
        confidential: bool,
    ) -> Case:
        self._count += 1
        now = self.clock.now()
        return Case(
            id=new_id(),
            case_no=f"260105{self._count:06d}",
            state=state,
            kind="complaint",
            urgency="normal",
            category_code=category,
            district_code=district,
            subdistrict_code=subdistrict,
            address="建国路88号",
            summary=summary,
            caller_name="王女士",
            confidential=confidential,
            provenance={},
            created_at=now,
            answered_at=now,
        )

    def _add(self, session: Session, case: Case) -> None:
        """The case and the call that it came from."""
        session.add(case)
        session.flush()
        call = Call(
            id=new_id(),
            carrier="twilio",
            carrier_call_id=new_id(),
            case_id=case.id,
            state=CallState.ENDED,
            caller_sealed=self.sealer.seal(PHONE),
            caller_hash=self.sealer.trace(PHONE),
            step="status",
            started_at=case.created_at,
            last_sign_at=case.created_at,
        )
        session.add(call)
        session.flush()

    def _let_time_pass(self) -> None:
        """The next one is a little later, as in life: who waits longest goes first."""
        self.clock.advance(timedelta(milliseconds=10))

    def relay(self, sink: Sink, *, clock: Clock | None = None, **more: object) -> Relay:
        return Relay(self.database, sink, clock or self.clock, CaseLedger(self.sealer), jitter=lambda: 0.0, **more)  # type: ignore[arg-type]

    def case(self, order_id: str) -> Case:
        with self.database.reading() as session:
            return session.scalars(select(Case).join(Order, Order.case_id == Case.id).where(Order.id == order_id)).one()

    def message(self, order_id: str) -> OutboxMessage:
        with self.database.reading() as session:
            return session.scalars(select(OutboxMessage).where(OutboxMessage.order_id == order_id)).one()

    def states(self, order_ids: Sequence[str]) -> list[OutboxState]:
        return [self.message(order_id).state for order_id in order_ids]

    def entries(self) -> list[QueueEntry]:
        with self.database.reading() as session:
            return list(session.scalars(select(QueueEntry).order_by(QueueEntry.queued_at)))

    def events(self, kind: str) -> list[Event]:
        with self.database.reading() as session:
            return list(session.scalars(select(Event).where(Event.kind == kind).order_by(Event.position)))

    def moves(self, order_id: str) -> list[CaseState]:
        case = self.case(order_id)
        with self.database.reading() as session:
            return list(session.scalars(select(CaseMove.to_state).where(CaseMove.case_id == case.id).order_by(CaseMove.id)))
