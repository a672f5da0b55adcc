"""Spoken Chinese numerals: 三百五十 is an amount, 五零一 a row of digits.

No library: cn2an and its like turn whole sentences over (十分 becomes 10分, 三里屯 3里屯), and what is left of them when each
rule asks for one well-formed numeral is this page.
"""

from typing import Final

_DIGITS: Final = dict(zip("零〇幺一二三四五六七八九", "001123456789", strict=True))
DIGIT_SIGNS: Final = "".join(_DIGITS)
NUMERAL_SIGNS: Final = DIGIT_SIGNS + "两十百千万亿"
_STEPS: Final = {"十": 10, "百": 100, "千": 1000}
_SCALES: Final = {"万": 10**4, "亿": 10**8}
_LARGEST: Final = 10**8
_ABOUT: Final = frozenset(("一二", "二三", "三四", "四五", "五六", "六七", "七八", "八九", "三五"))
"""Two digits side by side that mean "some": 七八层."""


def digits(spoken: str) -> str | None:
    """五零一 is 501; None where a sign is no digit."""
    read = [_DIGITS.get(sign, "") for sign in spoken]
    return "".join(read) if spoken and all(read) else None


def amount(spoken: str) -> int | None:
    """三百五十 is 350, 三百五 too, 一万二 is 12000. None where it is no well-formed amount: 二三十, 百十, 三百四百."""
    total, rest = 0, spoken
    for sign, scale in (("亿", _SCALES["亿"]), ("万", _SCALES["万"])):
        above, found, rest = rest.rpartition(sign)
        if not found:
            continue
        several = _below_ten_thousand(above)
        if not several:
            return None
        total += several * scale
        if len(rest) == 1 and rest in _DIGITS and rest not in "零〇":
            return total + int(_DIGITS[rest]) * scale // 10
    if not rest:
        return total if spoken else None
    below = _below_ten_thousand(rest.removeprefix("零") if total else rest)
    return None if below is None else total + below


def figures(spoken: str) -> str | None:
    """As it is written: 五零一 is 501, 三百五 is 350, 三万 stays 3万. None where nobody would write figures."""
    if any(sign in "十百千万亿" for sign in spoken):
        return _written_amount(spoken)
    if spoken in _ABOUT:
        return None
    return digits("二" if spoken == "两" else spoken)


def _written_amount(spoken: str) -> str | None:
    value = amount(spoken)
    if value is None:
        return None
    if spoken[-1] in _SCALES:
        several = amount(spoken[:-1])
        return None if several is None else f"{several}{spoken[-1]}"
    return str(value) if value < _LARGEST else None


def _below_ten_thousand(spoken: str) -> int | None:
    """None where the signs do not follow each other as in a number."""
    total, digit, last = 0, "", 10_000
    for place, sign in enumerate(spoken):
        if sign in _STEPS:
            step = _STEPS[sign]
            if step >= last or (not digit and not (sign == "十" and place == 0)):
                return None
            total, digit, last = total + int(digit or 1) * step, "", step
        elif sign in "零〇":
            if digit or (place and place == len(spoken) - 1):
                return None
        elif digit:
            return None
        else:
            digit = "2" if sign == "两" else _DIGITS.get(sign, "")
            if not digit:
                return None
    if digit:
        was_said = "零" in spoken or "〇" in spoken or len(spoken) == 1
        total += int(digit) * (1 if was_said or last == 10_000 else last // 10)
    return total
