"""A bureau that takes calls: an office on a real database, a clock that stands still, an understanding that is scripted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TypeVar

from cryptography.fernet import Fernet
from sqlalchemy import select

from classifier.gazetteer import Gazetteer, load_gazetteer
from classifier.proposal import CategoryCandidate, Kind, LocationCandidate, Proposal, Urgency
from classifier.taxonomy import Taxonomy, load_taxonomy
from config.clock import FixedClock
from config.settings import ROOT, Settings
from intake.actors import Actor, ActorKind
from intake.calls import IncomingCall, OpenedCall, call_ended, open_call
from intake.listening import HeardUtterance, add_utterance
from intake.office import Office
from intake.triage import propose_case
from models.base import Base
from models.case import Case, CaseMove, CaseState
from models.event import Event
from models.sealed import Sealer
from models.session import Database
from tests.databases import QUICK_PASSWORDS

NUMBER = "13800138000"
OPERATOR = Actor(ActorKind.PERSON, "", "wang")
HEATING = "010101"
TIANTONGYUAN_NORTH = LocationCandidate("110114", "110114008", None, "昌平区天通苑北街道", "北一区3号楼", 0.9, ((0, 3),))
KEY = Fernet.generate_key().decode()
Row = TypeVar("Row", bound=Base)


def proposal(
    category: str | None = HEATING,
    place: LocationCandidate | None = TIANTONGYUAN_NORTH,
    score: float = 0.9,
    urgency: Urgency = Urgency.NORMAL,
    summary: str = "家中暖气不热",
) -> Proposal:
    path = ("水电气热", "供暖", "室内温度不达标")
    return Proposal(
        kind=Kind.HELP,
        urgency=urgency,
        categories=(CategoryCandidate(category, path[-1], path, score, ((0, 2),)),) if category else (),
        locations=(place,) if place else (),
        entities=(),
        summary=summary,
        questions=(),
        version="test",
    )


@cache
def places() -> Gazetteer:
    return load_gazetteer(ROOT / "config" / "gazetteer")


@cache
def taxonomy() -> Taxonomy:
    return load_taxonomy(ROOT / "config" / "taxonomy")


def build_test_office(database: Database, var: Path, clock: FixedClock, understand: Callable[[str], Proposal]) -> Office:
    settings = Settings(var=var, human_number="12345", disk_reserve_mb=0)
    return Office(
        database=database,
        clock=clock,
        sealer=Sealer([KEY], "secret"),
        places=places,
        taxonomy=taxonomy,
        propose=understand,
        var=var,
        settings=settings,
        passwords=QUICK_PASSWORDS,
    )


def heard(sequence: int = 0, text: str = "我家暖气不热") -> HeardUtterance:
    return HeardUtterance(sequence, raw=text, text=text, start_ms=0, end_ms=1500, engine="scripted")


@dataclass
class Bureau:
    database: Database
    var: Path
    clock: FixedClock = field(default_factory=FixedClock)

    def __post_init__(self) -> None:
        self.office = build_test_office(self.database, self.var, self.clock, lambda _text: proposal())

    def with_settings(self, **changes: object) -> Office:
        return replace(self.office, settings=self.office.settings.model_copy(update=changes))

    def ring(self, carrier_call_id: str = "CA1", number: str | None = NUMBER) -> OpenedCall:
        return open_call(self.office, IncomingCall("twilio", carrier_call_id, number, "12345"))

    def proposed(self, carrier_call_id: str = "CA1", made: Proposal | None = None, said: str = "我家暖气不热") -> Case:
        """A case of a caller who said something, was understood, and hung up."""
        call = self.ring(carrier_call_id)
        add_utterance(self.office, call.call_id, heard(text=said))
        propose_case(self.office, call.call_id, made or proposal(), said)
        call_ended(self.office, "twilio", carrier_call_id, "completed")
        return self.case(call.case_no)

    def case(self, case_no: str) -> Case:
        return self.one(Case, Case.case_no == case_no)

    def one(self, table: type[Row], *conditions: object) -> Row:
        (row,) = self.all(table, *conditions)
        return row

    def all(self, table: type[Row], *conditions: object) -> Sequence[Row]:
        with self.database.reading() as session:
            return session.scalars(select(table).where(*conditions).order_by(*table.__mapper__.primary_key)).all()  # type: ignore[arg-type]

    def moves(self, case_no: str) -> list[tuple[CaseState | None, CaseState, str]]:
        rows = self.all(CaseMove, CaseMove.case_id == self.case(case_no).id)
        return [(row.from_state, row.to_state, row.reason) for row in rows]

    def event_kinds(self) -> list[str]:
        return [event.kind for event in self.all(Event)]
