"""Mass events as pages show them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from intake.office import Office
from intake.queries_case import CasePage
from intake.queries_names import category_name
from models.case import Case, CaseState
from models.mass_event import MassEvent


@dataclass(frozen=True, slots=True)
class MassEventSeen:
    """`recent`: calls in the last half hour; `head`: number of the case that the others are joined to."""

    id: str
    area_code: str
    area: str
    codes: tuple[str, ...]
    category: str
    recent: int
    total: int
    notice: str | None
    head: str
    head_state: CaseState
    began_at: datetime


def mass_events(office: Office) -> tuple[MassEventSeen, ...]:
    """Those that go on, the one with most calls first."""
    wanted = select(MassEvent, Case).join(Case, Case.id == MassEvent.head_case_id).where(MassEvent.open_key.is_not(None))
    with office.database.reading() as session:
        rows = session.execute(wanted.order_by(MassEvent.recent.desc(), MassEvent.id)).all()
    return tuple(_seen(office, event, head) for event, head in rows)


def mass_event_of(office: Office, page: CasePage) -> MassEventSeen | None:
    """The one that a case belongs to by its place and matter; a case that began before it does not."""
    area = page.fields.subdistrict_code or page.fields.district_code
    if not area or not page.fields.category_code:
        return None
    its = (event for event in mass_events(office) if event.area_code == area and page.created_at >= event.began_at)
    return next((event for event in its if page.fields.category_code in event.codes), None)


def _seen(office: Office, event: MassEvent, head: Case) -> MassEventSeen:
    return MassEventSeen(
        id=event.id,
        area_code=event.area_code,
        area=office.places().full_name(event.area_code) or event.area_code,
        codes=tuple(event.codes),
        category=category_name(office, event.category_code) or event.category_code,
        recent=event.recent,
        total=event.total,
        notice=event.notice,
        head=head.case_no,
        head_state=head.state,
        began_at=event.began_at,
    )
