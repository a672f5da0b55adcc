"""Numbers as they are spoken: 一三八 digit by digit, 三千五 as an amount."""

import re
from typing import Final

_DIGITS: Final = dict(zip("零〇洞一幺二两三四五六七拐八九勾", "0001122345677899", strict=True)) | {
    str(digit): str(digit) for digit in range(10)
}
DIGIT_CHARACTERS: Final = "".join(_DIGITS)
_UNITS: Final = {"十": 10, "百": 100, "千": 1000}
_LARGE: Final = {"万": 10_000, "亿": 100_000_000}


def digits(text: str) -> str:
    """The digits that the characters are read as; others are left out."""
    return "".join(_DIGITS.get(character, "") for character in text)


def amount(text: str) -> float | None:
    """三千五百 is 3500, 三千五 too, 2.5万 is 25000; None where the text is no number."""
    arabic = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([十百千万亿]?)", text)
    if arabic:
        return float(arabic[1]) * {**_UNITS, **_LARGE}.get(arabic[2], 1)
    total = section = 0.0
    digit: float | None = None
    last = 1.0
    for character in text:
        if character in _UNITS:
            section += (1 if digit is None else digit) * _UNITS[character]
            digit, last = None, _UNITS[character]
        elif character in _LARGE:
            total += (section + (digit or 0)) * _LARGE[character]
            section, digit, last = 0.0, None, _LARGE[character]
        elif character in _DIGITS:
            if digit is not None and character not in "零〇":
                return None
            digit = float(_DIGITS[character])
            if character in "零〇":
                digit, last = None, 1.0
        else:
            return None
    if digit is not None:
        section += digit * (last / 10 if last > 1 else 1)
    return total + section if text else None
