"""A media process that hangs holds its sockets open, and its callers in silence: the exchange is told to let go of it."""

import logging
import time
from dataclasses import dataclass

from webhooks.media_health import MediaHealth
from webhooks.sip.ari import Ari, ExchangeUnavailable

log = logging.getLogger(__name__)

EVERY_S = 1.0
PATIENCE = 2
"""So many times in a row without an answer, each of which waits 1.5 s."""
_MEDIA = "WebSocket/hotline"


@dataclass(slots=True)
class Watchdog:
    """The dialplan then goes on as it does when the media process dies: it asks what is next."""

    media: MediaHealth
    ari: Ari
    _missed: int = 0

    def run(self) -> None:
        """For a thread of its own; never returns."""
        while True:
            try:
                self.look()
            except ExchangeUnavailable:
                pass  # There is no exchange here, or it is away: nobody to be let go of.
            except Exception:
                log.exception("the watchdog of the media process broke")
            time.sleep(EVERY_S)

    def look(self) -> int:
        """How many callers were let go of."""
        self._missed = 0 if self.media.ask().is_up else self._missed + 1
        if self._missed < PATIENCE:
            return 0
        held = [channel for channel in self.ari.channels() if channel.name.startswith(_MEDIA)]
        for channel in held:
            self.ari.hang_up(channel.id)
        if held:
            log.error("the media process does not answer: its callers are taken from it", extra={"callers": len(held)})
        return len(held)
