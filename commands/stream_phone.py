"""A carrier's side of one Twilio media stream: sends 20 ms frames, plays what it gets, gives marks back.

For benchmark and tests of the media process.
"""

import asyncio
import base64
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

FRAME_MS = 20
_FRAME = FRAME_MS * 8
_SILENCE = b"\xff" * _FRAME


@dataclass(slots=True)
class _Sent:
    """What the other side sent and the caller has not heard yet: audio up to `until_ms`, or a mark at that time."""

    until_ms: float
    mark: str | None


@dataclass
class StreamPhone:
    """`speed` 10: a minute of the call takes six seconds. `marks`, `cleared` and `audio` keep what came, in order."""

    url: str
    call_sid: str
    token: str
    speed: float = 1.0
    answers_marks: bool = True
    encoding: str = "audio/x-mulaw"
    is_mute: bool = False
    """No frame is sent, though the caller hears us."""
    now_ms: int = 0
    marks: list[str] = field(default_factory=list)
    cleared: list[int] = field(default_factory=list)
    audio: bytearray = field(default_factory=bytearray)
    close_code: int | None = None
    first_audio_s: float | None = None
    """From the start message to the first audio of ours."""
    worst_delay_ms: float = 0.0
    """How much later than its time a frame was sent at most."""
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    on_mark: Callable[[str], None] = lambda _mark: None
    """Called at the moment at which the caller has heard a prompt out, so that an answer follows at once."""
    _wire: WSTransport | None = None
    _sequence: int = 0
    _speech: deque[bytes] = field(default_factory=deque)
    _queue: deque[_Sent] = field(default_factory=deque)
    _queued_ms: float = 0.0
    _sending: asyncio.Task[None] | None = None
    _mark_came: asyncio.Event = field(default_factory=asyncio.Event)
    _began_s: float = 0.0

    async def dial(self, *, sends_audio: bool = True) -> None:
        await self.connect()
        self.send({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        self.start()
        self.is_mute = not sends_audio
        self._sending = asyncio.create_task(self._send_audio())

    async def connect(self) -> None:
        self._wire, _ = await ws_connect(lambda: _Ear(self), self.url)

    def start(self) -> None:
        self._began_s = asyncio.get_running_loop().time()
        self.send(
            {
                "event": "start",
                "start": {
                    "streamSid": "MZ" + self.call_sid,
                    "accountSid": "AC",
                    "callSid": self.call_sid,
                    "tracks": ["inbound"],
                    "customParameters": {"token": self.token},
                    "mediaFormat": {"encoding": self.encoding, "sampleRate": 8000, "channels": 1},
                },
            }
        )

    def send(self, message: dict[str, Any]) -> None:
        self._sequence += 1
        self.send_raw(orjson.dumps({**message, "sequenceNumber": str(self._sequence), "streamSid": "MZ" + self.call_sid}))

    def send_raw(self, message: bytes) -> None:
        if self._wire is not None:
            self._wire.send(WSMsgType.TEXT, message)

    def send_raw_parts(self, parts: Sequence[bytes]) -> None:
        """One message in several frames."""
        for number, part in enumerate(parts):
            kind = WSMsgType.CONTINUATION if number else WSMsgType.TEXT
            if self._wire is not None:
                self._wire.send(kind, part, fin=number == len(parts) - 1)

    def say(self, mulaw: bytes) -> None:
        """Queue speech; between speeches the caller is silent."""
        self._speech.extend(mulaw[at : at + _FRAME].ljust(_FRAME, b"\xff") for at in range(0, len(mulaw), _FRAME))

    def press(self, digit: str) -> None:
        self.send({"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": digit}})

    def frame(self, mulaw: bytes, at_ms: int) -> None:
        payload = base64.b64encode(mulaw).decode()
        self.send({"event": "media", "media": {"track": "inbound", "timestamp": str(at_ms), "payload": payload}})

    @property
    def is_speaking(self) -> bool:
        return bool(self._speech)

    async def until_said(self) -> None:
        while self.is_speaking and not self.closed.is_set():
            await asyncio.sleep(0.02 / self.speed)

    async def until_mark(self, prefix: str) -> str:
        """The first mark, heard already or from now on, whose name begins so. Raises ConnectionError once the stream ended."""
        while True:
            for mark in self.marks:
                if mark.startswith(prefix):
                    return mark
            if self.closed.is_set():
                raise ConnectionError(f"the stream ended before {prefix}; heard {self.marks}")
            self._mark_came.clear()
            await self._mark_came.wait()

    def hang_up(self) -> None:
        self.send({"event": "stop", "stop": {"accountSid": "AC", "callSid": self.call_sid}})
        self.leave()

    def leave(self) -> None:
        """Close the websocket in order: the other side answers our close."""
        self._stop_sending()
        if self._wire is not None:
            self._wire.send_close(WSCloseCode.OK)

    def drop(self) -> None:
        """The network is gone."""
        self._stop_sending()
        if self._wire is not None:
            self._wire.underlying_transport.abort()

    def _stop_sending(self) -> None:
        if self._sending is not None:
            self._sending.cancel()

    async def _send_audio(self) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while not self.closed.is_set():
            if not self.is_mute:
                self.frame(self._speech.popleft() if self._speech else _SILENCE, self.now_ms)
            self.now_ms += FRAME_MS
            self._give_marks()
            self.worst_delay_ms = max(self.worst_delay_ms, (loop.time() - due_s) * 1000)
            due_s += FRAME_MS / 1000 / self.speed
            await asyncio.sleep(max(0.0, due_s - loop.time()))

    def pass_time(self, now_ms: int) -> None:
        """For a caller whose frames somebody else sends: it is so late in the call."""
        self.now_ms = now_ms
        self._give_marks()

    def _give_marks(self) -> None:
        while self._queue and self._queue[0].until_ms <= self.now_ms:
            mark = self._queue.popleft().mark
            if mark is not None:
                self._heard(mark)

    def _heard(self, mark: str) -> None:
        self.marks.append(mark)
        self._mark_came.set()
        self.on_mark(mark)
        if self.answers_marks:
            self.send({"event": "mark", "mark": {"name": mark}})

    def take(self, message: dict[str, Any]) -> None:
        match message["event"]:
            case "media":
                mulaw = base64.b64decode(message["media"]["payload"])
                if not self.audio:
                    self.first_audio_s = asyncio.get_running_loop().time() - self._began_s
                self.audio += mulaw
                self._queued_ms = max(self._queued_ms, self.now_ms) + len(mulaw) / 8
            case "mark":
                self._queue.append(_Sent(max(self._queued_ms, self.now_ms), message["mark"]["name"]))
            case "clear":
                self.cleared.append(self.now_ms)
                self._queued_ms = self.now_ms
                waiting, self._queue = self._queue, deque()
                for sent in waiting:
                    if sent.mark is not None:
                        self._heard(sent.mark)

    def gone(self, code: int | None) -> None:
        self.close_code = code
        self.closed.set()
        self._mark_came.set()


class _Ear(WSListener):
    def __init__(self, phone: StreamPhone) -> None:
        self._phone = phone

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.CLOSE:
            self._phone.close_code = frame.get_close_code().value
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif frame.msg_type is WSMsgType.TEXT:
            self._phone.take(orjson.loads(frame.get_payload_as_bytes()))

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002
        self._phone.gone(self._phone.close_code)
