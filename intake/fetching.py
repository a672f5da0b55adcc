"""Fetching carriers' recordings: which addresses are asked, what becomes of an answer, and the round that does it."""

import logging
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from config.errors import HotlineError
from intake.office import Office
from intake.recordings import DueRecording, due_recordings, recording_fetched, recording_not_fetched, recording_refused

log = logging.getLogger(__name__)

MAX_BYTES = 50 * 1024 * 1024
LIMIT_S = 30.0
"""For one whole fetch."""
_PORTS = {"http": 80, "https": 443}


class RecordingNotThere(HotlineError):
    """The recording cannot be had now; later it may. The text is a short code."""

    code = "recording_not_there"
    retryable = True


class RecordingRefused(HotlineError):
    """The recording will never be fetched: a foreign address, or too large. The text is a short code."""

    code = "recording_refused"


class Fetcher(Protocol):
    def fetch(self, address: str, target: Path) -> None:
        """Write the recording, a wav file, to `target` whole. Raises RecordingNotThere, RecordingRefused."""


def is_ours_to_ask(address: str, api_url: str) -> bool:
    """Whether `address` lies on the carrier's own API: scheme, host and port the same, and nobody's name in it."""
    try:
        asked, ours = urlsplit(address), urlsplit(api_url)
        same = (asked.scheme, asked.hostname, _port(asked.scheme, asked.port)) == (
            ours.scheme,
            ours.hostname,
            _port(ours.scheme, ours.port),
        )
    except ValueError:
        return False
    return same and asked.scheme in _PORTS and asked.username is None and asked.password is None and "\\" not in address


def fetch_due_recordings(office: Office, fetchers: Mapping[str, Fetcher], limit: int = 10) -> int:
    """Fetch what is due now, one after another; how many are here now. `fetchers`: name of a carrier -> its fetcher."""
    return sum(fetch_recording(office, due, fetchers) for due in due_recordings(office, limit))


def fetch_recording(office: Office, due: DueRecording, fetchers: Mapping[str, Fetcher]) -> bool:
    """One try; whether the recording is here now. What is not there yet is tried again, later each time, for about a day."""
    path = recording_path(due, office)
    target = office.var / path
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _fetcher(fetchers, due.carrier).fetch(due.url, target)
        duration_ms = _duration_ms(target)
    except RecordingRefused as error:
        log.error("a recording will not be fetched", extra={"recording": due.id, "why": str(error)})
        recording_refused(office, due.id, str(error))
        return False
    except (RecordingNotThere, OSError) as error:
        why = str(error) if isinstance(error, RecordingNotThere) else type(error).__name__
        log.info("a recording is not there yet", extra={"recording": due.id, "attempt": due.attempt, "why": why})
        recording_not_fetched(office, due.id, why)
        return False
    recording_fetched(office, due.id, str(path), duration_ms)
    return True


def recording_path(due: DueRecording, office: Office) -> Path:
    """Relative to var; a name that no carrier chooses."""
    return Path("recordings") / office.clock.now().strftime("%Y/%m/%d") / f"carrier-{due.id}.wav"


def _fetcher(fetchers: Mapping[str, Fetcher], carrier: str) -> Fetcher:
    try:
        return fetchers[carrier]
    except KeyError:
        raise RecordingRefused(f"no_fetcher_for_{carrier}") from None


def _duration_ms(path: Path) -> int:
    """Raises RecordingNotThere where this is no sound: a page that says "try again" is no recording either."""
    try:
        with wave.open(str(path), "rb") as file:
            return file.getnframes() * 1000 // file.getframerate()
    except (wave.Error, EOFError, ZeroDivisionError):
        path.unlink(missing_ok=True)
        raise RecordingNotThere("no_wav_file") from None


def _port(scheme: str, port: int | None) -> int | None:
    return port or _PORTS.get(scheme)
