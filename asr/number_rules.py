"""Which spoken numbers are written in figures, and how: one rule for each kind, the first one that matches a place has it.

A rule answers None where its stretch is better left as it was said. Small counts stay words (三个人, 两棵树), because many of
them are no counts (十分, 万一, 一点, 三轮车); what an operator copies into a field or dials becomes figures.
"""

import re
from collections.abc import Callable
from typing import Final

from asr.numerals import DIGIT_SIGNS, NUMERAL_SIGNS, amount, digits, figures

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]]

_D: Final = f"[{DIGIT_SIGNS}]"
_N: Final = f"[{NUMERAL_SIGNS}]"
_BESIDE: Final = rf"[{NUMERAL_SIGNS}\d几数第]"
_FREE: Final = f"(?<!{_BESIDE})"
_ENDS: Final = rf"(?![{NUMERAL_SIGNS}\d几点])"
_PROVINCES: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤川青藏琼宁"
_DAYTIME: Final = "(?:上午|下午|早上|早晨|清晨|中午|傍晚|晚上|夜里|半夜|凌晨|今晚|昨晚|每晚|当晚)"
_EXACT_UNITS: Final = (
    "块钱|元|平方米|平方公里|平米|平方|公里|千米|厘米|毫米|米|分贝|公斤|千克|千瓦|吨|升|伏|兆|分钟|秒|岁|摄氏度|度|倍"
)
_COUNTING_UNITS: Final = f"{_EXACT_UNITS}|块|斤|亩|个|天|年|人|户|家|次|辆|位|名|棵|间|套|台|件|条|小时|周"
_STRONG: Final = "号楼|号院|号门|号线|号|单元|室"
_ORDINAL: Final = "楼|层|栋|幢|座|门|期|户|组|排"
_ALONE_TOO: Final = ("楼", "层", "期", "栋", "幢")
"""Of these one or more may stand alone (三楼); the others only in a row (二单元三门)."""
_MONTH: Final = "(?P<month>十[一二]?|[一二三四五六七八九])(?P<month_unit>月份?)"
_DAY: Final = "(?:(?P<day>(?:[二三]?十)?[一二三四五六七八九]|[二三]?十)(?P<day_unit>[日号]))?"
_PAST: Final = (
    rf"(?P<past>半|钟|整|[一三]刻|过?{_N}{{1,3}}分(?!之)|零{_D}(?![{NUMERAL_SIGNS}\d])|{_N}?十{_D}?(?![{NUMERAL_SIGNS}\d]))?"
)
_UNTIL: Final = "(?P<until>(?=左右|多|以后|以前|之前|之后|到|至))?"
_CODE_BEFORE: Final = "(?:电话|号码|热线|工号|编号|尾号|密码|验证码|邮编|门牌|房号|分机|运通|拨打|拨|打|转)(?:是|为|了|：)?"


def _phone(found: re.Match[str]) -> str | None:
    spoken = re.sub(r"([两二三四])个(.)", lambda many: many[2] * {"两": 2, "二": 2, "三": 3, "四": 4}[many[1]], found.group())
    return digits(spoken) if len(spoken) >= 7 else None


def _percent(found: re.Match[str]) -> str | None:
    whole = "100" if found["whole"] == "百" else figures(found["whole"])
    behind = _behind_point(found["behind"])
    return None if whole is None or behind is None else f"{whole}{behind}%"


def _plate(found: re.Match[str]) -> str | None:
    signs = re.sub(rf"\s|({_D})", lambda sign: digits(sign[1]) or "" if sign[1] else "", found["signs"]).upper()
    if not 5 <= len(signs) <= 6 or sum(sign.isdigit() for sign in signs) < 3:
        return None
    return f"{found['province']}{found['city'].upper()}{signs}"


def _date(found: re.Match[str]) -> str | None:
    parts = []
    if found["year"]:
        year = digits(found["year"])
        if year is None or (len(year) == 2 and figures(found["year"]) is None):
            return None
        parts.append(f"{year}年")
    for name, most in (("month", 12), ("day", 31)):
        if found[name]:
            value = amount(found[name])
            if value is None or not 1 <= value <= most:
                return None
            parts.append(f"{value}{found[name + '_unit']}")
    return "".join(parts)


def _time(found: re.Match[str]) -> str | None:
    hour = amount(found["hour"])
    if hour is None or hour > 24:
        return None
    past = found["past"] or ""
    is_time = bool(found["daytime"] or past) or found["until"] is not None
    if hour <= 2 and not is_time:
        return None
    minutes = past if past[-1:] in ("", *"半钟整刻") else _minutes(past)
    return None if minutes is None else f"{found['daytime'] or ''}{hour}点{minutes}"


def _minutes(past: str) -> str | None:
    value = amount(past.strip("过分").removeprefix("零"))
    if value is None or value > 59:
        return None
    return f"{'过' if past[0] == '过' else ''}{value:02d}{'分' if past[-1] == '分' else ''}"


