"""Asterisk's chan_websocket, both ways: audio in binary frames, JSON in text frames. Words of the vendor stop here.

Wire format: https://docs.asterisk.org/Configuration/Channel-Drivers/WebSocket/ with `f(json)`. Asterisk is the client, with
user and password; the call's id and its one-time token stand in the query. A text frame to it holds 128 bytes at most.
"""

import base64
import binascii
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

import orjson

from asr.g711 import alaw_to_mulaw, mulaw_to_alaw
from config.settings import Sip
from config.stream_token import StreamGrant
from media.gate import Gate, GateClosed
from media.transports.ahead import Ahead
from media.transports.contract import (
    Broken,
    Key,
    LineEvent,
    MarkReached,
    Socket,
    Started,
    Stopped,
    VerifyUpgrade,
)
from media.transports.pace import Pace

SUBPROTOCOL = "media"
MAX_EARLY = 100
"""Audio frames that may come before the stream says what it is: under load Asterisk sends some."""
MAX_UNREADABLE = 50
_DIGITS = frozenset("0123456789*#")

Recode = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Law:
    """To mu-law and back."""

    read: Recode
    write: Recode


LAWS: Mapping[str, Law] = {"ulaw": Law(bytes, bytes), "alaw": Law(alaw_to_mulaw, mulaw_to_alaw)}
"""Asterisk's name of a format -> how it is turned."""


@dataclass(frozen=True, slots=True)
class StreamStart:
    format: str


@dataclass(frozen=True, slots=True)
class Reached:
    number: int


@dataclass(frozen=True, slots=True)
class Nothing:
    """A message that is in order and says nothing to us."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """No message of this protocol."""


Message = StreamStart | Reached | Key | Nothing | Unreadable


def parse(raw: bytes) -> Message:
    """What one text message says. Never raises, whatever the bytes."""
    try:
        body = orjson.loads(raw)
    except (orjson.JSONDecodeError, RecursionError):
        return Unreadable()
    if not isinstance(body, dict):
        return Unreadable()
    match body.get("event"):
        case "MEDIA_START":
            named = body.get("format")
            return StreamStart(named) if isinstance(named, str) else Unreadable()
        case "MEDIA_MARK_PROCESSED":
            return _parse_mark(body.get("correlation_id"))
        case "DTMF_END":
            digit = body.get("digit")
            return Key(digit) if isinstance(digit, str) and digit in _DIGITS else Nothing()
        case str():
            return Nothing()
    return Unreadable()


def _parse_mark(number: object) -> Message:
    if isinstance(number, str) and number.isascii() and number.isdigit() and len(number) < 10:
        return Reached(int(number))
    return Unreadable()


def verify_login(sip: Sip) -> VerifyUpgrade:
    """Whether the upgrade brings the PBX's user and password. Without a password set nobody is let in."""
    wanted = f"{sip.media_user}:{sip.media_password.get_secret_value()}".encode()

    def verify(_path: str, headers: Mapping[str, str]) -> bool:
        given = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
        scheme, _, code = given.partition(" ")
        try:
            login = base64.b64decode(code.strip(), validate=True)
        except (binascii.Error, ValueError):
            return False
        return bool(sip.media_password) and scheme.lower() == "basic" and hmac.compare_digest(login, wanted)

    return verify


class AsteriskTransport:
    """One stream. It is silent until Asterisk has said what it sends, and the query's token is good.

    `elapsed_s` is a monotonic clock: frames bring no time.
    """

    def __init__(self, socket: Socket, gate: Gate, query: str, elapsed_s: Callable[[], float] = time.monotonic) -> None:
        self._socket = socket
        self._gate = gate
        self._asked = parse_qs(query)
        self._elapsed_s = elapsed_s
        self._law: Law | None = None
        self._early: list[tuple[bytes, float]] = []
        self._pace = Pace()
        self._ahead = Ahead(self._send_audio, self._send_mark, self._send_flush)
        self._unreadable = 0
        self._over = False

    def receive(self, message: bytes, is_text: bool) -> tuple[LineEvent, ...]:
        if self._over:
            return ()
        if not is_text:
            return self._hear(message, self._elapsed_s() * 1000)
        parsed = parse(message)
        if self._law is None:
            return self._receive_early(parsed)
        match parsed:
            case Reached(number):
                return tuple(MarkReached(name) for name in self._ahead.reached(number))
            case Key():
                return (parsed,)
            case Unreadable():
                return self._cannot_read()
        return ()

    def end(self) -> tuple[LineEvent, ...]:
        """Asterisk takes its leave when the caller has hung up."""
        if self._over or self._law is None:
            return ()
        self._over = True
        return (Stopped(),)

    def _hear(self, audio: bytes, arrived_ms: float) -> tuple[LineEvent, ...]:
        if self._law is None:
            self._early.append((audio, arrived_ms))
            if len(self._early) > MAX_EARLY:
                self._refuse("no_start")
            return ()
        return tuple(self._pace.take(self._law.read(audio), arrived_ms))

    def _receive_early(self, message: Message) -> tuple[LineEvent, ...]:
        match message:
            case StreamStart(named):
                return self._start(named)
            case Unreadable():
                return self._cannot_read()
        return ()

    def _start(self, named: str) -> tuple[LineEvent, ...]:
        grant = self._admit()
        if grant is None:
            self._refuse("token_refused")
            return ()
        law = self._law = LAWS.get(named)
        if law is None:
            self._over = True
            return (Started(grant), Broken("encoding"))
        self._ahead.begin()
        early, self._early = self._early, []
        frames = [frame for audio, arrived_ms in early for frame in self._pace.take(law.read(audio), arrived_ms)]
        return (Started(grant), *frames)

    def _admit(self) -> StreamGrant | None:
        call, token = (self._asked.get(name, [""])[0] for name in ("call", "token"))
        try:
            return self._gate.admit(token, call)
        except GateClosed:
            return None

    def _cannot_read(self) -> tuple[LineEvent, ...]:
        self._unreadable += 1
        if self._unreadable <= MAX_UNREADABLE:
            return ()
        if self._law is None:
            self._refuse("unreadable")
            return ()
        self._over = True
        return (Broken("unreadable"),)

    def _refuse(self, reason: str) -> None:
        self._over = True
        self._early.clear()
        self._socket.close(reason)

    def play(self, mulaw: bytes) -> None:
        self._ahead.play(mulaw)

    def mark(self, name: str) -> None:
        self._ahead.mark(name)

    def clear(self) -> None:
        self._ahead.clear()

    def close(self, reason: str) -> None:
        self._over = True
        self._socket.close(reason)

    def _send_audio(self, mulaw: bytes) -> None:
        if self._law is not None:
            self._socket.send_binary(self._law.write(mulaw))

    def _send_mark(self, number: int) -> None:
        self._socket.send_text(b'{"command":"MARK_MEDIA","correlation_id":"%d"}' % number)

    def _send_flush(self) -> None:
        self._socket.send_text(b'{"command":"FLUSH_MEDIA"}')
