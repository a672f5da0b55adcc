"""Which operators' telephones are registered at the exchange: a ready seat without one would let a caller ring in vain."""

from config.settings import Settings
from intake.office import Office
from intake.seats import is_anybody_seated, telephones_seen
from webhooks.sip.ari import Ari

EVERY_S = 3.0


def watch_telephones(office: Office, settings: Settings) -> None:
    """Ask once, if anybody sits at a seat. Raises ExchangeUnavailable: then nothing is known, and nothing changes."""
    if is_anybody_seated(office):
        telephones_seen(office, Ari.of(settings).registered())
