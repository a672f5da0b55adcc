"""What lies in the PBX's folder and nobody told us of: calls that came while the web process, or the PBX itself, was away."""

import logging
import re
import time
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

from config.errors import HotlineError
from config.exchange import CALLS
from intake.calls import IncomingCall, call_ended, open_call
from intake.errors import UnknownCall
from intake.finding import find_carrier_call
from intake.office import Office
from webhooks.sip.answers import announcement
from webhooks.sip.parse import CARRIER, Unusable, parse_call, parse_recording

log = logging.getLogger(__name__)

OVER_AFTER_S = 90.0
"""A call on whose files nobody has written for so long is over: the PBX writes several times a second."""
_RECORDING = re.compile(r"(caller|message|human)-([0-9A-Za-z._-]{1,64})\.wav")
_NOTE = re.compile(r"([0-9A-Za-z._-]{1,64})\.note")


def take_in_leftovers(office: Office, over_after_s: float = OVER_AFTER_S) -> int:
    """Calls that are over get their case and their recordings; how many there were. Safe to repeat."""
    folder = office.var / CALLS
    if not folder.is_dir():
        return 0
    found = 0
    for call, files in _by_call(folder).items():
        latest = max((path.stat().st_mtime for path in files.values()), default=0.0)
        if time.time() - latest < over_after_s:
            continue
        try:
            found += _take_in(office, call, files, datetime.fromtimestamp(latest, UTC))
        except (HotlineError, OSError) as error:
            log.warning("what the exchange left could not be taken in", extra={"why": type(error).__name__})
    return found


def _by_call(folder: Path) -> Mapping[str, dict[str, Path]]:
    """Call -> kind of file -> the file."""
    calls: dict[str, dict[str, Path]] = defaultdict(dict)
    for path in folder.iterdir():
        recording, note = _RECORDING.fullmatch(path.name), _NOTE.fullmatch(path.name)
        if path.is_symlink():
            continue
        if recording:
            calls[recording[2]][recording[1]] = path
        elif note:
            calls[note[1]]["note"] = path
    return calls


def _take_in(office: Office, call: str, files: Mapping[str, Path], at: datetime) -> int:
    """The note's file goes last: what breaks off before is done again."""
    note = files.get("note")
    if note is None and _is_told(office, call):
        return 0
    opened = open_call(office, _incoming(call, note), at)
    for kind, path in files.items():
        if kind != "note":
            told = parse_recording({"call": call, "file": path.name, "kind": kind})
            announcement(office, told)
    call_ended(office, CARRIER, call, "found_later", at)
    if note is not None:
        note.unlink(missing_ok=True)
    log.info("a call was found in the exchange's folder", extra={"call": opened.call_id, "new": opened.is_new})
    return 1


def _is_told(office: Office, call: str) -> bool:
    """Whether the call has ended here, and the worker has only not fetched its recordings yet."""
    with office.database.reading() as session:
        known = find_carrier_call(session, CARRIER, call)
        return known is not None and known.ended_at is not None


def _incoming(call: str, note: Path | None) -> IncomingCall:
    fields = {name: values[0] for name, values in parse_qs(note.read_text("utf-8", "replace")).items()} if note else {}
    try:
        return parse_call({**fields, "call": call, "sample": ""})
    except (Unusable, UnknownCall):
        return IncomingCall(CARRIER, call)
