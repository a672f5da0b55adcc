"""Recordings that a carrier made while we were away: each becomes a case, once."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from intake.calls import IncomingCall, call_ended, find_call, open_call
from intake.office import Office
from intake.recordings import AnnouncedRecording, recording_announced
from models.recording import Recording


def is_known_recording(office: Office, carrier_recording_id: str) -> bool:
    wanted = select(Recording.id).where(Recording.carrier_recording_id == carrier_recording_id)
    with office.database.reading() as session:
        return session.scalar(wanted) is not None


def import_recording(
    office: Office, announced: AnnouncedRecording, find: Callable[[str], IncomingCall], made_at: datetime
) -> str:
    """The case's number. `find` tells who called, and is asked only where the call is unknown.

    Safe to repeat after a half-finished import.
    """
    known = find_call(office, announced.carrier, announced.carrier_call_id)
    if known is not None:
        recording_announced(office, announced)
        return known.case_no
    started_at = made_at - timedelta(milliseconds=announced.duration_ms or 0)
    opened = open_call(office, find(announced.carrier_call_id), started_at)
    recording_announced(office, announced)
    call_ended(office, announced.carrier, announced.carrier_call_id, "imported", made_at)
    return opened.case_no
