"""What was heard in a call so far, for one who follows it from beside."""

from dataclasses import dataclass

from sqlalchemy import select

from intake.finding import find_carrier_call
from intake.office import Office
from models.case import Case
from models.utterance import Utterance


@dataclass(frozen=True, slots=True)
class CallHeard:
    case_no: str
    case_state: str
    sentences: tuple[str, ...]
    """Finished utterances in order; an empty text is voice without words."""


def call_heard(office: Office, carrier: str, carrier_call_id: str) -> CallHeard | None:
    """None while the call is not known. Raises DatabaseUnavailable."""
    with office.database.reading() as session:
        call = find_carrier_call(session, carrier, carrier_call_id)
        if call is None:
            return None
        case = session.get_one(Case, call.case_id)
        spoken = select(Utterance.text).where(Utterance.call_id == call.id).order_by(Utterance.sequence)
        return CallHeard(case.case_no, str(case.state), tuple(session.scalars(spoken)))
