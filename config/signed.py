"""Signed notes from one process to another: JSON, HMAC-SHA256, an expiry, a nonce. They hold references, never a caller."""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from config.errors import HotlineError


class NoteRefused(HotlineError):
    """The note is forged, cut, expired or made for something else."""

    code = "note_refused"


def sign(secret: str, purpose: str, fields: Mapping[str, str], now: datetime, lifetime: timedelta) -> str:
    """A URL-safe note of `fields`, a random `nonce` and an expiry; `purpose` keeps one kind from serving as another."""
    body = {**fields, "nonce": secrets.token_hex(8), "until": int((now + lifetime).timestamp())}
    text = base64.urlsafe_b64encode(json.dumps(body, separators=(",", ":")).encode()).decode().rstrip("=")
    return f"{text}.{_seal(secret, purpose, text)}"


def read(secret: str, purpose: str, note: str, now: datetime) -> dict[str, str]:
    """The fields of a note, with its nonce. Raises NoteRefused."""
    text, _, seal = note.partition(".")
    if not hmac.compare_digest(_seal(secret, purpose, text).encode(), seal.encode()):
        raise NoteRefused("The note was not made here, or it was cut.")
    try:
        body = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        raise NoteRefused("The note is not readable.") from None
    if now.timestamp() > int(body.pop("until")):
        raise NoteRefused("The note has expired.")
    return {name: str(value) for name, value in body.items()}


def _seal(secret: str, purpose: str, text: str) -> str:
    return hmac.new(secret.encode(), f"{purpose}.{text}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()
