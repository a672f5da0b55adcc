"""The asyncio side of recognition: decoder workers are processes of their own, calls are streams on them.

Events (asr/events.py) are delivered by calling the stream's listener in the event loop; a listener must not block.
"""

from collections.abc import Callable

from asr.contract import Script, SpeechError
from asr.events import SpeechEvent
from config.settings import Settings

Listener = Callable[[SpeechEvent], None]


class PoolFull(SpeechError):
    """As many callers are heard as this machine may hear (`HOTLINE_ASR__STREAMS`): this one goes to a human, with recording."""

    code = "pool_full"
    retryable = True


class SpeechStream:
    """One call."""

    call_id: str
    engine: str
    """The engine of this stream: the pool's, or `scripted` for a sample."""
    recognises: bool
    lag_ms: int
    """How far the decoder is behind what was fed."""

    def feed(self, mulaw: bytes, at_ms: int) -> None:
        """G.711 mu-law, 8 bytes a ms, from `at_ms` of the call's clock on. Never blocks. A hole is no error."""
        raise NotImplementedError

    def expect(self, expects: str) -> None:
        """What the caller was asked ("matter", "place", "yes_no", "nothing"): decides how long a pause ends the utterance."""
        raise NotImplementedError

    async def finish(self) -> None:
        """Ends the utterance that is going on, and waits (bounded) until its Final was delivered. Feed nothing afterwards."""
        raise NotImplementedError

    def close(self) -> None:
        """Ends the stream at once; no event comes afterwards. May be called twice."""
        raise NotImplementedError


class SpeechPool:
    """`await start()` first. `engine`, `recognises` and `why_silent` are set by then."""

    engine: str
    """Name of the engine really used."""
    recognises: bool
    """False where voice activity is all there is."""
    why_silent: str
    """Why nothing is recognised, in Chinese and English, with the fix; empty where it is."""

    def __init__(self, settings: Settings) -> None:
        raise NotImplementedError

    async def start(self) -> None:
        raise NotImplementedError

    async def stop(self) -> None:
        raise NotImplementedError

    def open(self, call_id: str, listener: Listener, *, script: Script | None = None, first_sequence: int = 1) -> SpeechStream:
        """Raises PoolFull. `script` is honoured under HOTLINE_SAMPLES=1 only."""
        raise NotImplementedError

    @property
    def open_streams(self) -> int:
        raise NotImplementedError

    @property
    def capacity(self) -> int:
        raise NotImplementedError
