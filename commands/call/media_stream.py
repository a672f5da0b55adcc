"""The carrier's end of one Media Stream: a frame every 20 ms, marks given back when they were heard, keys, stop."""

import asyncio
import base64
import binascii
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from commands.call.clock import CallClock
from commands.call.exchange import CONNECT_LIMIT_S, SIGNATURE, sign
from commands.call.happenings import TellNow, What
from commands.call.plan import KeyPress
from commands.call.playback import HeardPrompt, Playback
from commands.call.resident import Mood, Resident
from commands.call.sound import silence
from commands.call.twiml import Stream
from config.errors import HotlineError

FRAME_MS = 20
_SILENCE = silence(FRAME_MS)
_ORDERLY = {1000, 1001, 1005}
"""Close codes of a system that ended the stream on purpose."""


class StreamBroke(HotlineError):
    """The stream could not be opened, or it was torn down; the text says how."""

    code = "stream_broke"


class CallerLeft(HotlineError):
    """The resident hung up, with the reason."""

    code = "caller_left"


@dataclass(frozen=True, slots=True)
class Line:
    """What a stream needs to know of its call. `keys` are those not pressed yet; pressed ones are taken out."""

    account: str
    token: str
    call: str
    clock: CallClock
    resident: Resident
    keys: list[KeyPress]
    tell: TellNow
    name_of: Callable[[bytes], str]
    """Text of a prompt by its sound, empty where it is not known."""


