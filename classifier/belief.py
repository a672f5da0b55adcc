"""How far a name that was found in a text is believed to be a place, from the name and the characters around it."""

import re
from dataclasses import replace
from typing import Final

from classifier.gazetteer import PlaceLevel
from classifier.phrases import one_of
from classifier.placenames import NameHit, NameKind

_WRITTEN: Final = {
    (PlaceLevel.DISTRICT, NameKind.FULL): 0.97,
    (PlaceLevel.DISTRICT, NameKind.SHORT): 0.85,
    (PlaceLevel.SUBDISTRICT, NameKind.FULL): 0.98,
    (PlaceLevel.SUBDISTRICT, NameKind.SHORT): 0.9,
    (PlaceLevel.LANDMARK, NameKind.SHORT): 0.88,
    (PlaceLevel.COMMUNITY, NameKind.FULL): 0.93,
    (PlaceLevel.COMMUNITY, NameKind.SHORT): 0.75,
    (PlaceLevel.COMMUNITY, NameKind.FAMILY): 0.6,
}
"""How often a name, written in its very characters, means one of its places."""
_ELSE: Final = 0.6
_WEAK: Final = 0.12
_TWO_CHARACTERS: Final = 0.82
"""Factor for a bare name of two characters."""
_TOLD: Final = 0.72
"""Quality of a bare name (NameKind.BARE) where the words before and after it tell a place: 我是仁和这边的."""
_HALF_TOLD: Final = 0.5
"""Where only the words on one side do."""
_DENIED: Final = 0.1
_ROAD: Final = 0.25
_CORRECTED: Final = 0.5
"""Factors for a place that is denied, that only names a road, and that the caller took back."""
_ALL_MISHEARD: Final = 0.62
"""Factor for a name of which only the sound is there, and no character."""
_ORDINARY: Final = 0.4
"""Factor for a misheard name that holds an everyday word, which is then more likely the truth: 市城镇 is no 石城镇."""
_UNTOLD: Final = 0.62
_FEW: Final = 3
"""Factor for so few syllables that only sound like a name and stand where no place is told: 关系转 is no 关西庄."""
_INSIDE: Final = 0.55
"""Factor for two characters in the middle of other words, of which they may be a part: 正常营业."""
_OFFERED: Final = 0.42
"""Quality of two syllables that sound like a name, where people tell a place."""
_SLURRED: Final = 0.82
"""Sameness below which a whole syllable differs."""

_BEFORE: Final = re.compile(one_of("在 住 到 去 从 是 我们 我家 位于 就是 地址 来自 咱们 ， ？") + "$|^$")
_AFTER: Final = re.compile(
    one_of("的 这边 那边 附近 旁边 小区 业主 居民 村民 路口 站 地铁 ， ？")
    + "|[一二三四五六七八九十0-9]+[号区里期栋]|[东西南北]门|$"
)
_LIVES_BEFORE: Final = re.compile(one_of("住 住在 家住 家在 位于 地址是 地址在 我在 我们在 我家") + "$")
_AM_BEFORE: Final = re.compile("[我们]是$")
"""我是古城的."""
_HERE_AFTER: Final = re.compile(
    "[这那](?:边|里|块|片|一[片块带]|头|儿|有|的|我|，|$|个(?:村|小区|路口|楼|市场|派出所|医院|学校|地铁|公园))"
    + "|的?(?:居民|村民|住户|业主)|我(?:们|家)(?:村|小区|家|楼|院|这|那|镇|住)|[东西南北]里|"
    + one_of("附近 旁边 对面 一带 周边 地铁 街道 派出所 居委 镇上 乡里 大集 路口 小区 家属院 社区 家园 大街")
)
"""What follows the name of an area that is told as one."""
_ROAD_AFTER: Final = re.compile("[东西南北中]?(?:路|大街|街(?!道)|大道|环|巷)|胡同|桥|河|高速|线")
"""Right after a bare name it makes the name of a road, which may run anywhere."""
_NO_PLACE_AFTER: Final = re.compile(
    "的?" + one_of("房间 卧室 屋 窗户 阳台 户型 方向 产业 土木 面 省 牌 牛奶 期货 保险 油田 汽车 代表") + "|水库|户口|省"
)
_DENIED_BEFORE: Final = re.compile(one_of("不是 不在 并非 不属于 没在 不归") + "$")
_CORRECTION: Final = re.compile(one_of("不对 说错了 我说错 更正一下 应该是 不是不是 哦不是 错了"))


_FOREIGN: Final = re.compile("[0-9a-z]")
"""No name is misheard as a figure."""
_EVERYDAY: Final = re.compile(
    one_of(
        "城镇 乡镇 新房 租房 住房 房子 学校 职工 情况 相关 肯定 怎么 什么 现在 已经 因为 所以 不能 可以 没有 我们 他们 你们 "
        "咱们 问题 政府 小区 物业 居民 业主 老人 孩子 时候 晚上 早上 电话 公司 单位 今天 昨天 一个 这个 那个 每天 不管 不让 "
        "六家 两家 五家 七家 八家 "
        "大家 知道 阳台 电子 保护 基层 重视 第十 私立 附属 师范 完全 质量 文化 眼睁 市级 鉴定 举报 发达 大学 水泥 玻璃 不是 "
        "就是 还是 只是 但是 说是 可是 是城 城里 城市 上班 上学 下班 商业 商店 工地 工作 工厂 工程 路口 马路 公交 地铁 医生 "
        "病人 家里 房间"
    )
)


