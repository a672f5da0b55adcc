"""G.711: mu-law and A-law to 16-bit linear PCM and back, by tables, as ITU-T G.191's reference code has it.

The 14-bit (mu-law) and 13-bit (A-law) values of the standard stand left-justified in 16 bits.
"""

import numpy as np
from numpy.typing import NDArray

MULAW_SILENCE = b"\xff"
ALAW_SILENCE = b"\xd5"

_Int16 = NDArray[np.int16]
_UInt8 = NDArray[np.uint8]


def _mulaw_decoder() -> _Int16:
    code = ~np.arange(256, dtype=np.uint8)
    exponent, mantissa = ((code >> 4) & 7).astype(np.int32), (code & 15).astype(np.int32)
    magnitude = (((mantissa << 3) + 0x84) << exponent) - 0x84
    table: _Int16 = np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)
    return table


def _alaw_decoder() -> _Int16:
    code = np.arange(256, dtype=np.uint8) ^ 0x55
    exponent, mantissa = ((code >> 4) & 7).astype(np.int32), (code & 15).astype(np.int32)
    first = (mantissa << 4) + 8
    magnitude = np.where(exponent == 0, first, (first + 0x100) << np.maximum(exponent - 1, 0))
    table: _Int16 = np.where(code & 0x80, magnitude, np.negative(magnitude)).astype(np.int16)
    return table


def _mulaw_encoder() -> _UInt8:
    """ulaw_compress of G.191: one's complement for negatives, bias 33 on 14 bits, clipped at 0x1FFF."""
    linear = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum((np.where(linear < 0, ~linear, linear) >> 2) + 33, 0x1FFF)
    segment = np.floor(np.log2(magnitude)).astype(np.int32) - 4
    code = ((8 - segment) << 4) | (15 - ((magnitude >> segment) & 15))
    table: _UInt8 = (code | np.where(linear >= 0, 0x80, 0)).astype(np.uint8)
    return table


def _alaw_encoder() -> _UInt8:
    """alaw_compress of G.191: one's complement for negatives, 12-bit magnitude, even bits inverted."""
    linear = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.where(linear < 0, ~linear, linear) >> 4
    exponent = np.where(magnitude > 15, np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 3, 0)
    mantissa = np.where(exponent > 0, (magnitude >> np.maximum(exponent - 1, 0)) - 16, magnitude)
    code = (exponent << 4) + mantissa
    table: _UInt8 = ((code | np.where(linear >= 0, 0x80, 0)) ^ 0x55).astype(np.uint8)
    return table


_MULAW_TO_PCM = _mulaw_decoder()
_ALAW_TO_PCM = _alaw_decoder()
_PCM_TO_MULAW = _mulaw_encoder()
_PCM_TO_ALAW = _alaw_encoder()


def mulaw_to_pcm(mulaw: bytes) -> bytes:
    """16-bit little-endian PCM, two bytes for one."""
    return np.take(_MULAW_TO_PCM, np.frombuffer(mulaw, np.uint8)).astype("<i2").tobytes()


def alaw_to_pcm(alaw: bytes) -> bytes:
    return np.take(_ALAW_TO_PCM, np.frombuffer(alaw, np.uint8)).astype("<i2").tobytes()


def pcm_to_mulaw(pcm: bytes) -> bytes:
    """`pcm`: 16-bit little-endian, an even number of bytes."""
    return np.take(_PCM_TO_MULAW, np.frombuffer(pcm, "<u2")).tobytes()


def pcm_to_alaw(pcm: bytes) -> bytes:
    return np.take(_PCM_TO_ALAW, np.frombuffer(pcm, "<u2")).tobytes()


_MULAW_TO_ALAW = pcm_to_alaw(mulaw_to_pcm(bytes(range(256))))
_ALAW_TO_MULAW = pcm_to_mulaw(alaw_to_pcm(bytes(range(256))))


def mulaw_to_alaw(mulaw: bytes) -> bytes:
    return mulaw.translate(_MULAW_TO_ALAW)


def alaw_to_mulaw(alaw: bytes) -> bytes:
    return alaw.translate(_ALAW_TO_MULAW)
