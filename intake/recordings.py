"""Recordings: those that the media process makes, and those that a carrier made and we fetch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from classifier.misheard import Misheard
from config.errors import HotlineError
from config.ids import new_id
from intake.errors import UnknownCall
from intake.events import EventKind, append_event
from intake.finding import find_carrier_call, lock_call, lock_case_of
from intake.listening import HeardUtterance, insert_utterance, tell_narrative
from intake.office import Office
from intake.triage import think_again
from models.call import Call
from models.case import Case
from models.inserting import insert_new
from models.recording import Recording, RecordingSource, RecordingState
from models.utterance import Utterance

FETCH_LEASE = timedelta(seconds=120)
"""For how long a fetch belongs to the worker that took it: four times its limit of 30 s."""
RETRY_AFTER_S = (2, 5, 15, 60, 300, 900)
"""Wait after the first, second, ... failed fetch; then always the last."""
MOST_ATTEMPTS = 100
"""About a day of tries."""


class UnknownRecording(HotlineError):
    """There is no such recording."""

    code = "unknown_recording"

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


@dataclass(frozen=True, slots=True)
class AnnouncedRecording:
    """What a carrier says of a recording that it made; `url` is not trusted here, the fetcher checks its host."""

    carrier: str
    carrier_call_id: str
    carrier_recording_id: str
    url: str
    duration_ms: int | None = None
    tracks: str = "caller"
    source: RecordingSource = RecordingSource.CARRIER


@dataclass(frozen=True, slots=True)
class DueRecording:
    """`attempt` counts from 1."""

    id: str
    call_id: str
    case_no: str
    carrier: str
    carrier_recording_id: str | None
    url: str
    attempt: int


@dataclass(frozen=True, slots=True)
class RecordingFile:
    """`path` is relative to var."""

    id: str
    call_id: str
    case_no: str
    path: str
    duration_ms: int | None
    tracks: str


def recording_stored(office: Office, call_id: str, path: str, duration_ms: int, tracks: str = "caller,system") -> str:
    """The media process has written a file, `path` relative to var; the recording's id. The same path twice is one recording.

    Raises UnknownCall.
    """
    now = office.clock.now()
    with office.database.transaction() as session:
        call = lock_call(session, call_id)
        recording_id = new_id()
        is_new = insert_new(
            session,
            Recording,
            id=recording_id,
            call_id=call.id,
            case_id=call.case_id,
            source=RecordingSource.MEDIA,
            path=path,
            duration_ms=duration_ms,
            tracks=tracks,
            state=RecordingState.READY,
            created_at=now,
        )
        if not is_new:
            return session.scalars(select(Recording.id).where(Recording.path == path)).one()
        _tell_ready(session, call.case_id, call.id, recording_id, now)
        return recording_id


def recording_announced(office: Office, announced: AnnouncedRecording) -> str:
    """A carrier has a recording of one of our calls, to be fetched from now on; its id. Told twice, it is one recording.

    Raises UnknownCall: open the call first where the carrier recorded it while we were away.
    """
    now = office.clock.now()
    key = Recording.carrier_recording_id == announced.carrier_recording_id
    with office.database.transaction() as session:
        call = find_carrier_call(session, announced.carrier, announced.carrier_call_id)
        if call is None:
            raise UnknownCall
        recording_id = new_id()
        is_new = insert_new(
            session,
            Recording,
            id=recording_id,
            call_id=call.id,
            case_id=call.case_id,
            source=announced.source,
            carrier_recording_id=announced.carrier_recording_id,
            url=announced.url,
            duration_ms=announced.duration_ms,
            tracks=announced.tracks,
            state=RecordingState.EXPECTED,
            next_attempt_at=now,
            created_at=now,
        )
        return recording_id if is_new else session.scalars(select(Recording.id).where(key)).one()


def has_due_recordings(office: Office) -> bool:
    """Whether due_recordings would give any."""
    return _any(office, _due(office.clock.now(), 1))


def due_recordings(office: Office, limit: int = 10) -> list[DueRecording]:
    """Take recordings that are to be fetched now; nobody else gets them for two minutes."""
    now = office.clock.now()
    wanted = _due(now, limit)
    if not _any(office, wanted):
        return []
    with office.database.transaction() as session:
        taken = session.execute(wanted.with_for_update(skip_locked=True, of=Recording)).all()
        for recording, _call, _case_no in taken:
            recording.state, recording.next_attempt_at = RecordingState.FETCHING, now + FETCH_LEASE
            recording.attempts += 1
        return [
            DueRecording(row.id, call.id, case_no, call.carrier, row.carrier_recording_id, row.url or "", row.attempts)
            for row, call, case_no in taken
        ]


def recording_fetched(office: Office, recording_id: str, path: str, duration_ms: int) -> None:
    """The file is at `path`, relative to var. A second time changes nothing. Raises UnknownRecording."""
    now = office.clock.now()
    with office.database.transaction() as session:
        recording = _lock(session, recording_id)
        if recording.state is RecordingState.READY:
            return
        recording.state, recording.path, recording.duration_ms = RecordingState.READY, path, duration_ms
        recording.next_attempt_at = recording.last_error = None
        _tell_ready(session, recording.case_id, recording.call_id, recording.id, now)


def recording_not_fetched(office: Office, recording_id: str, reason: str) -> None:
    """This try failed; it is tried again, later each time, for about a day. Raises UnknownRecording."""
    now = office.clock.now()
    with office.database.transaction() as session:
        recording = _lock(session, recording_id)
        if recording.state is not RecordingState.FETCHING:
            return
        recording.last_error = reason[:256]
        if recording.attempts >= MOST_ATTEMPTS:
            _give_up(session, recording, now)
            return
        wait_s = RETRY_AFTER_S[min(recording.attempts, len(RETRY_AFTER_S)) - 1]
        recording.state, recording.next_attempt_at = RecordingState.EXPECTED, now + timedelta(seconds=wait_s)


def recording_refused(office: Office, recording_id: str, reason: str) -> None:
    """It will never be fetched: its address is not one that we ask, or it is too large. Raises UnknownRecording."""
    with office.database.transaction() as session:
        recording = _lock(session, recording_id)
        if recording.state is RecordingState.READY:
            return
        recording.last_error = reason[:256]
        _give_up(session, recording, office.clock.now())


def recordings_to_transcribe(office: Office, limit: int = 10) -> list[RecordingFile]:
    """Recordings of carriers that are here and not yet recognised: nobody listened while they were made."""
    wanted = (
        select(Recording, Case.case_no)
        .join(Case, Case.id == Recording.case_id)
        .where(
            Recording.source == RecordingSource.CARRIER,
            Recording.state == RecordingState.READY,
            Recording.transcribed_at.is_(None),
        )
        .order_by(Recording.created_at)
        .limit(limit)
    )
    with office.database.reading() as session:
        return [_file(recording, case_no) for recording, case_no in session.execute(wanted)]


def find_recording(office: Office, recording_id: str) -> RecordingFile | None:
    """A recording that can be listened to, None while it is not here."""
    wanted = select(Recording, Case.case_no).join(Case, Case.id == Recording.case_id).where(Recording.id == recording_id)
    with office.database.reading() as session:
        row = session.execute(wanted).one_or_none()
        return _file(row[0], row[1]) if row and row[0].path else None


def transcript_of_recording(office: Office, recording_id: str, sentences: Sequence[HeardUtterance]) -> None:
    """What batch recognition heard, in order: utterances after those the call already has, then a new proposal.

    `sequence` of the sentences is not read. Once only; an empty list is a recording without words. Raises UnknownRecording.
    """
    now = office.clock.now()
    office.propose("")  # Loads the city's data, which takes a second, before the transaction begins.
    corrected = {heard.text: office.misheard(heard.text) for heard in sentences}
    with office.database.transaction() as session:
        case = _keep_transcript(session, recording_id, sentences, corrected, now)
        if case is not None:
            think_again(office, session, case)


def _keep_transcript(
    session: Session,
    recording_id: str,
    sentences: Sequence[HeardUtterance],
    corrected: Mapping[str, Sequence[Misheard]],
    now: datetime,
) -> Case | None:
    """The locked case; None where it was kept before."""
    found = session.get(Recording, recording_id)
    if found is None:
        raise UnknownRecording
    call = lock_call(session, found.call_id)
    case, recording = lock_case_of(session, call), _lock(session, recording_id)
    if recording.transcribed_at is not None:
        return None
    recording.transcribed_at = now
    last = session.scalar(select(func.max(Utterance.sequence)).where(Utterance.call_id == call.id))
    for sequence, heard in enumerate(sentences, 0 if last is None else last + 1):
        insert_utterance(session, call.id, _numbered(heard, sequence), now, corrected[heard.text])
        append_event(session, EventKind.UTTERANCE, now, case=case, call_id=call.id, sequence=sequence, engine=heard.engine)
    case.final_text_at = case.final_text_at or now
    tell_narrative(session, case)
    return case


def _numbered(heard: HeardUtterance, sequence: int) -> HeardUtterance:
    return HeardUtterance(
        sequence, heard.raw, heard.text, heard.start_ms, heard.end_ms, heard.engine, heard.words, heard.spoken
    )


def _lock(session: Session, recording_id: str) -> Recording:
    recording = session.get(Recording, recording_id, with_for_update=True, populate_existing=True)
    if recording is None:
        raise UnknownRecording
    return recording


def _give_up(session: Session, recording: Recording, now: datetime) -> None:
    recording.state, recording.next_attempt_at = RecordingState.FAILED, None
    case = session.get_one(Case, recording.case_id)
    append_event(
        session, EventKind.ALARM, now, case=case, call_id=recording.call_id, name="recording_lost", recording_id=recording.id
    )


def _tell_ready(session: Session, case_id: str, call_id: str, recording_id: str, now: datetime) -> None:
    case = session.get_one(Case, case_id)
    append_event(session, EventKind.RECORDING_READY, now, case=case, call_id=call_id, recording_id=recording_id)


def _due(now: datetime, limit: int) -> Select[Recording, Call, str]:
    waiting = Recording.state.in_((RecordingState.EXPECTED, RecordingState.FETCHING)), Recording.next_attempt_at <= now
    return (
        select(Recording, Call, Case.case_no)
        .join(Call, Call.id == Recording.call_id)
        .join(Case, Case.id == Recording.case_id)
        .where(*waiting)
        .order_by(Recording.next_attempt_at)
        .limit(limit)
    )


def _any(office: Office, wanted: Select[Recording, Call, str]) -> bool:
    with office.database.reading() as session:
        return session.execute(wanted.limit(1)).first() is not None


def _file(recording: Recording, case_no: str) -> RecordingFile:
    return RecordingFile(
        recording.id, recording.call_id, case_no, recording.path or "", recording.duration_ms, recording.tracks
    )