def believe(text: str, hits: list[NameHit]) -> list[NameHit]:
    """The hits with their quality set. What the caller took back goes; only a district said before counts a little still."""
    believed = [replace(hit, quality=_quality(text, hit)) for hit in hits]
    corrections = [match.end() for match in _CORRECTION.finditer(text)]
    taken_back = max((at for at in corrections if any(hit.start >= at and hit.quality >= 0.6 for hit in believed)), default=0)
    kept = [hit for hit in believed if hit.start >= taken_back or hit.level is PlaceLevel.DISTRICT]
    return [replace(hit, quality=hit.quality * _CORRECTED) if hit.start < taken_back else hit for hit in kept]


def _quality(text: str, hit: NameHit) -> float:
    """Probability that the hit is a place."""
    level = hit.level
    if hit.sameness < 1 and _FOREIGN.search(text, hit.start, hit.end):
        return 0.0
    if hit.beside:
        return _in_context(text, hit, hit.beside * (_ORDINARY if _holds_ordinary_words(text, hit) else 1))
    if hit.sameness < 1 and len(hit.name) == 2:
        return _two_syllables(text, hit)
    if hit.kind is NameKind.BARE:
        return _bare(text, hit)
    weak = hit.kind is NameKind.WEAK or (level is PlaceLevel.COMMUNITY and hit.name.isdecimal())
    quality = _WEAK if weak else _WRITTEN.get((level, hit.kind), _ELSE)
    if hit.kind is not NameKind.FULL and level is not PlaceLevel.DISTRICT and hit.end - hit.start == 2:
        quality *= _TWO_CHARACTERS
    if hit.sameness < 1:
        quality *= _heard(hit, level) * (1 if _shares_a_character(text, hit) else _ALL_MISHEARD)
        quality *= _ORDINARY if _holds_ordinary_words(text, hit) else 1
        quality *= _UNTOLD if hit.end - hit.start <= _FEW and not _is_told(text, hit) else 1
    return _in_context(text, hit, quality)


def _is_told(text: str, hit: NameHit) -> bool:
    """Whether its own ending, or the words before or after it, say that a place is told."""
    before, after = text[max(0, hit.start - 4) : hit.start], text[hit.end : hit.end + 6]
    return hit.kind is NameKind.FULL or bool(_BEFORE.search(before) or _AFTER.match(after))


def _two_syllables(text: str, hit: NameHit) -> float:
    """Two syllables that sound like a name may be anything; where a place is told they are offered, and never believed."""
    before, after = text[max(0, hit.start - 4) : hit.start], text[hit.end : hit.end + 6]
    told = _BEFORE.search(before) and _AFTER.match(after) and not _DENIED_BEFORE.search(before)
    return _OFFERED * hit.sameness if told and not _holds_ordinary_words(text, hit) else 0.0


def _bare(text: str, hit: NameHit) -> float:
    """A name that is a word too: believed where the words around it tell a place. A landmark's (人民医院, which every city
    has) is meant more often than not where a sentence begins with it."""
    before, after = text[max(0, hit.start - 4) : hit.start], text[hit.end : hit.end + 6]
    if _DENIED_BEFORE.search(before) or _NO_PLACE_AFTER.match(after):
        return _WEAK * _DENIED
    begins, here, lives = _BEFORE.search(before), _HERE_AFTER.match(after), _LIVES_BEFORE.search(before)
    if here and begins:
        return _TOLD
    of_there = _AM_BEFORE.search(before) and after.startswith("的")
    half = here or lives or of_there or (begins and hit.level is PlaceLevel.LANDMARK)
    return _HALF_TOLD if half else _WEAK


def _in_context(text: str, hit: NameHit, quality: float) -> float:
    before, after = text[max(0, hit.start - 4) : hit.start], text[hit.end : hit.end + 6]
    if _DENIED_BEFORE.search(before):
        return _DENIED * quality
    bare = hit.kind is not NameKind.FULL and hit.level is not PlaceLevel.LANDMARK
    names_road = _ROAD_AFTER.match(after) and not hit.name.endswith(("路", "街"))
    if bare and (_NO_PLACE_AFTER.match(after) or names_road):
        far = hit.level is PlaceLevel.DISTRICT or hit.end - hit.start == 2
        return quality * (_ROAD if far else 0.6)
    begins, ends = bool(_BEFORE.search(before)), bool(_AFTER.match(after))
    if hit.kind is NameKind.SHORT and hit.end - hit.start == 2 and not begins and not ends:
        return quality * _INSIDE
    if quality > 0.3:
        quality += 0.3 * (1 - quality) if begins else 0
        quality += 0.15 * (1 - quality) if ends else 0
    return quality


def _shares_a_character(text: str, hit: NameHit) -> bool:
    return any(character in hit.name for character in text[hit.start : hit.end])


def _holds_ordinary_words(text: str, hit: NameHit) -> bool:
    found = _EVERYDAY.search(text, hit.start, hit.end)
    return found is not None and (len(hit.name) == 3 or found.group() not in hit.name)


def _heard(hit: NameHit, level: PlaceLevel) -> float:
    """Factor for a name that only sounds like the one of the gazetteer: the shorter the name, the likelier by chance."""
    length = min(len(hit.name), hit.end - hit.start)
    slurred = hit.sameness < _SLURRED
    if level is PlaceLevel.COMMUNITY:
        certain = {3: 0.25, 4: 0.6 if hit.kind is NameKind.SHORT else 0.75}.get(length, 0.85)
        return certain * ({4: 0.25, 5: 0.35}.get(length, 0.5) if slurred else 1.0)
    certain = {2: 0.2, 3: 0.55 if hit.kind is NameKind.FULL else 0.85}.get(length, 0.95)
    if slurred:
        certain *= {3: 0.22, 4: 0.5}.get(length, 0.85)
    return float(certain * hit.sameness**0.5)
