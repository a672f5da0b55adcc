"""Persons, numbers, times, amounts, organisations, plates and rooms that were named."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from classifier.clean import Clean
from classifier.numbers import DIGIT_CHARACTERS, amount, digits
from classifier.phones import find_phones
from classifier.phrases import one_of
from classifier.proposal import Entity, EntityType

_D: Final = f"[{DIGIT_CHARACTERS}]"
_PAUSE: Final = "[，.-]?"
_N: Final = "[0-9零〇一二两三四五六七八九十百]"


@dataclass(frozen=True, slots=True)
class Named:
    type: EntityType
    value: str
    start: int
    end: int
    """In characters of the cleaned text."""


def find_entities(text: str) -> list[Named]:
    """In the order of the text; an earlier rule keeps its characters, so that an identity number is no telephone number."""
    found: list[Named] = []
    for rule in _RULES:
        for named in rule(text):
            if not any(named.start < other.end and other.start < named.end for other in found):
                found.append(named)
    return sorted(found, key=lambda named: named.start)


def to_entities(cleaned: Clean, given: str, found: Sequence[Named]) -> tuple[Entity, ...]:
    entities = []
    for named in found:
        start, end = cleaned.span(named.start, named.end)
        entities.append(Entity(named.type, named.value, given[start:end], start, end))
    return tuple(entities)


_ID: Final = re.compile(f"{_D}(?:{_PAUSE}{_D}){{16}}{_PAUSE}(?:{_D}|x|叉)(?!{_D})")


def _id_numbers(text: str) -> Iterator[Named]:
    for match in _ID.finditer(text):
        number = digits(match.group())
        number += "" if len(number) == 18 else "X"
        if 1 <= int(number[10:12]) <= 12 and number[6:8] in ("19", "20"):
            yield Named(EntityType.ID_NUMBER, f"{number[:6]}{'*' * 8}{number[14:]}", match.start(), match.end())


def _phones(text: str) -> Iterator[Named]:
    yield from (Named(EntityType.PHONE, phone.number, phone.start, phone.end) for phone in find_phones(text))


_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江"
    "尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍"
    "涂成苗谷盛曲翁冉骆蓝路游辛靳欧管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和"
)
_NO_NAME: Final = "的了吗呢吧是在就叫说有没这那我你他家想要来去给把被和跟也都还"
_GIVEN: Final = f"[{_SURNAMES}][^{_NO_NAME}，？0-9a-z]{{1,2}}"
_PERSONS: Final = (
    re.compile(f"(?:我叫|名字叫|名叫|姓名是|本人叫|名字是|他叫|她叫|叫做)(?P<name>{_GIVEN})(?=[，？是我的住家电今年]|$|这|们)"),
    re.compile(f"(?:我姓|免贵姓|姓)(?P<name>[{_SURNAMES}])(?!名|什么)(?:[，]?(?:叫|名)(?P<given>[^{_NO_NAME}，？]{{1,2}}))?"),
    re.compile(f"我是(?P<name>[{_SURNAMES}][^{_NO_NAME}，？0-9a-z]{{1,2}})(?=[，？]|$)"),
    re.compile(
        f"(?P<name>(?:[{_SURNAMES}]|小[{_SURNAMES}]|老[{_SURNAMES}])(?:[^{_NO_NAME}，？]{{0,2}})(?:先生|女士|大爷|大妈|阿姨|师傅|同志|经理|主任|医生|大夫|老师|书记))"
    ),
)


def _persons(text: str) -> Iterator[Named]:
    for pattern in _PERSONS:
        for match in pattern.finditer(text):
            given = match.groupdict().get("given")
            end = match.end("given") if given else match.end("name")
            yield Named(EntityType.PERSON, match["name"] + (given or ""), match.start("name"), end)


_CLOCK: Final = f"{_N}{{1,3}}点(?:半|钟|{_N}{{1,3}}分?|一刻)?(?:多|左右)?"
_DAYTIME: Final = one_of(
    "今天 昨天 前天 明天 今儿 昨儿 早上 早晨 上午 中午 下午 傍晚 晚上 夜里 半夜 凌晨 夜间 昨晚 今早 清晨 后半夜 周末 每天 天天"
)
_TIME: Final = re.compile(
    f"(?:{_N}{{2,4}}年)?{_N}{{1,3}}月{_N}{{1,3}}[号日]?(?:{_DAYTIME})*(?:{_CLOCK})?"
    f"|(?:{_DAYTIME}){{1,2}}的?{_CLOCK}(?:到{_DAYTIME}*{_CLOCK})?|{_CLOCK}到{_DAYTIME}*{_CLOCK}|{_CLOCK}(?!儿)"
    f"|(?:{_DAYTIME}){{1,3}}"
    f"|(?:上|这|本|下)(?:个)?(?:月|周|礼拜|星期)(?:[一二三四五六日天])?|(?:周|礼拜|星期)[一二三四五六日天]|(?:去年|前年)(?:{_N}{{1,3}}月)?|(?:今年|明年){_N}{{1,3}}月"
    f"|(?:大概|已经|都)?(?:好几|{_N}{{1,3}})个?(?:多)?(?:天|小时|钟头|礼拜|星期|月|年)(?:多|半)?(?:了|前|以前|之前)?"
)


def _times(text: str) -> Iterator[Named]:
    for match in _TIME.finditer(text):
        yield Named(EntityType.TIME, re.sub("^(?:已经|都|大概)|了$", "", match.group()), match.start(), match.end())


_MONEY: Final = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]+)?[百千万亿]?|[零一二两三四五六七八九十百千万亿]+)(?:多|来)?(?P<unit>万|千|百)?(?:块钱|元钱|块(?!(?:地|儿|头|砖|区|瓦|玻璃|石|木|板|空))|元|人民币|美元)"
)


def _money(text: str) -> Iterator[Named]:
    for match in _MONEY.finditer(text):
        value = amount(match["number"])
        if value is not None:
            factor = {"万": 10_000, "千": 1000, "百": 100, None: 1}[match["unit"]]
            yield Named(
                EntityType.MONEY,
                f"{value * factor:g}" if value * factor < 1e6 else f"{value * factor:.0f}",
                match.start(),
                match.end(),
            )


_PLATE: Final = re.compile(
    f"(?P<area>[京津冀沪渝豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤川青藏琼宁])(?P<letter>[a-z])[，.·]?(?P<rest>(?:[a-z]|{_D}){{5,6}})(?![0-9a-z])"
)


def _plates(text: str) -> Iterator[Named]:
    for match in _PLATE.finditer(text):
        rest = "".join(character if character.isascii() else digits(character) for character in match["rest"])
        yield Named(EntityType.PLATE, (match["area"] + match["letter"] + rest).upper(), match.start(), match.end())


_ROOM: Final = re.compile(
    f"(?:{_N}{{1,4}}(?:号楼|栋|座|幢|号院)(?:的|，)?)?(?:{_N}{{1,3}}(?:单元|门)(?:的|，)?(?:{_N}{{1,2}}层)?(?:{_N}{{3,4}}(?:室|号|房)?|{_N}{{1,4}}(?:室|号房|房间))?)"
    f"|{_N}{{1,4}}(?:号楼|栋|座|幢)(?:的|，)?(?:{_N}{{3,4}}(?:室|号|房)?|{_N}{{1,3}}层)?|{_N}{{3,4}}(?:室|房间)"
)


def _rooms(text: str) -> Iterator[Named]:
    for match in _ROOM.finditer(text):
        yield Named(EntityType.ROOM, match.group().replace("，", "").replace("的", ""), match.start(), match.end())


_KIND_OF_ORGANISATION: Final = (
    "(?:物业公司|物业|供暖公司|热力公司|燃气公司|自来水公司|供电公司|装修公司|开发公司|建筑公司|有限公司|分公司|公司|集团|医院|小学|中学|大学|幼儿园|银行|派出所|"
    "街道办|居委会|村委会|养老院|健身房|超市|饭店|酒店|餐厅|商场|药店|培训学校|培训中心|旅行社|开发商|4s店|工厂|厂子)"
)
_ORGANISATION: Final = re.compile(f"(?:叫|是|在|找|给|跟|到|去|由|，|^)(?P<name>[一-鿿]{{2,6}}?{_KIND_OF_ORGANISATION})")
_NOT_NAMED: Final = re.compile(
    "[我你他她它的了这那哪个家们是有没就在给跟找去到说让被把都也]|什么|楼下|楼上|小区|附近|门口|对面|旁边|整个|所有|当地|现在|联系|反映|投诉|举报"
)


def _organisations(text: str) -> Iterator[Named]:
    for match in _ORGANISATION.finditer(text):
        if not _NOT_NAMED.search(match["name"]):
            yield Named(EntityType.ORGANISATION, match["name"], match.start("name"), match.end("name"))


_RULES: Final[tuple[Callable[[str], Iterator[Named]], ...]] = (
    _id_numbers,
    _plates,
    _phones,
    _money,
    _rooms,
    _persons,
    _times,
    _organisations,
)
