"""A talk between a caller and a human of ours: each side is heard as a channel of its own, and the form goes on filling."""

from sqlalchemy import func, select

from config.stream_token import Side, StreamGrant, Talk
from intake.errors import UnknownCall
from intake.finding import find_carrier_call
from intake.office import Office
from models.case import Case
from models.utterance import Utterance

_A_SIDE = 5000
"""Numbers of utterances kept free for the caller's side of a talk; those of the other side come after them."""


def talk_grants(office: Office, carrier: str, carrier_call_id: str) -> tuple[StreamGrant, StreamGrant]:
    """What the two streams of a talk that begins now are for: the caller's, and the human's. Raises UnknownCall."""
    with office.database.reading() as session:
        call = find_carrier_call(session, carrier, carrier_call_id)
        if call is None:
            raise UnknownCall
        last = session.scalar(select(func.max(Utterance.sequence)).where(Utterance.call_id == call.id)) or 0
        case_no = session.get_one(Case, call.case_id).case_no
    began_at = call.media_started_at or call.started_at
    offset_ms = max(0, int((office.clock.now() - began_at).total_seconds() * 1000))

    def grant(side: Side, first: int, sample: str) -> StreamGrant:
        return StreamGrant(call.id, case_no, carrier_call_id, sample, talk=Talk(side, first, offset_ms))

    return grant(Side.CALLER, last + 1, call.sample or ""), grant(Side.HUMAN, last + _A_SIDE, "")
