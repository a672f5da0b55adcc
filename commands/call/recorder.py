"""The carrier's recorder: what the resident says after the tone, and how it ends."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from commands.call.clock import CallClock
from commands.call.happenings import TellNow, What
from commands.call.plan import KeyPress
from commands.call.resident import Speech
from commands.call.sound import BYTES_PER_MS, duration_s, is_silent, silence
from commands.call.twiml import Record

_BREATH_MS = 600
_AFTER_S = 1.0
"""After the last word people wait a moment, then hang up."""


@dataclass(frozen=True, slots=True)
class Message:
    mulaw: bytes
    digit: str
    """The key that ended it; empty where it was the limit, the recorder's patience or hanging up."""
    hung_up: bool

    @property
    def is_voiced(self) -> bool:
        return not is_silent(self.mulaw)


@dataclass
class Recorder:
    """The resident tells everything at once, then hangs up. Who has nothing to say is let go by the recorder's patience.

    A finishing key that is planned for this time ends it; it is taken out of `keys`.
    """

    verb: Record
    speeches: Sequence[Speech]
    keys: list[KeyPress]
    clock: CallClock
    tell: TellNow
    _spoken: bytes = field(init=False)
    _began_s: float = field(init=False)

    def __post_init__(self) -> None:
        self._spoken = silence(_BREATH_MS).join(speech.mulaw for speech in self.speeches)
        self._began_s = self.clock.now_s()

    async def run(self) -> Message:
        for speech in self.speeches:
            self.tell(What.TURN, speech.text, duration_s(speech.mulaw))
        if is_silent(self._spoken):
            await self.clock.sleep(min(self.verb.silence_s, self.verb.limit_s))
            return Message(self.so_far(), "", hung_up=False)
        key = self._finishing_key()
        if key is not None:
            await self.clock.until(key.at_s)
            self.tell(What.KEY, key.digit, None)
            return Message(self.so_far(), key.digit, hung_up=False)
        await self.clock.sleep(min(duration_s(self._spoken), self.verb.limit_s))
        if duration_s(self._spoken) > self.verb.limit_s:
            return Message(self.so_far(), "", hung_up=False)
        await self.clock.sleep(_AFTER_S)
        return Message(self.so_far(), "", hung_up=True)

    def so_far(self) -> bytes:
        """What stands in the recording now."""
        size = int((self.clock.now_s() - self._began_s) * 1000) * BYTES_PER_MS
        return self._spoken[:size].ljust(size, silence(1)[:1])

    def _finishing_key(self) -> KeyPress | None:
        until_s = self._began_s + min(duration_s(self._spoken) + self.verb.silence_s, self.verb.limit_s)
        for press in self.keys:
            if press.digit in self.verb.finish and self._began_s <= press.at_s <= until_s:
                self.keys.remove(press)
                return press
        return None
