"""What the caller wants (complaint, question, praise ...) and how soon somebody must move."""

import re
from typing import Final

from classifier.danger import danger_spans
from classifier.proposal import Kind, Urgency
from classifier.taxonomy import Leaf

_SAID: Final = (
    (
        Kind.PRAISE,
        re.compile(
            "(?:想|要|来)?(?:表扬|点个?赞|送(?:个|面)?锦旗|提出表扬)|(?:特别|非常|想|要|得|好好)感谢|替我(?:谢谢|感谢)|太感动"
        ),
    ),
    (Kind.COMPLAINT, re.compile("(?:我|要|想|再|来)投诉(?!了|过|没)|投诉(?:一下|他们|你们)")),
    (Kind.REPORT, re.compile("(?:我|要|想|来)举报(?!了|过|没)|举报(?:一下|有人)")),
    (
        Kind.SUGGESTION,
        re.compile(
            "(?:我|想|提)(?:个|一个|点)?(?:建议|意见)|^建议|，建议|能不能(?:给)?(?:加|增|建|装|设|修|改|延长|调整|多)|希望(?:能)?(?:增加|加装|开通|建|设)"
        ),
    ),
    (
        Kind.CONSULTATION,
        re.compile(
            "咨询|请问|想问|问一下|打听|了解一下|查一下|怎么(?:办理|办|申请|交|查|开|弄|领|算|补|转|报)(?!啊?他们)|需要?(?:什么|哪些)(?:材料|手续|条件)|"
            "什么时候(?:能|可以|开|停|发|到)|多少钱(?:一|能|啊|呢|？|$)|在哪儿?(?:办|领|补|交|报)|能不能(?:报|办|领|用|提前|查)|是不是(?:可以|要|得)|吗？|吗$"
        ),
    ),
)
"""What callers say of their own wish, the plainest first."""
_OWN_WISH: Final = frozenset({Kind.PRAISE, Kind.COMPLAINT, Kind.REPORT, Kind.SUGGESTION})
_HURRY: Final = re.compile("急用|着急|十万火急|呼吸机|透析|产妇|危重|病人等着|受不了了|马上要")


def wished(text: str, leaf: Leaf | None) -> Kind:
    """The caller's own word for it, else what the matter usually is."""
    for kind, pattern in _SAID:
        if pattern.search(text) and (
            kind in _OWN_WISH or leaf is None or leaf.kind in (Kind.CONSULTATION, Kind.OTHER) or _only_asks(text)
        ):
            return kind
    return leaf.kind if leaf else Kind.OTHER


_TROUBLE: Final = re.compile("没人管|坏了|不热|停了|漏|吵|臭|堵|拖欠|不给|不让|不退|太|投诉|举报|怎么回事|解决")


def _only_asks(text: str) -> bool:
    """A question without a grievance."""
    return not _TROUBLE.search(text)


def urgency(text: str, leaf: Leaf | None, probability: float) -> Urgency:
    if danger_spans(text) or (
        leaf and leaf.urgency is Urgency.EMERGENCY and probability >= 0.8 and not re.search("没有|不是|怎么|如果", text)
    ):
        return Urgency.EMERGENCY
    if (leaf and leaf.urgency is not Urgency.NORMAL and probability >= 0.3) or _HURRY.search(text):
        return Urgency.URGENT
    return Urgency.NORMAL
