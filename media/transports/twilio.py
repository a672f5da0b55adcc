"""Twilio Media Streams, both ways: JSON messages in text frames. Words of the vendor stop here.

Wire format: https://www.twilio.com/docs/voice/media-streams/websocket-messages (numbers arrive as strings, 20 ms a message).
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from config.stream_token import StreamGrant
from media.gate import Gate, GateClosed
from media.transports.contract import BYTES_PER_MS, Broken, Frame, Key, LineEvent, MarkReached, Socket, Started, Stopped

ENCODING = "audio/x-mulaw"
RATE = 8000
MAX_EARLY_MESSAGES = 10
"""Messages that a stream may send before it has shown its token."""
MAX_UNREADABLE = 50
CHUNK = 400 * BYTES_PER_MS
"""Bytes of audio in one message to the carrier."""
_LATEST_MS = 2**40
_DIGITS = frozenset("0123456789*#")


@dataclass(frozen=True, slots=True)
class StreamStart:
    stream: str
    call: str
    token: str
    is_mulaw: bool


@dataclass(frozen=True, slots=True)
class Audio:
    mulaw: bytes
    at_ms: int | None
    """None where the message carried no usable time."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """A message that is in order and says nothing to us."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """No message of this protocol."""


Message = StreamStart | Audio | Key | MarkReached | Stopped | Nothing | Unreadable


def parse(raw: bytes) -> Message:
    """What one message says. Never raises, whatever the bytes."""
    try:
        body = orjson.loads(raw)
    except (orjson.JSONDecodeError, RecursionError):
        return Unreadable()
    if not isinstance(body, dict):
        return Unreadable()
    match body.get("event"):
        case "media":
            return _parse_media(body.get("media"))
        case "mark":
            return _parse_mark(body.get("mark"))
        case "dtmf":
            return _parse_key(body.get("dtmf"))
        case "start":
            return _parse_start(body.get("start"))
        case "stop":
            return Stopped()
        case str():
            return Nothing()
    return Unreadable()


def _parse_media(media: object) -> Message:
    if not isinstance(media, dict):
        return Unreadable()
    if media.get("track", "inbound") != "inbound":
        return Nothing()
    payload = media.get("payload")
    if not isinstance(payload, str):
        return Unreadable()
    try:
        return Audio(binascii.a2b_base64(payload.encode("ascii"), strict_mode=True), _parse_ms(media.get("timestamp")))
    except ValueError:
        return Unreadable()


def _parse_ms(value: object) -> int | None:
    if isinstance(value, str) and len(value) <= 13 and value.isascii() and value.isdigit():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LATEST_MS:
        return value
    return None


def _parse_mark(mark: object) -> Message:
    name = mark.get("name") if isinstance(mark, dict) else None
    return MarkReached(name) if isinstance(name, str) else Unreadable()


def _parse_key(dtmf: object) -> Message:
    digit = dtmf.get("digit") if isinstance(dtmf, dict) else None
    return Key(digit) if isinstance(digit, str) and digit in _DIGITS else Unreadable()


def _parse_start(start: object) -> Message:
    if not isinstance(start, dict):
        return Unreadable()
    stream, call = start.get("streamSid"), start.get("callSid")
    custom, media_format = start.get("customParameters"), start.get("mediaFormat")
    if not (isinstance(stream, str) and isinstance(call, str)):
        return Unreadable()
    token = custom.get("token") if isinstance(custom, dict) else None
    return StreamStart(stream, call, token if isinstance(token, str) else "", _is_mulaw(media_format))


def _is_mulaw(media_format: object) -> bool:
    if not isinstance(media_format, Mapping):
        return False
    rate, channels = media_format.get("sampleRate"), media_format.get("channels", 1)
    return media_format.get("encoding") == ENCODING and str(rate) == str(RATE) and str(channels) == "1"


class TwilioTransport:
    """One stream. It is silent until its `start` brought a good token."""

    def __init__(self, socket: Socket, gate: Gate) -> None:
        self._socket = socket
        self._gate = gate
        self._grant: StreamGrant | None = None
        self._stream = b""
        self._media_head = b""
        self._early = 0
        self._early_audio: list[Audio] = []
        self._unreadable = 0
        self._next_ms = 0
        self._over = False

    def receive(self, message: bytes, is_text: bool) -> tuple[LineEvent, ...]:
        if self._over:
            return ()
        parsed = parse(message) if is_text else Unreadable()
        if self._grant is None:
            return self._receive_early(parsed)
        return self._receive(parsed)

    def end(self) -> tuple[LineEvent, ...]:
        """Nothing: a call that is over was said to be so by `stop`."""
        return ()

    def _receive(self, message: Message) -> tuple[LineEvent, ...]:
        match message:
            case Audio():
                return (self._frame(message),)
            case Key() | MarkReached():
                return (message,)
            case Stopped():
                self._over = True
                return (message,)
            case Unreadable():
                self._unreadable += 1
                if self._unreadable > MAX_UNREADABLE:
                    self._over = True
                    return (Broken("unreadable"),)
        return ()

    def _receive_early(self, message: Message) -> tuple[LineEvent, ...]:
        self._early += 1
        match message:
            case StreamStart():
                return self._start(message)
            case Audio():
                # Audio may overtake the start; it is kept, and heard if the token is good.
                self._early_audio.append(message)
            case Stopped():
                self._refuse("stopped_early")
        if self._early >= MAX_EARLY_MESSAGES:
            self._refuse("no_token")
        return ()

    def _start(self, start: StreamStart) -> tuple[LineEvent, ...]:
        try:
            self._grant = self._gate.admit(start.token, start.call)
        except GateClosed:
            self._refuse("token_refused")
            return ()
        self._stream = orjson.dumps(start.stream)
        self._media_head = b'{"event":"media","streamSid":' + self._stream + b',"media":{"payload":"'
        if not start.is_mulaw:
            self._over = True
            return (Started(self._grant), Broken("encoding"))
        early, self._early_audio = self._early_audio, []
        return (Started(self._grant), *(self._frame(audio) for audio in early))

    def _frame(self, audio: Audio) -> Frame:
        at_ms = self._next_ms if audio.at_ms is None else audio.at_ms
        self._next_ms = at_ms + len(audio.mulaw) // BYTES_PER_MS
        return Frame(audio.mulaw, at_ms)

    def _refuse(self, reason: str) -> None:
        self._over = True
        self._early_audio.clear()
        self._socket.close(reason)

    def play(self, mulaw: bytes) -> None:
        for start in range(0, len(mulaw), CHUNK):
            payload = base64.b64encode(mulaw[start : start + CHUNK])
            self._socket.send_text(self._media_head + payload + b'"}}')

    def mark(self, name: str) -> None:
        self._socket.send_text(
            b'{"event":"mark","streamSid":' + self._stream + b',"mark":{"name":' + orjson.dumps(name) + b"}}"
        )

    def clear(self) -> None:
        self._socket.send_text(b'{"event":"clear","streamSid":' + self._stream + b"}")

    def close(self, reason: str) -> None:
        self._over = True
        self._socket.close(reason)
