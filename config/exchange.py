"""What the system and the exchange beside it (Asterisk) agree on: folders, and the passwords of the operators' telephones."""

import hashlib
import hmac
from pathlib import Path

from config.settings import Settings

PBX = Path("pbx")
"""Folder in `var` that belongs to the exchange."""
CALLS = PBX / "calls"
"""Folder in `var` where the exchange writes recordings, until they are fetched."""
ARI_USER = "hotline"
_LENGTH = 20


def seat_password(settings: Settings, seat: str) -> str:
    """With which the telephone `seat` registers: made of the system's secret, so that it is stored nowhere."""
    secret = settings.secret_key.get_secret_value().encode()
    return hmac.new(secret, f"seat:{seat}".encode(), hashlib.sha256).hexdigest()[:_LENGTH]
