"""Held against the reference code of ITU-T G.191 (g711.c), written out here sample by sample, and against tables of G.711."""

import struct

from asr import g711

EVERY_CODE = bytes(range(256))
EVERY_SAMPLE = struct.pack("<65536h", *range(-32768, 32768))


def ulaw_compress(sample: int) -> int:
    magnitude = ((~sample if sample < 0 else sample) >> 2) + 33
    magnitude = min(magnitude, 0x1FFF)
    segment, rest = 1, magnitude >> 6
    while rest:
        segment, rest = segment + 1, rest >> 1
    code = ((8 - segment) << 4) | (15 - ((magnitude >> segment) & 15))
    return code | 0x80 if sample >= 0 else code


def ulaw_expand(code: int) -> int:
    mantissa = ~code & 0xFF
    exponent, sign = (mantissa >> 4) & 7, -1 if code < 0x80 else 1
    step = 4 << (exponent + 1)
    return sign * ((0x80 << exponent) + step * (mantissa & 15) + step // 2 - 4 * 33)


def alaw_compress(sample: int) -> int:
    code = (~sample if sample < 0 else sample) >> 4
    if code > 15:
        exponent = 1
        while code > 16 + 15:
            code >>= 1
            exponent += 1
        code = code - 16 + (exponent << 4)
    return (code | 0x80 if sample >= 0 else code) ^ 0x55


def alaw_expand(code: int) -> int:
    turned = code ^ 0x55
    magnitude = turned & 0x7F
    exponent, mantissa = magnitude >> 4, magnitude & 15
    mantissa += 16 if exponent > 0 else 0
    linear = (mantissa << 4) + 8
    linear <<= exponent - 1 if exponent > 1 else 0
    return linear if turned > 127 else -linear


def samples(pcm: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(pcm) // 2}h", pcm))


def test_every_mulaw_code_expands_as_in_the_reference() -> None:
    assert samples(g711.mulaw_to_pcm(EVERY_CODE)) == [ulaw_expand(code) for code in EVERY_CODE]


def test_every_alaw_code_expands_as_in_the_reference() -> None:
    assert samples(g711.alaw_to_pcm(EVERY_CODE)) == [alaw_expand(code) for code in EVERY_CODE]


def test_every_sample_becomes_the_mulaw_code_of_the_reference() -> None:
    assert list(g711.pcm_to_mulaw(EVERY_SAMPLE)) == [ulaw_compress(sample) for sample in range(-32768, 32768)]


def test_every_sample_becomes_the_alaw_code_of_the_reference() -> None:
    assert list(g711.pcm_to_alaw(EVERY_SAMPLE)) == [alaw_compress(sample) for sample in range(-32768, 32768)]


def test_the_outermost_values_are_those_of_the_standards_tables() -> None:
    # G.711 table 2a: 8031 of 8159 on 14 bits; table 1a: 4032 of 4096 on 13 bits.
    assert samples(g711.mulaw_to_pcm(b"\x80\x00\xff\x7f")) == [8031 * 4, -8031 * 4, 0, 0]
    assert samples(g711.alaw_to_pcm(b"\xaa\x2a\xd5\x55")) == [4032 * 8, -4032 * 8, 8, -8]


def test_codes_survive_the_way_through_linear_sound() -> None:
    twice = g711.pcm_to_mulaw(g711.mulaw_to_pcm(EVERY_CODE))
    assert [code for code, back in zip(EVERY_CODE, twice, strict=True) if code != back] == [0x7F]  # minus zero becomes zero
    assert g711.pcm_to_alaw(g711.alaw_to_pcm(EVERY_CODE)) == EVERY_CODE


def test_silence_is_silent() -> None:
    assert samples(g711.mulaw_to_pcm(g711.MULAW_SILENCE)) == [0]
    assert abs(samples(g711.alaw_to_pcm(g711.ALAW_SILENCE))[0]) == 8


def test_alaw_and_mulaw_turn_into_each_other_within_a_step() -> None:
    for code, back in zip(EVERY_CODE, g711.mulaw_to_alaw(g711.alaw_to_mulaw(EVERY_CODE)), strict=True):
        before, after = samples(g711.alaw_to_pcm(bytes([code, back])))
        assert abs(before - after) <= max(32, abs(before) // 8)
