"""Earlier open cases that may tell the same as this one, and those of the same resident, each with its reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from classifier.coordinates import distance_m
from classifier.likeness import SHOWN_FROM, Likeness, Told, likeness
from intake.errors import UnknownCase
from intake.office import Office
from intake.queries_names import category_name, place_name
from models.call import Call
from models.case import Case, CaseState

LOOKED_BACK: Final = timedelta(days=15)
"""The longest deadline of an ordinary matter: an older open case is overdue, and a new call about it a matter of its own."""
JOINABLE: Final = (
    CaseState.PROPOSED,
    CaseState.CONFIRMED,
    CaseState.DISPATCHED,
    CaseState.ACCEPTED,
    CaseState.REFUSED,
    CaseState.RESOLVED,
)
"""States of a case that another one may follow: somebody works on it, or has just finished."""
_READ: Final = 200
"""Newest candidates that are compared."""
_SHOWN: Final = 3
_SHOWN_OF_CALLER: Final = 3


@dataclass(frozen=True, slots=True)
class Related:
    """`distance_m` is None where one of the addresses has no known point; `reports` counts the case and those joined to it."""

    case_no: str
    state: CaseState
    created_at: datetime
    summary: str | None
    category: str | None
    place: str | None
    organisation: str | None
    reports: int
    is_same_caller: bool
    distance_m: float | None
    likeness: Likeness


def related_cases(office: Office, case_no: str) -> tuple[Related, ...]:
    """The resident's own earlier cases first, then likely duplicates, the likeliest first. Raises UnknownCase."""
    with office.database.reading() as session:
        case = session.scalar(select(Case).where(Case.case_no == case_no))
        if case is None:
            raise UnknownCase
        own = _own(session, case)
        others = _candidates(office, session, case) if case.category_code and case.district_code else ()
        reports = _reports(session, [row.id for row in (*own, *others)])
    here = told(office, case)
    mine = {row.id for row in own}
    seen = {row.id: (row, likeness(here, told(office, row))) for row in (*own, *others)}
    likely = [(row, alike) for row, alike in seen.values() if row.id not in mine and alike.score >= SHOWN_FROM]
    # Among equals the one that others follow already, then the oldest.
    likely.sort(key=lambda pair: (-round(pair[1].score, 2), -reports.get(pair[0].id, 0), pair[0].case_no))
    chosen = [*(seen[row.id] for row in own), *likely[:_SHOWN]]
    return tuple(_seen(office, case, row, alike, reports.get(row.id, 0), is_own=row.id in mine) for row, alike in chosen)


def told(office: Office, case: Case) -> Told:
    leaf = office.taxonomy().leaf(case.category_code) if case.category_code else None
    return Told(
        category_code=leaf.code if leaf else case.category_code,
        group=leaf.path[:-1] if leaf else (),
        district_code=case.district_code,
        subdistrict_code=case.subdistrict_code,
        community_code=case.community_code,
        address=case.address,
        text=(case.summary or case.narrative or "")[:300],
        at=case.created_at,
    )


def _is_earlier(case: Case) -> ColumnElement[bool]:
    return and_(
        Case.created_at >= case.created_at - LOOKED_BACK,
        Case.created_at <= case.created_at,
        Case.case_no < case.case_no,
        Case.state.in_(JOINABLE),
    )


def _own(session: Session, case: Case) -> Sequence[Case]:
    """Of callers with the same number; a number that the carrier withheld is nobody's."""
    numbers = select(Call.caller_hash).where(Call.case_id == case.id, Call.caller_hash.is_not(None))
    cases = select(Call.case_id).where(Call.caller_hash.in_(numbers))
    wanted = select(Case).where(Case.id.in_(cases), _is_earlier(case)).order_by(Case.created_at.desc())
    return session.scalars(wanted.limit(_SHOWN_OF_CALLER)).all()


def _candidates(office: Office, session: Session, case: Case) -> Sequence[Case]:
    """The newest of the same group of matters in the same sub-district, or in the district where no sub-district is known."""
    codes = group_codes(office, case.category_code or "")
    where = Case.district_code == case.district_code
    if case.subdistrict_code:
        unknown = and_(where, Case.subdistrict_code.is_(None))
        where = or_(Case.subdistrict_code == case.subdistrict_code, unknown)
    wanted = select(Case).where(where, Case.category_code.in_(codes), _is_earlier(case))
    return session.scalars(wanted.order_by(Case.created_at.desc()).limit(_READ)).all()


def group_codes(office: Office, code: str) -> list[str]:
    """Codes of the leaves of one group; an unknown code alone."""
    leaf = office.taxonomy().leaf(code)
    return [each.code for each in office.taxonomy().leaves if each.path[:-1] == leaf.path[:-1]] if leaf else [code]


def _reports(session: Session, ids: Sequence[str]) -> dict[str, int]:
    """How many cases are joined to each."""
    counted = select(Case.merged_into, func.count()).where(Case.merged_into.in_(ids)).group_by(Case.merged_into)
    return {row[0]: row[1] for row in session.execute(counted) if row[0]}


def _seen(office: Office, case: Case, row: Case, alike: Likeness, joined: int, *, is_own: bool) -> Related:
    place = place_name(office, row.district_code, row.subdistrict_code, row.community_code)
    return Related(
        case_no=row.case_no,
        state=row.state,
        created_at=row.created_at,
        summary=row.summary or (row.narrative or "")[:120] or None,
        category=category_name(office, row.category_code),
        place=" ".join(filter(None, (place, row.address))) or None,
        organisation=row.organisation_name,
        reports=joined + 1,
        is_same_caller=is_own,
        distance_m=_distance(office, case, row),
        likeness=alike,
    )


def _distance(office: Office, case: Case, row: Case) -> float | None:
    here = office.places().point(case.district_code, case.address)
    there = office.places().point(row.district_code, row.address)
    return distance_m(here, there) if here and there else None
