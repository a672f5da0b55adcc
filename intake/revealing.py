"""A caller's whole number, for somebody who needs it: put on record before it is shown."""

from sqlalchemy import select

from intake.actors import Actor
from intake.audit import audit
from intake.errors import UnknownCall
from intake.office import Office
from models.call import Call
from models.case import Case


def reveal_number(office: Office, case_no: str, call_id: str, actor: Actor) -> str:
    """The number in E.164. Raises UnknownCall: no such call of this case, or its carrier named no number."""
    wanted = select(Call).join(Case, Case.id == Call.case_id).where(Call.id == call_id, Case.case_no == case_no)
    with office.database.transaction() as session:
        call = session.scalar(wanted)
        if call is None or call.caller_sealed is None:
            raise UnknownCall
        audit(session, actor, "number.revealed", case_no, office.clock.now())
    return office.sealer.unseal(call.caller_sealed)
