"""Case numbers: the city's day and a sequence, 260105000001."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from config.clock import CITY_ZONE
from models.case import CaseCounter
from models.inserting import insert_new


def next_case_number(session: Session, at: datetime) -> str:
    """yymmdd of the city's day and six digits from 000001. The day's counter stays locked until the transaction ends."""
    day = at.astimezone(CITY_ZONE).date()
    insert_new(session, CaseCounter, day=day, last=0)
    count = update(CaseCounter).where(CaseCounter.day == day).values(last=CaseCounter.last + 1).returning(CaseCounter.last)
    sequence = session.scalars(count, execution_options={"synchronize_session": False}).one()
    return f"{day:%y%m%d}{sequence:06d}"
