"""Telephone numbers as they are spoken: in groups, with words between them, repeated, broken off and corrected."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from classifier.clean import BREAK
from classifier.numbers import DIGIT_CHARACTERS, digits
from classifier.phrases import one_of

_D: Final = f"[{DIGIT_CHARACTERS}]"
_TIMES: Final = {"一": 1, "两": 2, "俩": 2, "双": 2, "二": 2, "三": 3, "仨": 3, "四": 4, "五": 5, "六": 6}
_REPEATED: Final = f"[{''.join(_TIMES)}]个{_D}|[双仨]{_D}"
_UNIT_AFTER: Final = re.compile(one_of("号楼 号院 单元 层 楼 室 点 块 元 栋 门 天 年 月 岁 个月 个人 分钟 次"))
_CORRECTION: Final = one_of("不对 不是 错了 说错了 我说错了 应该是 更正一下 哦不 重说 重来 我重说一遍 再说一遍 再来")
_BETWEEN: Final = one_of(
    "， 是 就是 那个 然后 接着 再 对 号码 尾号 尾数 最后 后面 前面 中间 后边 前边 这个 的 哎 记 您 你 等 看 念 "
    "等会 我看看 我想想 我看一下 一连 连着 空格 杠 横杠 - [.] 完了 还有 区号 一共 呢 吧 啊 哈 好 转 加 给您念 您听着 听好了 "
    "打头 开头 结尾 结束 四位 三位 两位"
)
_NO_NUMBER: Final = re.compile("一(?:下|遍|会|共|直|连|样|定|起|般)")
_WORDS: Final = re.compile(f"(?:{_CORRECTION}|{_BETWEEN})+")
_CORRECTED: Final = re.compile(_CORRECTION)
_PLAIN: Final = re.compile(f"(?:{_REPEATED}|{_D}(?!个{_D}))+")
_GROUPED: Final = re.compile(f"(?:{_REPEATED}|{_D}?十{_D}|{_D}十|{_D}千|{_D}百|{_D}(?!个{_D}))+")
_SOUNDING: Final = {
    "0": "领另令灵凌玲",
    "1": "要腰妖夭衣依医",
    "2": "儿而尔饿耳",
    "3": "山删叁",
    "4": "是事思死似寺",
    "5": "午武舞无吴伍",
    "6": "留刘流溜",
    "7": "期其气起奇齐",
    "8": "吧巴爸把",
    "9": "久酒就旧",
}
_HOMOPHONES: Final = str.maketrans({sound: digit for digit, sounds in _SOUNDING.items() for sound in sounds})
"""What a recogniser of speech writes for a digit; read as one only where nothing else makes a number."""
_REAL_DIGITS: Final = 7
"""Digits that must have been heard as such before others are read out of homophones."""
_FEWEST: Final = 6
_MOST: Final = 24
"""Characters that tell a number at least, and groups that tell one at most."""
_TAIL: Final = 30
"""Characters behind a short number in which a longer one that holds it may go on."""
_MOBILE: Final = re.compile("(?:86)?1[3-9][0-9]{9}")
_OTHER: Final = re.compile("(?:0[1-9][0-9]{1,2})?[2-8][0-9]{7}|0[3-9][0-9]{2}[2-8][0-9]{6,7}|[48]00[0-9]{7}")


@dataclass(frozen=True, slots=True)
class Phone:
    number: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Group:
    digits: str
    start: int
    end: int
    corrects: bool
    """Whether the caller took something back just before."""


def find_phones(text: str) -> Iterator[Phone]:
    """In the order of the text, which is cleaned; short numbers of services (12345) are none."""
    text = _NO_NUMBER.sub(lambda match: BREAK * len(match.group()), text)
    at = 0
    while found := _next(text, at):
        yield found
        at = found.end


def _next(text: str, at: int) -> Phone | None:
    found = _first(text, at, _PLAIN)
    if (found and _MOBILE.fullmatch(found.number)) or len(re.findall(_D, text[at:])) < _REAL_DIGITS:
        return found
    near = text[: found.end + _TAIL] if found else text
    others = (_first(near, at, _GROUPED), _first(near.translate(_HOMOPHONES), at, _PLAIN))
    whole = (other for other in others if other and (found is None or _holds(other, found)))
    return next(whole, found)


def _holds(other: Phone, found: Phone) -> bool:
    return bool(_MOBILE.fullmatch(other.number)) and other.start <= found.start and found.end <= other.end


def _first(text: str, at: int, group: re.Pattern[str]) -> Phone | None:
    for run in _runs(text, at, group):
        if sum(match.end() - match.start() for match in run) >= _FEWEST:
            phone = _in_run(_groups(text, run))
            if phone is not None:
                return phone
    return None


def _runs(text: str, at: int, group: re.Pattern[str]) -> Iterator[list[re.Match[str]]]:
    """Groups of digits that only words between numbers part."""
    run: list[re.Match[str]] = []
    for match in group.finditer(text, at):
        if run and (len(run) == _MOST or not _WORDS.fullmatch(text, run[-1].end(), match.start())):
            yield run
            run = []
        run.append(match)
    if run:
        yield run


def _groups(text: str, run: list[re.Match[str]]) -> list[_Group]:
    groups, at = [], run[0].start()
    for match in run:
        corrects = bool(_CORRECTED.search(text, at, match.start()))
        groups.append(_Group(_read(text, match), match.start(), match.end(), corrects))
        at = match.end()
    return groups


def _read(text: str, match: re.Match[str]) -> str:
    """The digits of a group; the last is a house's or an hour's where its unit follows."""
    group = match.group()
    if _UNIT_AFTER.match(text, match.end()) and len(group) > 1 and not re.fullmatch("[0-9]+", group):
        group = group[:-1]
    group = re.sub(f"([{''.join(_TIMES)}])个({_D})|([双仨])({_D})", _unfolded, group)
    group = re.sub(f"({_D})?十({_D})?", lambda ten: (ten[1] or "一") + (ten[2] or "零"), group)
    group = re.sub(f"({_D})千", r"\1零零零", group)
    return digits(re.sub(f"({_D})百", r"\1零零", group))


def _unfolded(match: re.Match[str]) -> str:
    """三个八 is 888."""
    return (match[2] or match[4]) * _TIMES[match[1] or match[3]]


def _in_run(run: list[_Group]) -> Phone | None:
    """The whole run as one number, however it was told; else the first number that neighbouring groups make."""
    for number in (_without_echoes(run), _as_corrected(run)):
        if _is_phone(number):
            return Phone(number, run[0].start, run[-1].end)
    return _neighbours(run)


def _neighbours(run: list[_Group]) -> Phone | None:
    """What was said after a correction is looked at first."""
    last = max((index for index, group in enumerate(run) if group.corrects), default=0)
    for start in range(last, len(run)):
        for end in range(len(run), start, -1):
            number = _joined(run[start:end])
            if _is_phone(number):
                return Phone(number, run[start].start, run[end - 1].end)
    return None


def _without_echoes(run: list[_Group]) -> str:
    """一三八，一三八，零零一三，八零零零: a group that was said twice counts once, unless a number needs it twice."""
    number = _joined(run)
    if any(group.corrects for group in run):
        return ""
    if _is_phone(number):
        return number
    number = _joined([run[0], *(group for before, group in pairwise(run) if group.digits != before.digits)])
    half = number[: len(number) // 2]
    return half if number == half * 2 else number


def _as_corrected(run: list[_Group]) -> str:
    """What was said after a correction takes the place of as many digits before it as a whole number needs."""
    number = ""
    for index, group in enumerate(run):
        number = _replaced(number, group.digits, _joined(run[index:])) if group.corrects else number + group.digits
    return number


def _replaced(before: str, group: str, rest: str) -> str:
    """Before a corrected group, of which `rest` are the digits to the end, stay as many as make a whole number with them."""
    for whole in (11, 8, 12):
        kept = whole - len(rest)
        if 0 <= kept <= len(before) and _is_phone(before[:kept] + rest):
            return before[:kept] + group
    return before[: -len(group)] + group if len(before) >= len(group) else group


def _joined(groups: list[_Group]) -> str:
    return "".join(group.digits for group in groups)


def _is_phone(number: str) -> bool:
    return bool(_MOBILE.fullmatch(number) or _OTHER.fullmatch(number))
