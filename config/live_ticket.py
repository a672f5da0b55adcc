"""The one-time ticket with which a page opens its live stream: made by the web process for a logged-in person."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from config.signed import read, sign

LIFETIME = timedelta(seconds=30)
_PURPOSE = "live"


@dataclass(frozen=True, slots=True)
class LiveTicket:
    account_id: str
    role: str
    nonce: str = ""


def make_live_ticket(secret: str, ticket: LiveTicket, now: datetime) -> str:
    return sign(secret, _PURPOSE, {"account": ticket.account_id, "role": ticket.role}, now, LIFETIME)


def read_live_ticket(secret: str, text: str, now: datetime) -> LiveTicket:
    """Raises config.signed.NoteRefused. That a ticket serves once is for the reader to remember, by `nonce`."""
    fields = read(secret, _PURPOSE, text, now)
    return LiveTicket(fields["account"], fields["role"], fields["nonce"])
