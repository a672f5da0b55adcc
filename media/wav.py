"""WAV files of G.711 mu-law, 8 kHz: written as a stream, finished at the end, readable after a crash in between."""

import os
import struct
from typing import BinaryIO

from config.errors import HotlineError

HEADER_BYTES = 58
CALLER_AND_SYSTEM = 2
RATE = 8000
_MULAW = 7
_LAYOUT = "<4sI4s4sIHHIIHHH4sII4sI"


class NoRecording(HotlineError):
    """The file is no mu-law recording of ours."""

    code = "no_recording"


def header(tracks: int, samples: int) -> bytes:
    """RIFF header of `samples` samples for each of `tracks` interleaved tracks."""
    size = tracks * samples
    fields = (b"WAVE", b"fmt ", 18, _MULAW, tracks, RATE, RATE * tracks, tracks, 8, 0, b"fact", 4, samples, b"data", size)
    return struct.pack(_LAYOUT, b"RIFF", HEADER_BYTES - 8 + size + size % 2, *fields)


def finish(file: BinaryIO) -> int:
    """Make the header agree with what was written, whatever it said before; returns the duration in ms. Raises NoRecording."""
    file.seek(0)
    found = file.read(HEADER_BYTES)
    if len(found) < HEADER_BYTES or found[:4] != b"RIFF" or found[20:22] != struct.pack("<H", _MULAW):
        raise NoRecording("The file does not begin like a recording of ours.")
    tracks: int = struct.unpack_from("<H", found, 22)[0]
    if tracks < 1:
        raise NoRecording("The file names no track.")
    samples = (file.seek(0, os.SEEK_END) - HEADER_BYTES) // tracks
    file.truncate(HEADER_BYTES + samples * tracks)
    if samples * tracks % 2:
        file.seek(0, os.SEEK_END)
        file.write(b"\0")
    file.seek(0)
    file.write(header(tracks, samples))
    file.flush()
    return samples * 1000 // RATE
