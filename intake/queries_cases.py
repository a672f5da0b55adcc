"""The list of cases: rows as pages and the wallboard show them, filters, paging, counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from config.clock import CITY_ZONE
from intake.office import Office
from intake.queries_names import category_name, place_name
from models.account import Account
from models.call import Call
from models.case import Case, CaseState
from models.sealed import normalise_number

PAGE_SIZE = 40
MAX_PAGE = 250

WAITING = (CaseState.OPEN, CaseState.PROPOSED, CaseState.REFUSED)
"""What an operator has to work off."""
WAITING_SOMEWHERE = (*WAITING, CaseState.CALLBACK, CaseState.CONFIRMED)
"""States in which somebody in this house has something to do."""


class Tab(StrEnum):
    WAITING = "waiting"
    CALLBACK = "callback"
    SENT = "sent"
    ANSWERED = "answered"
    ALL = "all"


TABS: Mapping[Tab, tuple[CaseState, ...]] = {
    Tab.WAITING: WAITING,
    Tab.CALLBACK: (CaseState.CALLBACK,),
    Tab.SENT: (CaseState.CONFIRMED, CaseState.DISPATCHED, CaseState.ACCEPTED, CaseState.RESOLVED),
    Tab.ANSWERED: (CaseState.ANSWERED,),
    Tab.ALL: (),
}
"""The states on each tab; empty: all."""


@dataclass(frozen=True, slots=True)
class CaseCount:
    """What counters need of a case."""

    case_no: str
    state: CaseState
    urgent: bool
    created_at: datetime
    hung_up_at: datetime | None
    confirmed_at: datetime | None
    queued_at: datetime | None

    @property
    def waiting_since(self) -> datetime:
        """When the present waiting began: the ring, the hang-up, the confirmation or the entry into the queue."""
        match self.state:
            case CaseState.PROPOSED | CaseState.CALLBACK:
                return self.hung_up_at or self.created_at
            case CaseState.CONFIRMED:
                return self.confirmed_at or self.created_at
            case CaseState.DISPATCHED | CaseState.ACCEPTED:
                return self.queued_at or self.confirmed_at or self.created_at
            case _:
                return self.created_at


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow(CaseCount):
    """A row of the list. `summary` is what was heard so far while there is none."""

    kind: str | None
    urgency: str | None
    category: str | None
    place: str | None
    summary: str | None
    sample: bool
    owner: str | None
    version: int


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """`words` is a case number, a telephone number, or words of the summary, address or narrative; `page` counts from 1."""

    tab: Tab = Tab.WAITING
    words: str = ""
    district_code: str = ""
    day: date | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class CaseList:
    rows: tuple[CaseRow, ...]
    has_next: bool


def list_cases(office: Office, wanted: CaseFilter) -> CaseList:
    """Waiting and call-back tabs: urgent first, then who waits longest; the others: newest first."""
    page = max(1, min(wanted.page, MAX_PAGE))
    statement = _rows().where(*_conditions(office, wanted)).order_by(*_order(wanted.tab))
    with office.database.reading() as session:
        found = _read(office, session, statement.limit(PAGE_SIZE + 1).offset((page - 1) * PAGE_SIZE))
    return CaseList(tuple(found[:PAGE_SIZE]), len(found) > PAGE_SIZE)


def rows_of(office: Office, case_nos: Sequence[str]) -> list[CaseRow]:
    """These cases as they are now, in order of number."""
    if not case_nos:
        return []
    with office.database.reading() as session:
        return _read(office, session, _rows().where(Case.case_no.in_(case_nos)).order_by(Case.case_no))


def counted_cases(office: Office, day: date) -> list[CaseCount]:
    """What the wallboard counts: cases that began on this day of the city, and every case that still waits here."""
    columns = (Case.case_no, Case.state, Case.urgent, Case.created_at, Case.hung_up_at, Case.confirmed_at, Case.queued_at)
    today = Case.created_at.between(*day_bounds(day))
    with office.database.reading() as session:
        found = session.execute(select(*columns).where(or_(today, Case.state.in_(WAITING_SOMEWHERE))))
        return [CaseCount(*row) for row in found]


def tab_counts(office: Office) -> dict[Tab, int]:
    """Cases on the tabs that somebody works off."""
    statement = select(Case.state, func.count()).where(Case.state.in_(WAITING_SOMEWHERE)).group_by(Case.state)
    with office.database.reading() as session:
        counted = {row[0]: row[1] for row in session.execute(statement)}
    return {tab: sum(counted.get(state, 0) for state in TABS[tab]) for tab in (Tab.WAITING, Tab.CALLBACK)}


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """First and last moment of a day of the city."""
    begins = datetime.combine(day, time.min, CITY_ZONE)
    return begins, begins + timedelta(days=1) - timedelta(microseconds=1)


def _rows() -> Select[Case, str | None, str | None]:
    sample = select(Call.sample).where(Call.case_id == Case.id).order_by(Call.started_at).limit(1).scalar_subquery()
    return select(Case, Account.title, sample).outerjoin(Account, Account.id == Case.owner_id)


def _conditions(office: Office, wanted: CaseFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if TABS[wanted.tab]:
        conditions.append(Case.state.in_(TABS[wanted.tab]))
    if wanted.district_code:
        conditions.append(Case.district_code == wanted.district_code)
    if wanted.day:
        conditions.append(Case.created_at.between(*day_bounds(wanted.day)))
    if words := wanted.words.strip()[:60]:
        conditions.append(_matches(office, words))
    return conditions


def _matches(office: Office, words: str) -> ColumnElement[bool]:
    texts = [column.contains(words, autoescape=True) for column in (Case.summary, Case.address, Case.narrative)]
    digits = "".join(words.split()).replace("-", "")
    if digits.removeprefix("+").isdigit():
        number = normalise_number(digits)
        called = select(Call.case_id).where(Call.caller_hash == office.sealer.trace(number)) if number else None
        same_number = [Case.id.in_(called)] if called is not None else []
        return or_(Case.case_no.startswith(digits, autoescape=True), *same_number, *texts)
    return or_(*texts)


def _order(tab: Tab) -> Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]]:
    if tab in (Tab.WAITING, Tab.CALLBACK):
        goes_on = case((Case.state == CaseState.OPEN, 1), else_=0)
        since = func.coalesce(Case.hung_up_at, Case.created_at)
        return [Case.urgent.desc(), goes_on, since, Case.case_no]
    return [Case.created_at.desc(), Case.case_no.desc()]


def _read(office: Office, session: Session, statement: Select[Case, str | None, str | None]) -> list[CaseRow]:
    return [_row(office, row, owner, sample) for row, owner, sample in session.execute(statement)]


def _row(office: Office, row: Case, owner: str | None, sample: str | None) -> CaseRow:
    place = place_name(office, row.district_code, row.subdistrict_code, row.community_code)
    return CaseRow(
        case_no=row.case_no,
        state=row.state,
        urgent=row.urgent,
        created_at=row.created_at,
        hung_up_at=row.hung_up_at,
        confirmed_at=row.confirmed_at,
        queued_at=row.queued_at,
        kind=row.kind,
        urgency=row.urgency,
        category=category_name(office, row.category_code),
        place=" ".join(filter(None, (place, row.address))) or None,
        summary=row.summary or _beginning(row.narrative),
        sample=bool(sample),
        owner=owner,
        version=row.version,
    )


def _beginning(narrative: str | None) -> str | None:
    """What was heard so far, on one line, while there is no summary."""
    words = " ".join((narrative or "").split())
    return words[:80] or None
