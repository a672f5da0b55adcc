"""What was heard, sentence by sentence."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from classifier.misheard import Misheard
from config.ids import new_id
from intake.events import EventKind, append_event
from intake.finding import lock_call, lock_case_of
from intake.narrative import said
from intake.office import Office
from intake.provenance import is_the_machines, note_machine
from models.call import CallState
from models.case import Case
from models.inserting import insert_new
from models.utterance import Utterance

CALLER = "caller"
HUMAN = "human"
"""Channels of utterances: the resident, and whoever of us talks with the resident."""


@dataclass(frozen=True, slots=True)
class HeardWord:
    text: str
    start_ms: int
    end_ms: int
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class HeardUtterance:
    """One final sentence of `channel`. `sequence` counts from 0 within the call; times in ms from its first frame of audio.

    `spoken` is what a sample call really said. The three stamps are wall-clock times of the machine that heard it.
    """

    sequence: int
    raw: str
    text: str
    start_ms: int
    end_ms: int
    engine: str
    words: Sequence[HeardWord] = ()
    spoken: str | None = None
    first_partial_at: datetime | None = None
    speech_ended_at: datetime | None = None
    final_at: datetime | None = None
    channel: str = CALLER


@dataclass(frozen=True, slots=True)
class HeardAgain:
    """What a second engine made of an utterance that was kept before. No words: it gives no times."""

    sequence: int
    raw: str
    text: str
    engine: str
    words: Sequence[HeardWord] = ()


def add_utterance(office: Office, call_id: str, heard: HeardUtterance) -> None:
    """Keep a final sentence; the same sequence number a second time changes nothing. Raises UnknownCall.

    The case's narrative becomes the sentences so far, unless a person has edited it.
    """
    now = office.clock.now()
    corrections = office.misheard(heard.text)
    with office.database.transaction() as session:
        call = lock_call(session, call_id)
        if not insert_utterance(session, call.id, heard, now, corrections):
            return
        if call.state is not CallState.ENDED:
            call.last_sign_at = now
        case = lock_case_of(session, call)
        if heard.channel == CALLER:
            _stamp(case, heard, now)
            tell_narrative(session, case)
        append_event(
            session, EventKind.UTTERANCE, now, case=case, call_id=call.id, sequence=heard.sequence, engine=heard.engine
        )


def last_sequence(office: Office, call_id: str) -> int:
    """Of the sentences kept so far; 0 before the first. A stream that follows a broken one counts on from here."""
    with office.database.reading() as session:
        return session.scalar(select(func.max(Utterance.sequence)).where(Utterance.call_id == call_id)) or 0


def insert_utterance(
    session: Session, call_id: str, heard: HeardUtterance, now: datetime, corrections: Sequence[Misheard] = ()
) -> bool:
    """Whether it is new."""
    return insert_new(
        session,
        Utterance,
        id=new_id(),
        call_id=call_id,
        sequence=heard.sequence,
        channel=heard.channel,
        raw=heard.raw,
        text=heard.text,
        words=[asdict(word) for word in heard.words],
        start_ms=heard.start_ms,
        end_ms=heard.end_ms,
        engine=heard.engine,
        spoken=heard.spoken,
        corrections=[asdict(correction) for correction in corrections],
        created_at=now,
    )


def tell_narrative(session: Session, case: Case) -> None:
    """What the caller said so far, one sentence a line, into the case unless a person has edited it there."""
    narrative = said(session, case)
    if is_the_machines(case, "narrative") and narrative != (case.narrative or ""):
        case.narrative = narrative
        note_machine(case, "narrative")
        case.version += 1


def _stamp(case: Case, heard: HeardUtterance, now: datetime) -> None:
    case.first_partial_at = case.first_partial_at or heard.first_partial_at
    case.speech_ended_at = _later(case.speech_ended_at, heard.speech_ended_at)
    case.final_text_at = _later(case.final_text_at, heard.final_at or now)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else one or other
