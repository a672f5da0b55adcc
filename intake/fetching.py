"""Fetching what a carrier recorded: only from the carrier's own host, with limits, until it is there."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from config.clock import CITY_ZONE
from config.errors import HotlineError
from intake.calls import IncomingCall, call_ended, open_call
from intake.errors import UnknownCall
from intake.office import Office
from intake.outcome import Ending, Outcome
from intake.recordings import (
    AnnouncedRecording,
    DueRecording,
    recording_announced,
    recording_fetched,
    recording_not_fetched,
    recording_refused,
)
from intake.transfers import divert_call

LARGEST_BYTES = 50 * 1024 * 1024
LONGEST_S = 30.0


class FetchFailed(HotlineError):
    """It is not there yet, or the carrier does not answer: tried again later."""

    code = "fetch_failed"
    retryable = True


class FetchRefused(HotlineError):
    """It will never be fetched: not the carrier's host, or too large."""

    code = "fetch_refused"


class Fetcher(Protocol):
    def fetch(self, url: str, to: Path) -> None:
        """Write what `url` holds to the file `to`. Raises FetchFailed, FetchRefused."""


Measure = Callable[[Path], int]
"""Length of an audio file in ms. Raises HotlineError for a file that is no audio."""


def may_fetch(url: str, api_url: str) -> bool:
    """Whether the address lies on the carrier's host: same scheme, host and port, no user in it."""
    try:
        wanted, allowed = urlsplit(url), urlsplit(api_url)
        same = (wanted.scheme, wanted.hostname, wanted.port) == (allowed.scheme, allowed.hostname, allowed.port)
    except ValueError:
        return False
    return same and bool(wanted.hostname) and wanted.username is None and wanted.password is None


def fetch_recording(office: Office, due: DueRecording, fetcher: Fetcher, measure: Measure) -> None:
    """One try at one recording; how it went is written down. Raises only for what must not happen."""
    path = _place(office, due)
    draft = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fetcher.fetch(due.url, draft)
        duration_ms = measure(draft)
        draft.replace(path)
    except FetchRefused as error:
        recording_refused(office, due.id, str(error))
    except (HotlineError, OSError) as error:
        recording_not_fetched(office, due.id, str(error) if isinstance(error, HotlineError) else type(error).__name__)
    else:
        recording_fetched(office, due.id, str(path.relative_to(office.var)), duration_ms)
    finally:
        draft.unlink(missing_ok=True)


def _place(office: Office, due: DueRecording) -> Path:
    day = office.clock.now().astimezone(CITY_ZONE)
    return office.var / "recordings" / f"{day:%Y}" / f"{day:%m}" / f"{day:%d}" / f"{due.id}.wav"


def take_in_recording(office: Office, announced: AnnouncedRecording, made_at: datetime | None = None) -> bool:
    """A recording that a carrier made; True when its call was not known: it was made while we were away, and gets its case now.

    Safe to repeat.
    """
    try:
        recording_announced(office, announced)
    except UnknownCall:
        carrier, carrier_call_id = announced.carrier, announced.carrier_call_id
        opened = open_call(office, IncomingCall(carrier, carrier_call_id), at=made_at)
        divert_call(office, opened.call_id, Outcome(Ending.FAILED, "away", heard_anything=True))
        call_ended(office, carrier, carrier_call_id, "away", at=made_at)
        recording_announced(office, announced)
        return True
    return False
