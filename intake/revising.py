"""What a second engine heard in an utterance: its text counts from now on, unless somebody has the case before the eyes."""

from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.events import EventKind, append_event
from intake.finding import lock_call, lock_case_of
from intake.listening import HeardAgain, tell_narrative
from intake.office import Office
from intake.provenance import is_the_machines
from intake.triage import STILL_OURS, think_again
from models.case import Case, CaseState
from models.utterance import Utterance


def revise_utterance(office: Office, call_id: str, again: HeardAgain) -> None:
    """Both texts are kept; the same a second time changes nothing. Raises UnknownCall.

    A sentence is locked as soon as a person has the case: it is never rewritten under an operator's cursor, the second text
    then stands beside it. Once the call is over, what was understood is understood anew.
    """
    now = office.clock.now()
    office.propose("")  # Loads the city's data, which takes a second, before the transaction begins.
    corrections = office.misheard(again.text)
    with office.database.transaction() as session:
        call = lock_call(session, call_id)
        case = lock_case_of(session, call)
        row = _unrevised(session, call_id, again.sequence)
        if row is None:
            return
        row.second_raw, row.second_text, row.second_engine = again.raw, again.text, again.engine
        row.first_text = row.text
        if again.text == row.text or is_locked(case):
            return
        row.text = again.text
        row.words = [asdict(word) for word in again.words] or row.words
        row.corrections = [asdict(correction) for correction in corrections]
        session.flush()
        tell_narrative(session, case)
        append_event(
            session, EventKind.UTTERANCE, now, case=case, call_id=call_id, sequence=again.sequence, engine=again.engine
        )
        if case.state is not CaseState.OPEN:
            think_again(office, session, case)


def is_locked(case: Case) -> bool:
    """Whether a person has the case, or had it."""
    return case.owner_id is not None or case.state not in STILL_OURS or not is_the_machines(case, "narrative")


def _unrevised(session: Session, call_id: str, sequence: int) -> Utterance | None:
    return session.scalar(
        select(Utterance).where(Utterance.call_id == call_id, Utterance.sequence == sequence, Utterance.second_engine.is_(None))
    )
