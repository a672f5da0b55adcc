"""Mass events are found, kept up to date and closed by a sweep; supervisors say what callers are told."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from classifier.surge import FEWEST, QUIET_AFTER, WINDOW, is_surge, usual
from config.clock import CITY_ZONE
from config.ids import new_id
from intake.actors import Actor
from intake.audit import audit
from intake.errors import UnknownCase
from intake.events import EventKind, append_event
from intake.office import Office
from models.case import Case, CaseState
from models.inserting import insert_new
from models.mass_event import MassEvent

_BASE_DAYS: Final = 14
_AREA: Final = func.coalesce(Case.subdistrict_code, Case.district_code)
_COUNTED: Final = Case.state != CaseState.CANCELLED
_LEADS: Final = Case.state.not_in((CaseState.CANCELLED, CaseState.MERGED, CaseState.ANSWERED, CaseState.OPEN))


@dataclass(frozen=True, slots=True)
class Cluster:
    """Calls of the last window: one area, one leaf or the leaves of one group. `leaf` is the most frequent."""

    area: str
    codes: tuple[str, ...]
    leaf: str
    count: int

    @property
    def key(self) -> str:
        return f"{self.area}:{self.leaf}"


def watch_mass_events(office: Office) -> None:
    """Open what has begun, count what goes on, close what is quiet. Doing it twice changes nothing."""
    now = office.clock.now()
    with office.database.reading() as session:
        counts = _counts(session, now)
        going_on = list(session.scalars(select(MassEvent).where(MassEvent.open_key.is_not(None))))
    if not counts and not going_on:
        return
    known = {(event.area_code, code) for event in going_on for code in event.codes}
    fresh = {pair: count for pair, count in counts.items() if pair not in known}
    for cluster in clusters(office, fresh):
        _open(office, cluster, now)
    for event in going_on:
        _follow(office, event.id, now)


def clusters(office: Office, counts: Mapping[tuple[str, str], int]) -> list[Cluster]:
    """By (area, leaf): leaves that are frequent by themselves, and groups of which the rest together is."""
    found = [Cluster(area, (code,), code, count) for (area, code), count in counts.items() if count >= FEWEST]
    alone = {(cluster.area, cluster.leaf) for cluster in found}
    groups: defaultdict[tuple[str, tuple[str, ...]], dict[str, int]] = defaultdict(dict)
    for (area, code), count in counts.items():
        leaf = office.taxonomy().leaf(code)
        if leaf and (area, code) not in alone:
            groups[area, leaf.path[:-1]][code] = count
    for (area, _), leaves in groups.items():
        if sum(leaves.values()) >= FEWEST:
            found.append(Cluster(area, tuple(sorted(leaves)), max(leaves, key=lambda code: leaves[code]), sum(leaves.values())))
    return found


def set_notice(office: Office, event_id: str, notice: str, actor: Actor) -> None:
    """What operators tell the callers; an empty text takes it away. Raises UnknownCase for no such event."""
    now = office.clock.now()
    with office.database.transaction() as session:
        event = session.get(MassEvent, event_id, with_for_update=True)
        if event is None:
            raise UnknownCase
        event.notice = notice.strip() or None
        audit(session, actor, "event.notice", event_id, now)
        append_event(session, EventKind.MASS_EVENT, now, event_id=event_id)


def _counts(session: Session, now: datetime) -> dict[tuple[str, str], int]:
    counted = (
        select(_AREA, Case.category_code, func.count())
        .where(Case.created_at > now - WINDOW, Case.category_code.is_not(None), _AREA.is_not(None), _COUNTED)
        .group_by(_AREA, Case.category_code)
    )
    return {(area, str(code)): count for area, code, count in session.execute(counted)}


def _open(office: Office, cluster: Cluster, now: datetime) -> None:
    with office.database.transaction() as session:
        if not is_surge(cluster.count, usual(_earlier_days(session, cluster, now))):
            return
        cases = _cases(cluster.area, cluster.codes, now - WINDOW)
        head = session.scalar(select(Case.id).where(*cases, _LEADS).order_by(Case.created_at, Case.case_no).limit(1))
        began, last = session.execute(select(func.min(Case.created_at), func.max(Case.created_at)).where(*cases)).one()
        if head is None:
            return
        event_id = new_id()
        values = {"area_code": cluster.area, "category_code": cluster.leaf, "codes": list(cluster.codes), "head_case_id": head}
        figures = {"recent": cluster.count, "total": cluster.count, "began_at": began, "last_call_at": last}
        if insert_new(session, MassEvent, id=event_id, open_key=cluster.key, **values, **figures):
            append_event(session, EventKind.MASS_EVENT, now, event_id=event_id, recent=cluster.count)


def _follow(office: Office, event_id: str, now: datetime) -> None:
    with office.database.transaction() as session:
        event = session.get(MassEvent, event_id, with_for_update=True)
        if event is None or event.open_key is None:
            return
        before = event.recent, event.total, event.head_case_id
        cases = _cases(event.area_code, event.codes, event.began_at - timedelta(microseconds=1))
        event.total, last = session.execute(select(func.count(), func.max(Case.created_at)).where(*cases)).one()
        event.recent = session.scalar(select(func.count()).where(*cases, Case.created_at > now - WINDOW)) or 0
        event.last_call_at = last or event.last_call_at
        event.head_case_id = _head(session, event, cases)
        if event.last_call_at < now - QUIET_AFTER:
            event.open_key, event.closed_at = None, now
        if event.closed_at or before != (event.recent, event.total, event.head_case_id):
            append_event(session, EventKind.MASS_EVENT, now, event_id=event_id, recent=event.recent)


def _head(session: Session, event: MassEvent, cases: Sequence[ColumnElement[bool]]) -> str:
    """The same as before while it leads; another one when it was cancelled or joined elsewhere."""
    leads = select(Case.id).where(Case.id == event.head_case_id, _LEADS)
    next_one = select(Case.id).where(*cases, _LEADS).order_by(Case.created_at, Case.case_no).limit(1)
    return session.scalar(leads) or session.scalar(next_one) or event.head_case_id


def _cases(area: str, codes: Iterable[str], after: datetime) -> list[ColumnElement[bool]]:
    """Written by columns that have an index: a sub-district's code has nine digits, a district's six."""
    where = [Case.category_code.in_(list(codes)), Case.created_at > after, _COUNTED]
    if len(area) > 6:
        return [Case.subdistrict_code == area, *where]
    return [Case.district_code == area, Case.subdistrict_code.is_(None), *where]


def _earlier_days(session: Session, cluster: Cluster, now: datetime) -> list[int]:
    """Calls on each of the days before today."""
    began = now.astimezone(CITY_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    cases = _cases(cluster.area, cluster.codes, began - timedelta(days=_BASE_DAYS))
    days = [0] * _BASE_DAYS
    for at in session.scalars(select(Case.created_at).where(*cases, Case.created_at < began)):
        days[min(_BASE_DAYS - 1, (began - at).days)] += 1
    return days