def _decimal(found: re.Match[str]) -> str | None:
    whole, behind = figures(found["whole"]), digits(found["behind"])
    return None if whole is None or behind is None else f"{whole}.{behind}{found['scale']}"


_ITEM: Final = re.compile(rf"(?P<number>{_N}+|\d+)(?P<unit>{_STRONG}|{_ORDINAL})")


def _address(found: re.Match[str]) -> str | None:
    items = list(_ITEM.finditer(found.group()))
    written = []
    for item in items:
        number = item["number"] if item["number"].isdigit() and item["number"].isascii() else figures(item["number"])
        if number is None or "两" in item["number"] or not number.isdigit():
            return None
        written.append(number + item["unit"])
    only = items[0]
    if len(items) == 1 and not found["room"] and only["unit"] not in _STRONG.split("|"):
        is_big = len(only["number"]) > 1 or only["unit"] == "楼" or only["number"] not in "一零〇幺"
        if not (only["unit"] in _ALONE_TOO and is_big):
            return None
    room = digits(found["room"]) if found["room"] else ""
    return None if room is None else "".join(written) + room


def _route(found: re.Match[str]) -> str | None:
    number = figures(found["number"])
    if number is None or not number.isdigit():
        return None
    return f"{number}路" if len(number) >= 2 or found["riding"] is not None or found["bus"] is not None else None


def _measure(found: re.Match[str]) -> str | None:
    spoken, unit = found["number"], found["unit"]
    if spoken == "一" and unit in ("度", "倍"):
        return None
    if len(spoken) == 1 and spoken != "十" and unit not in _EXACT_UNITS.split("|"):
        return None
    if not any(sign in "十百千万亿" for sign in spoken) and len(spoken) > 1 and (unit in "年个" or figures(spoken) is None):
        return None
    number = figures(spoken)
    return None if number is None else f"{number}{found['more']}{unit}"


def _code(found: re.Match[str]) -> str | None:
    said = found.group()
    return digits(said) if len(said) >= 5 or any(sign in "零〇幺" for sign in said) else None


def _named_code(found: re.Match[str]) -> str | None:
    return found["name"] + (digits(found["code"]) or "")


def _behind_point(spoken: str | None) -> str | None:
    """Empty where nothing was said behind it; None where it is no row of digits."""
    if not spoken:
        return ""
    read = digits(spoken)
    return None if read is None else f".{read}"


def _rule(pattern: str, write: Callable[[re.Match[str]], str | None]) -> Rule:
    return re.compile(pattern), write


RULES: Final[tuple[Rule, ...]] = (
    _rule(rf"(?<![{NUMERAL_SIGNS}\d点])(?:[两二三四]个{_D}|{_D}){{4,}}(?![{NUMERAL_SIGNS}\d点])", _phone),
    _rule(rf"百分之(?P<whole>{_N}+)(?:点(?P<behind>{_D}+))?{_ENDS}", _percent),
    _rule(
        rf"(?P<province>[{_PROVINCES}])\s?(?P<city>[A-Za-z])(?P<signs>(?:\s?(?:[A-Za-z\d]|{_D})){{5,6}})(?!{_D}|[A-Za-z\d])",
        _plate,
    ),
    _rule(rf"{_FREE}(?P<year>{_D}{{4}}|{_D}{{2}})年(?!级)(?:{_MONTH}{_DAY})?", _date),
    _rule(rf"(?P<year>){_FREE}{_MONTH}(?!怀胎|花){_DAY}", _date),
    _rule(
        rf"(?P<daytime>{_DAYTIME})?{_FREE}(?P<hour>{_N}{{1,3}})点{_PAST}{_UNTIL}"
        rf"(?![{NUMERAL_SIGNS}\d点]|意见|建议|要求|问题|诉求|情况|原因|希望|疑问|想法|一线|也不)",
        _time,
    ),
    _rule(rf"{_FREE}(?P<whole>{_N}+)点(?P<behind>{_D}+)(?P<scale>[万亿]?)(?={_COUNTING_UNITS})", _decimal),
    _rule(
        rf"{_FREE}(?:(?:{_N}+|\d+)(?:{_STRONG}|{_ORDINAL}))+(?P<room>{_D}{{3,4}}(?![{NUMERAL_SIGNS}\d]|{_COUNTING_UNITS}))?",
        _address,
    ),
    _rule(
        rf"(?P<riding>(?<=[坐乘等倒换]))?{_FREE}(?P<number>{_N}+)路(?![口边段灯面程人居通])(?P<bus>(?=公交|公共|车|汽车|站))?",
        _route,
    ),
    _rule(rf"{_FREE}(?P<number>{_N}+)(?P<more>[多余]?)(?P<unit>{_COUNTING_UNITS})(?!儿)", _measure),
    _rule(rf"(?P<name>{_CODE_BEFORE})(?P<code>{_D}{{3,6}}){_ENDS}", _named_code),
    _rule(rf"{_FREE}{_D}{{3,6}}{_ENDS}(?![月年来多])", _code),
)
"""Each looks at the text as it was heard, so none sees what another one wrote."""
