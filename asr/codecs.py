"""In which form a stream's audio comes, as data."""

from collections.abc import Callable
from dataclasses import dataclass

from asr.g711 import alaw_to_pcm, mulaw_to_pcm


@dataclass(frozen=True, slots=True)
class Codec:
    sample_rate: int
    bytes_per_ms: int
    to_pcm: Callable[[bytes], bytes]


def _as_it_is(pcm: bytes) -> bytes:
    return pcm


CODECS: dict[str, Codec] = {
    "mulaw": Codec(8000, 8, mulaw_to_pcm),
    "alaw": Codec(8000, 8, alaw_to_pcm),
    "pcm16k": Codec(16000, 32, _as_it_is),
}