@dataclass
class MediaStream:
    stream: Stream
    line: Line
    sid: str = field(default_factory=lambda: "MZ" + uuid4().hex)
    playback: Playback = field(default_factory=Playback)
    _sequence: int = 0
    _began_s: float = 0.0
    _stopped_talking: bool = False

    async def run(self) -> None:
        """Until the system closes the stream in order. Raises StreamBroke, CallerLeft. Cancelled, it says stop first."""
        wire = await self._open()
        reading = asyncio.create_task(self._read(wire))
        try:
            await self._send(wire, {"event": "connected", "protocol": "Call", "version": "1.0.0"}, numbered=False)
            await self._send(wire, self._start())
            self.line.tell(What.CONNECTED, "", None)
            await self._talk(wire, reading)
            await reading
        except ConnectionClosed:
            await reading
        except (asyncio.CancelledError, CallerLeft):
            await self._stop(wire)
            raise
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            await wire.close()

    async def _open(self) -> ClientConnection:
        headers = {SIGNATURE: sign(self.line.token, self.stream.url, {})}
        try:
            return await connect(
                self.stream.url,
                additional_headers=headers,
                open_timeout=CONNECT_LIMIT_S,
                close_timeout=2,
                compression=None,
                proxy=None,
                max_size=2**22,
            )
        except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as error:
            raise StreamBroke(f"the stream could not be opened ({type(error).__name__})") from None

    def _start(self) -> dict[str, Any]:
        return {
            "event": "start",
            "start": {
                "streamSid": self.sid,
                "accountSid": self.line.account,
                "callSid": self.line.call,
                "tracks": ["inbound"],
                "customParameters": dict(self.stream.parameters),
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            },
        }

    async def _talk(self, wire: ClientConnection, reading: "asyncio.Task[None]") -> None:
        """Frames on the call's own clock: a late one is followed by the next at once, so that none is lost."""
        self.line.resident.new_stream()
        self._began_s = self.line.clock.now_s()
        tick = 0
        while not reading.done():
            now_ms = tick * FRAME_MS
            await self._give_back(wire, self.playback.reached(now_ms))
            await self._press_due(wire)
            await self._send_frame(wire, self._frame(now_ms), now_ms, tick)
            tick += 1
            await self.line.clock.until(self._began_s + tick * FRAME_MS / 1000)

    def _frame(self, now_ms: int) -> bytes:
        resident = self.line.resident
        match resident.feel(now_ms, self.playback.is_playing(now_ms)):
            case Mood.BEGINS:
                said = resident.sentence
                self.line.tell(What.TURN, said.text, len(said.mulaw) / 8000)
                return resident.take(FRAME_MS)
            case Mood.SPEAKS:
                return resident.take(FRAME_MS)
            case Mood.GIVES_UP:
                raise CallerLeft("the system said nothing for half a minute, and the caller hung up")
        return _SILENCE

    async def _send_frame(self, wire: ClientConnection, frame: bytes, now_ms: int, tick: int) -> None:
        media = {
            "track": "inbound",
            "chunk": str(tick + 1),
            "timestamp": str(now_ms),
            "payload": base64.b64encode(frame).decode(),
        }
        await self._send(wire, {"event": "media", "media": media})

    async def _press_due(self, wire: ClientConnection) -> None:
        while self.line.keys and self.line.keys[0].at_s <= self.line.clock.now_s():
            digit = self.line.keys.pop(0).digit
            self.line.tell(What.KEY, digit, None)
            await self._send(wire, {"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": digit}})

    async def _give_back(self, wire: ClientConnection, heard: Sequence[HeardPrompt]) -> None:
        for prompt in heard:
            self.line.resident.mark_came_back()
            if prompt.cut:
                self.line.tell(What.STOPPED, "", prompt.seconds)
            await self._send(wire, {"event": "mark", "mark": {"name": prompt.mark}})

    async def _read(self, wire: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for message in wire:
                await self._receive(wire, message)
        if wire.close_code not in _ORDERLY:
            raise StreamBroke(f"the stream was torn down (close code {wire.close_code})")
        left_s = self.playback.left_ms((self.line.clock.now_s() - self._began_s) * 1000) / 1000
        if left_s > 0.1:
            self.line.tell(What.NOTE, f"closing the stream cut {left_s:.1f} s of a prompt off", None)

    async def _receive(self, wire: ClientConnection, message: str | bytes) -> None:
        body = _read_json(message)
        now_ms = (self.line.clock.now_s() - self._began_s) * 1000
        if body is None or body.get("streamSid") != self.sid:
            self.line.tell(What.NOTE, "the system sent a message that is none, or for another stream; it was thrown away", None)
            return
        match body.get("event"):
            case "media":
                self._play(body.get("media"), now_ms)
            case "mark":
                self._mark(body.get("mark"), now_ms)
            case "clear":
                await self._give_back(wire, self.playback.clear(now_ms))
            case other:
                self.line.tell(What.NOTE, f"the system sent an event that Twilio does not know: {str(other)[:40]}", None)

    def _play(self, media: object, now_ms: float) -> None:
        try:
            payload = media["payload"] if isinstance(media, dict) else ""
            self.playback.add(base64.b64decode(payload, validate=True), now_ms)
        except (KeyError, TypeError, binascii.Error):
            self.line.tell(What.NOTE, "the system sent audio that is no base64; it was thrown away", None)

    def _mark(self, mark: object, now_ms: float) -> None:
        name = mark.get("name") if isinstance(mark, dict) else None
        if not isinstance(name, str):
            self.line.tell(What.NOTE, "the system sent a mark without a name; it was thrown away", None)
            return
        audio = self.playback.add_mark(name, now_ms)
        if audio:
            self.line.tell(What.PROMPT, self.line.name_of(audio), len(audio) / 8000)

    async def _stop(self, wire: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            await self._send(wire, {"event": "stop", "stop": {"accountSid": self.line.account, "callSid": self.line.call}})

    async def _send(self, wire: ClientConnection, message: dict[str, Any], *, numbered: bool = True) -> None:
        if numbered:
            self._sequence += 1
            message = {**message, "sequenceNumber": str(self._sequence), "streamSid": self.sid}
        await wire.send(json.dumps(message))


def _read_json(message: str | bytes) -> dict[str, Any] | None:
    try:
        body = json.loads(message)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
