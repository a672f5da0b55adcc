"""What a telephone sends, as capture files that sipp plays: RTP packets of 20 ms, and keys as RFC 4733 events."""

import secrets
import struct
from collections.abc import Iterator
from enum import StrEnum

from asr.g711 import mulaw_to_alaw

FRAME_MS = 20
FRAME = 160
"""Bytes of 20 ms."""
EVENTS = 101
"""RTP payload type of keys."""
_KEYS = "0123456789*#"
_KEY_PACKETS = 8
_KEY_ENDS = 3
"""The end of a key is said three times: RFC 4733, 2.5.1.4."""
_VOLUME = 10
_STEP = 3000
"""Packets of a minute."""
_FILE_HEAD = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
_ETHERNET = b"\0" * 12 + b"\x08\x00"


class Law(StrEnum):
    ULAW = "ulaw"
    ALAW = "alaw"

    @property
    def payload_type(self) -> int:
        return 0 if self is Law.ULAW else 8

    @property
    def rtp_name(self) -> str:
        return "PCMU" if self is Law.ULAW else "PCMA"

    def write(self, mulaw: bytes) -> bytes:
        return mulaw if self is Law.ULAW else mulaw_to_alaw(mulaw)


class Track:
    """One source of RTP: its packets in the order in which they are sent, each with its time in ms."""

    def __init__(self, law: Law, place: int = 0) -> None:
        """`place`: which of the tracks of one call, in the order of their sending. Numbers of packets never go back: Asterisk
        would take what follows for late, and leave it out of its recording.
        """
        self.law = law
        self.packets: list[tuple[int, bytes]] = []
        self.now_ms = 0
        self._sequence = place * _STEP
        self._stamp = secrets.randbelow(1 << 31)
        self._source = secrets.randbelow(1 << 32)

    def speak(self, mulaw: bytes) -> None:
        audio = self.law.write(mulaw.ljust(-(-len(mulaw) // FRAME) * FRAME, b"\xff"))
        for start in range(0, len(audio), FRAME):
            self._send(self.law.payload_type, audio[start : start + FRAME], marked=not self.packets)
            self._pass(FRAME_MS)

    def press(self, key: str) -> None:
        """For 160 ms, during which no voice is sent: so does a telephone."""
        number, beginning = _KEYS.index(key), self._stamp
        for count in range(1, _KEY_PACKETS + 1):
            event = struct.pack(">BBH", number, _VOLUME, FRAME * count)
            self._send(EVENTS, event, marked=count == 1, stamp=beginning)
            self._pass(FRAME_MS)
        for _ in range(_KEY_ENDS):
            self._send(EVENTS, struct.pack(">BBH", number, 0x80 | _VOLUME, FRAME * _KEY_PACKETS), stamp=beginning)

    def capture(self) -> bytes:
        return _FILE_HEAD + b"".join(_captured(self.packets))

    def _send(self, payload_type: int, payload: bytes, *, marked: bool = False, stamp: int | None = None) -> None:
        self._sequence = (self._sequence + 1) & 0xFFFF
        head = struct.pack(
            ">BBHII",
            0x80,
            payload_type | (0x80 if marked else 0),
            self._sequence,
            (self._stamp if stamp is None else stamp) & 0xFFFFFFFF,
            self._source,
        )
        self.packets.append((self.now_ms, head + payload))

    def _pass(self, milliseconds: int) -> None:
        self.now_ms += milliseconds
        self._stamp += milliseconds * 8


def _captured(packets: list[tuple[int, bytes]]) -> Iterator[bytes]:
    """Addresses and checksums are zero: sipp writes its own."""
    for at_ms, payload in packets:
        udp = struct.pack(">HHHH", 6000, 6000, 8 + len(payload), 0) + payload
        frame = _ETHERNET + struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, 0, 0) + udp
        yield struct.pack("<IIII", at_ms // 1000, at_ms % 1000 * 1000, len(frame), len(frame)) + frame
