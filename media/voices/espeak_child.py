"""The process that speaks with espeak-ng. Run by `media.voices.espeak`, never imported by it.

espeak-ng is licensed under the GPL, version 3 or later: this process and nothing else loads it, and the system talks to it over
pipes. The library comes with the wheel `espeakng-loader`.

Protocol: a JSON line on standard input (`text`, `voice`, `rate`, `pitch`, `spread`), an answer on standard output: one byte
(0 done, 1 failed), the length in four bytes little-endian, and that many bytes: 16-bit mono PCM at 8 kHz, or an error's name.
It ends when its input does.
"""

import ctypes
import json
import signal
import struct
import sys
from collections.abc import Mapping
from typing import Any, Final

import espeakng_loader

from media.voices.loudness import for_the_line

_SYNCHRONOUS: Final = 2
_DONT_EXIT: Final = 0x8000
_UTF8: Final = 1
_BY_CHARACTER: Final = 1
_PARAMETERS: Final = {"rate": 1, "pitch": 3, "spread": 4}
_TAKE_SAMPLES = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class EspeakFailed(Exception):
    """espeak-ng answered with an error code."""


class Espeak:
    """The library, loaded once. Not for several threads."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self._rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, _DONT_EXIT)
        if self._rate <= 0:
            raise EspeakFailed("espeak_Initialize")
        self._spoken = bytearray()
        self._take = _TAKE_SAMPLES(self._taken)  # kept: the library calls it as long as it lives
        self._library.espeak_SetSynthCallback(self._take)

    def _taken(self, samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            self._spoken += ctypes.string_at(samples, count * 2)
        return 0

    def speak(self, wanted: Mapping[str, Any]) -> bytes:
        self._check("voice", self._library.espeak_SetVoiceByName(str(wanted["voice"]).encode()))
        for name, number in _PARAMETERS.items():
            self._check(name, self._library.espeak_SetParameter(number, int(wanted[name]), 0))
        text = str(wanted["text"]).encode()
        self._spoken.clear()
        size = ctypes.c_size_t(len(text) + 1)
        self._check("text", self._library.espeak_Synth(text, size, 0, _BY_CHARACTER, 0, _UTF8, None, None))
        self._check("end", self._library.espeak_Synchronize())
        return for_the_line(bytes(self._spoken), self._rate)

    def _check(self, what: str, code: int) -> None:
        if code:
            raise EspeakFailed(what)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; our end is the end of our input
    espeak = Espeak()
    for line in sys.stdin.buffer:
        try:
            failed, answer = 0, espeak.speak(json.loads(line))
        except (EspeakFailed, ValueError, KeyError) as error:
            failed, answer = 1, f"{type(error).__name__}: {error}".encode()
        sys.stdout.buffer.write(struct.pack("<BI", failed, len(answer)) + answer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
