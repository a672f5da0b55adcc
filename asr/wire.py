"""What pool and decoder worker say to each other over their socket pair: length, kind, stream number, payload.

All integers little-endian. Audio and progress are packed (they are many), what is rare is JSON. Both ends are always of the
same installation, so there is no version.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import orjson

from asr.contract import Capabilities, EnginePlan, Transcript, Word
from asr.events import Final, Partial, Revised, SpeechEnded, SpeechEvent, SpeechLost, SpeechStarted

_HEAD = struct.Struct("<IBI")
_AT = struct.Struct("<q")
_PROGRESS = struct.Struct("<qq")
_SAID = struct.Struct("<I")
LARGEST_PAYLOAD = 1 << 20
NOBODY = 0
"""Stream number of what concerns the worker as a whole."""
TOGETHER = (1 << 32) - 1
"""Noted by a worker while it decodes several callers in one go."""


class Kind(IntEnum):
    # pool -> worker
    OPEN = 1
    AUDIO = 2
    EXPECT = 3
    FINISH = 4
    CLOSE = 5
    QUIET = 6
    # worker -> pool
    READY = 16
    UNUSABLE = 17
    STARTED = 18
    PARTIAL = 19
    FINAL = 20
    ENDED = 21
    PROGRESS = 22
    FINISHED = 23
    FAILED = 24


@dataclass(frozen=True, slots=True)
class Frame:
    kind: Kind
    stream: int
    payload: bytes = b""

    def packed(self) -> bytes:
        return _HEAD.pack(len(self.payload), self.kind, self.stream) + self.payload


class FrameReader:
    """Cuts what comes over a socket into frames. Raises ValueError on what cannot be one: the other end is broken."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def push(self, data: bytes) -> Iterator[Frame]:
        self._rest += data
        at = 0
        while len(self._rest) - at >= _HEAD.size:
            length, kind, stream = _HEAD.unpack_from(self._rest, at)
            if length > LARGEST_PAYLOAD:
                raise ValueError("a frame is longer than any can be")
            end = at + _HEAD.size + length
            if len(self._rest) < end:
                break
            yield Frame(Kind(kind), stream, bytes(self._rest[at + _HEAD.size : end]))
            at = end
        del self._rest[:at]


@dataclass(frozen=True, slots=True)
class Opening:
    """How a stream begins, or begins again in another worker."""

    codec: str
    """A key of CODECS."""
    next_sequence: int
    expects: str
    turns: tuple[str, ...] | None = None
    """The script of a sample; None: the worker's own engine listens."""
    first_turn: int = 0
    """Utterances of this stream that were finished in another worker."""
    cut_at_ms: int | None = None
    """Where the voice of the last one ended, if it was cut and neither continued nor over since."""


@dataclass(frozen=True, slots=True)
class Ready:
    engine: str
    capabilities: Capabilities


@dataclass(frozen=True, slots=True)
class Progress:
    heard_ms: int
    """All audio up to here has been worked on."""
    released_ms: int
    """Audio before this is not needed any more, even if the worker dies."""


def pack_json(value: Any) -> bytes:
    return orjson.dumps(value)


def pack_plan(plan: EnginePlan) -> str:
    """For a worker's command line."""
    return orjson.dumps(plan, default=str).decode()


def unpack_plan(text: str) -> EnginePlan:
    return _plan(orjson.loads(text))


def _plan(fields: dict[str, Any]) -> EnginePlan:
    paths = {name: Path(fields[name]) if fields[name] else None for name in ("model", "hot_words", "punctuation")}
    return EnginePlan(**{**fields, **paths, "parts": tuple(_plan(part) for part in fields["parts"])})


def unpack_opening(payload: bytes) -> Opening:
    fields = orjson.loads(payload)
    turns = fields.pop("turns")
    return Opening(**fields, turns=None if turns is None else tuple(turns))


def unpack_ready(payload: bytes) -> Ready:
    fields = orjson.loads(payload)
    return Ready(fields["engine"], Capabilities(**fields["capabilities"]))


def pack_audio(sound: bytes, at_ms: int) -> bytes:
    return _AT.pack(at_ms) + sound


def unpack_audio(payload: bytes) -> tuple[bytes, int]:
    return payload[_AT.size :], _AT.unpack_from(payload)[0]


def pack_time(at_ms: int) -> bytes:
    return _AT.pack(at_ms)


def unpack_time(payload: bytes) -> int:
    at_ms: int = _AT.unpack(payload)[0]
    return at_ms


def pack_progress(progress: Progress) -> bytes:
    return _PROGRESS.pack(progress.heard_ms, progress.released_ms)


def unpack_progress(payload: bytes) -> Progress:
    return Progress(*_PROGRESS.unpack(payload))


def frame_of(event: SpeechEvent, stream: int, released_ms: int) -> Frame:
    """`released_ms` travels with a Final, so that text and audio are committed together."""
    match event:
        case SpeechStarted(at_ms):
            return Frame(Kind.STARTED, stream, _AT.pack(at_ms))
        case SpeechEnded(at_ms):
            return Frame(Kind.ENDED, stream, _AT.pack(at_ms))
        case Partial(sequence, text):
            return Frame(Kind.PARTIAL, stream, _SAID.pack(sequence) + text.encode())
        case Final():
            return Frame(Kind.FINAL, stream, pack_json({"final": event, "released_ms": released_ms}))
        case SpeechLost(reason):
            return Frame(Kind.FAILED, stream, reason.encode())
        case Revised():
            raise ValueError("a worker revises nothing: a second pass does")


def unpack_final(payload: bytes) -> tuple[Final, int]:
    fields = orjson.loads(payload)
    final = fields["final"]
    said = final.pop("transcript")
    words = tuple(Word(**word) for word in said["words"])
    return Final(transcript=Transcript(said["text"], said["raw"], words), **final), fields["released_ms"]


def unpack_event(frame: Frame) -> SpeechEvent:
    """Of the frames that carry an event and nothing else: STARTED, ENDED, PARTIAL."""
    match frame.kind:
        case Kind.STARTED:
            return SpeechStarted(_AT.unpack(frame.payload)[0])
        case Kind.ENDED:
            return SpeechEnded(_AT.unpack(frame.payload)[0])
        case Kind.PARTIAL:
            return Partial(_SAID.unpack_from(frame.payload)[0], frame.payload[_SAID.size :].decode())
        case _:
            raise ValueError(f"{frame.kind.name} carries no event")
