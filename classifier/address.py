"""The grammar of an address below the sub-district: road or compound, number, building, unit, floor, room."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from classifier.phrases import one_of

_N: Final = "[0-9a-z零〇一二三四五六七八九十百两幺甲乙丙丁]"
_UNIT: Final = one_of("期 区 里 号院 号楼 号 栋 座 幢 楼 单元 门 层 室 房 组 队 支路 排")
_NUMBERED: Final = re.compile(f"(?:第?{_N}{{1,5}}(?:{_UNIT}(?!线)|(?=号|单元|楼|门))(?:[的，杠-]|院)?)+(?:{_N}{{3,5}})?")
_HOUSE: Final = re.compile(one_of("楼 栋 座 幢 单元 室 号 期 组 排"))
_BARE: Final = re.compile(f"{_N}+(?:号|层|楼|门|里|区|队|房)")
"""三楼 or 五号 (a date) alone is no address; beside a road or compound it is."""
_ROAD: Final = re.compile(
    "[一-鿿]{1,6}?(?:大街|大道|胡同|[东西南北中]路|路|街(?!道)|巷|环路|[东西南北]?[二三四五六]环)"
    "(?:[东西南北中]段|[东西南北]口|路口|与[一-鿿]{1,5}路交叉口|交叉口)?"
)
_HOUSES: Final = one_of(
    "小区 家园 嘉园 佳园 花园 公寓 大厦 广场(?!舞) 家属院 宿舍 大院 新村 新城 公馆 名苑 雅苑 [一-鿿]苑 [东西南北]里 馨园 "
    "雅园 欣园 市场 医院 小学 中学 幼儿园 公园 超市 商场 大学 写字楼 国际城 工地 地铁站"
)
_COMPOUND: Final = re.compile(
    f"[一-鿿]{{2,8}}?{_HOUSES}(?:[东西南北中]区|[东西南北]门|[东西南北]院|[一二三四五六七八九十0-9]+[区期里])?"
)
_NO_NAME: Final = re.compile(
    "^.*(?:[我你他她它们在住是到于从往去和跟就有那这吗了想说反映请问的把让给被没不也都还每]|"
    + one_of(
        "附近 旁边 门口 对面 位于 家住 地址 现在 楼下 楼上 小区里 路过 整个 因为 如果 关于 投诉 举报 咨询 建议 晚上 早上 "
        "天天 半夜 跳 唱"
    )
    + ")"
)
"""What stands before a name and is none of it."""
_COMMON: Final = re.compile(
    one_of(
        "一条街 公路 道路 铁路 高速路 柏油路 水泥路 断头路 小路 大路 土路 主路 辅路 胡同 大街 小街 上街 逛街 走路 修路 "
        "网路 电路 线路 老小区 新小区 旧小区 全小区 本小区 小区 花园 广场 市场 医院 小学 中学 超市 商场 大学 公园 幼儿园 "
        "工地 地铁站 菜市场 大市场 大商场 大超市 一路 半路 顺路 绕路 迷路 过路 让路 堵路 养老公寓 社区医院 大医院 公立医院 "
        "私立医院 三甲医院 口袋公园 农贸市场 二手市场 建材市场 便民超市 民办中学 公办小学 重点中学"
    )
)


@dataclass(frozen=True, slots=True)
class Part:
    start: int
    end: int
    """In characters of the cleaned text."""
    certain: bool = True
    """Whether it stands by itself; a compound's name or a bare number counts only beside a certain part or a known place."""


def address_parts(text: str) -> list[Part]:
    """Roads, compounds and numbered parts, in the order of the text; they may touch but do not overlap."""
    parts: list[Part] = []
    for found in (_numbered(text), _named(text, _ROAD, True), _named(text, _COMPOUND, False)):
        parts.extend(part for part in found if not any(part.start < other.end and other.start < part.end for other in parts))
    return sorted(parts, key=lambda part: part.start)


def _numbered(text: str) -> Iterator[Part]:
    for match in _NUMBERED.finditer(text):
        words = match.group().rstrip("的，杠-")
        if _HOUSE.search(words):
            yield Part(match.start(), match.start() + len(words), not _BARE.fullmatch(words))


def _named(text: str, pattern: re.Pattern[str], certain: bool) -> Iterator[Part]:
    for match in pattern.finditer(text):
        name = _NO_NAME.sub("", match.group())
        if len(name) >= 3 and not _COMMON.fullmatch(name):
            yield Part(match.end() - len(name), match.end(), certain)


_GAP: Final = re.compile("[的那里边在，、是就个内靠近这]{0,3}")


def address_span(text: str, parts: list[Part], near: list[Part]) -> tuple[int, int] | None:
    """The longest stretch of the text that says the address around the places `near`; None where nothing was said."""
    links = sorted({*parts, *near}, key=lambda part: (part.start, part.end))
    groups: list[list[Part]] = []
    for link in links:
        if groups and _GAP.fullmatch(text[groups[-1][-1].end : link.start]):
            groups[-1].append(link)
        else:
            groups.append([link])
    ranked = [group for group in groups if any(part in near for part in group)]
    ranked = ranked or [group for group in groups if any(part.certain for part in group)]
    spans = [(group[0].start, max(part.end for part in group)) for group in ranked]
    return max(spans, key=lambda span: span[1] - span[0], default=None)
