"""What could not be written to the database waits in `var/spool/`, one JSON file each, and is taken in afterwards, in order.

Files are whole or not there, readable by us alone, and hold callers' numbers sealed. Taking in is idempotent: a process that
dies between writing and removing a file does it again without effect.
"""

import base64
import fcntl
import itertools
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from config.errors import HotlineError
from intake.calls import IncomingCall, call_ended, conversation_ended, open_call
from intake.disk import Disk
from intake.events import EventKind, append_event
from intake.listening import HeardUtterance, add_utterance
from intake.office import Office
from intake.outcome import Outcome
from intake.recordings import AnnouncedRecording, recording_announced, recording_stored
from intake.triage import retriage_call
from models.sealed import normalise_number

log = logging.getLogger(__name__)

_counter = itertools.count()


class SpoolFull(HotlineError):
    """Neither the database nor the disk takes anything."""

    code = "spool_full"

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


@dataclass(frozen=True, slots=True)
class SpooledCall:
    incoming: IncomingCall
    at: datetime


@dataclass(frozen=True, slots=True)
class SpooledEnd:
    """The carrier said that a call is over."""

    carrier: str
    carrier_call_id: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SpooledAnnouncement:
    announced: AnnouncedRecording


@dataclass(frozen=True, slots=True)
class SpooledUtterance:
    """Its proposal is made when it is taken in."""

    call_id: str
    heard: HeardUtterance


@dataclass(frozen=True, slots=True)
class SpooledOutcome:
    call_id: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class SpooledRecording:
    """`path` is relative to var."""

    call_id: str
    path: str
    duration_ms: int
    tracks: str = "caller,system"


SpoolEntry = SpooledCall | SpooledEnd | SpooledAnnouncement | SpooledUtterance | SpooledOutcome | SpooledRecording


def spool(office: Office, entry: SpoolEntry) -> None:
    """Write it down safely. Raises SpoolFull, after the disk's reserve has been used up too."""
    text = json.dumps(_to_json(office, entry), ensure_ascii=False)
    try:
        _write(_folder(office), text)
    except OSError:
        Disk(office.var, office.settings.disk_reserve_mb).release_reserve()
        try:
            _write(_folder(office), text)
        except OSError as error:
            raise SpoolFull from error


def take_in_spool(office: Office) -> int:
    """Take in what waits, oldest first; how many. Stops while the database is away.

    A file that cannot be read or that nothing fits to is set aside in `var/spool/broken/`, with an alarm.
    """
    folder = _folder(office)
    if not folder.is_dir() or not any(folder.glob("*.json")):
        return 0
    taken = 0
    with _alone(folder) as is_alone:
        for path in sorted(folder.glob("*.json")) if is_alone else ():
            if not _take_in(office, path):
                break
            taken += 1
    return taken


def _take_in(office: Office, path: Path) -> bool:
    """False when it must be tried again later."""
    try:
        entry = _from_json(office, json.loads(path.read_bytes()))
        _apply(office, entry)
    except (ValueError, KeyError, TypeError, OSError, HotlineError) as error:
        if isinstance(error, HotlineError) and error.retryable:
            return False
        _set_aside(office, path, error)
        return True
    path.unlink()
    return True


def _apply(office: Office, entry: SpoolEntry) -> None:
    match entry:
        case SpooledCall(incoming, at):
            open_call(office, incoming, at)
        case SpooledEnd(carrier, carrier_call_id, reason, at):
            call_ended(office, carrier, carrier_call_id, reason, at)
        case SpooledAnnouncement(announced):
            recording_announced(office, announced)
        case SpooledUtterance(call_id, heard):
            add_utterance(office, call_id, heard)
            retriage_call(office, call_id)
        case SpooledOutcome(call_id, outcome):
            conversation_ended(office, call_id, outcome)
        case SpooledRecording(call_id, path, duration_ms, tracks):
            recording_stored(office, call_id, path, duration_ms, tracks)


def _set_aside(office: Office, path: Path, error: Exception) -> None:
    code = error.code if isinstance(error, HotlineError) else type(error).__name__
    log.error("a spooled file was set aside", extra={"file": path.name, "why": code})
    broken = path.parent / "broken"
    broken.mkdir(exist_ok=True)
    path.replace(broken / path.name)
    with office.database.transaction() as session:
        append_event(session, EventKind.ALARM, office.clock.now(), name="spool_broken", file=path.name, why=code)


_KINDS: dict[str, type] = {
    "call": SpooledCall,
    "end": SpooledEnd,
    "announcement": SpooledAnnouncement,
    "utterance": SpooledUtterance,
    "outcome": SpooledOutcome,
    "recording": SpooledRecording,
}
"""Kind that stands in a file -> the entry that it holds."""
_NAMES = {entry: kind for kind, entry in _KINDS.items()}


def _to_json(office: Office, entry: SpoolEntry) -> dict[str, Any]:
    if isinstance(entry, SpooledCall):
        entry = replace(entry, incoming=_with_number(entry.incoming, lambda number: _seal(office, number)))
    kind = type(entry)
    return {"kind": _NAMES[kind], "entry": TypeAdapter(kind).dump_python(entry, mode="json")}


def _from_json(office: Office, body: dict[str, Any]) -> SpoolEntry:
    try:
        entry: SpoolEntry = TypeAdapter(_KINDS[body["kind"]]).validate_python(body["entry"])
    except ValidationError as error:
        # Its text would quote the content.
        raise ValueError(f"{error.error_count()} fields do not fit") from None
    if isinstance(entry, SpooledCall):
        entry = replace(entry, incoming=_with_number(entry.incoming, lambda sealed: _unseal(office, sealed)))
    return entry


def _with_number(incoming: IncomingCall, change: Callable[[str], str | None]) -> IncomingCall:
    return replace(incoming, caller=change(incoming.caller)) if incoming.caller else incoming


def _seal(office: Office, number: str) -> str | None:
    normal = normalise_number(number)
    return base64.b64encode(office.sealer.seal(normal)).decode() if normal else None


def _unseal(office: Office, sealed: str) -> str:
    return office.sealer.unseal(base64.b64decode(sealed))


def _folder(office: Office) -> Path:
    return office.var / "spool"


def _write(folder: Path, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{time.time_ns():020d}-{os.getpid():07d}-{next(_counter):06d}"
    draft = folder / f"{name}.tmp"
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / f"{name}.json")
    except OSError:
        draft.unlink(missing_ok=True)
        raise


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether nobody else takes in: two at once would take the same file, and the order would be lost."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
