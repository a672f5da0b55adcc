"""All that the caller said in the calls of a case."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.call import Call
from models.case import Case
from models.utterance import Utterance


def said(session: Session, case: Case) -> str:
    """One sentence a line, in the order in which they were said. What a human asked or read back is not the caller's word."""
    wanted = (Call.case_id == case.id, Utterance.channel == "caller", Utterance.text != "")
    of_case = select(Utterance.text).join(Call, Call.id == Utterance.call_id).where(*wanted)
    return "\n".join(session.scalars(of_case.order_by(Call.started_at, Utterance.sequence)))
