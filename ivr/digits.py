"""Numbers as they are said digit by digit in Mandarin: 1 is yāo, which no line noise turns into 7."""

from typing import Final

SPOKEN: Final = dict(zip("0123456789", "零幺二三四五六七八九", strict=True))
GROUP: Final = 4
"""Digits that a listener writes down in one go."""


def digit_groups(number: str) -> tuple[str, ...]:
    """The digits in groups of four, the short group first: ("2607", "0200", "0123"), ("138", "0013", "8000"). No digit stands
    alone: five are ("12", "345"). What is no ASCII digit is left out."""
    digits = "".join(sign for sign in number if sign in SPOKEN)
    first = len(digits) % GROUP
    if first == 1 and len(digits) > 1:
        return tuple(filter(None, (digits[:2], digits[2:5], *_in_fours(digits[5:]))))
    return tuple(filter(None, (digits[:first], *_in_fours(digits[first:]))))


def _in_fours(digits: str) -> tuple[str, ...]:
    return tuple(digits[start : start + GROUP] for start in range(0, len(digits), GROUP))


def spoken_digits(number: str) -> str:
    """ "260702000123" -> "二六零七，零二零零，零幺二三"."""
    return "，".join("".join(SPOKEN[digit] for digit in group) for group in digit_groups(number))
