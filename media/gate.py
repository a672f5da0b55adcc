"""Who may open an audio stream: whoever shows a token that the web process made for this very call, once."""

from config.clock import Clock
from config.errors import HotlineError
from config.signed import NoteRefused
from config.stream_token import LIFETIME, StreamGrant, read_stream_token


class GateClosed(HotlineError):
    """The token is forged, expired, used already or made for another call."""

    code = "gate_closed"


class Gate:
    """Remembers used tokens for as long as they would be valid. The database remembers a call's stream beyond one process."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock
        self._used: dict[str, float] = {}

    def admit(self, token: str, carrier_call_id: str) -> StreamGrant:
        """What the token grants to the stream of the call `carrier_call_id`. Raises GateClosed."""
        now = self._clock.now()
        try:
            grant = read_stream_token(self._secret, token, now)
        except (NoteRefused, KeyError, TypeError, ValueError):
            raise GateClosed("The stream's token was refused.") from None
        if grant.carrier_call_id != carrier_call_id:
            raise GateClosed("The stream's token was made for another call.")
        self._forget(now.timestamp())
        if grant.nonce in self._used:
            raise GateClosed("The stream's token was used before.")
        self._used[grant.nonce] = now.timestamp() + LIFETIME.total_seconds() + 5
        return grant

    def _forget(self, now: float) -> None:
        for nonce in [nonce for nonce, until in self._used.items() if until < now]:
            del self._used[nonce]
