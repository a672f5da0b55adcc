"""What the caller wants (complaint, question, praise ...) and how soon somebody must move."""

import re
from typing import Final

from classifier.phrases import one_of
from classifier.proposal import Kind, Urgency
from classifier.taxonomy import Leaf

_SELF: Final = "(?:我们?|本人)?(?:就是|是)?(?:想|要|得|再|来)?"
_SAID: Final = (
    (
        Kind.PRAISE,
        re.compile(
            f"{_SELF}(?:表扬(?:一下)?|点个?赞|送(?:个|面)?锦旗)|(?:特别|非常|想|要|得|好好)感谢|替我(?:谢谢|感谢)|太感动了?"
        ),
    ),
    (Kind.COMPLAINT, re.compile(f"(?:{_SELF}投诉(?!了|过|没|热线|电话)(?:一下)?)")),
    (Kind.REPORT, re.compile(f"(?:{_SELF}举报(?!了|过|没|好几|十几|电话)(?:一下)?)")),
    (Kind.SUGGESTION, re.compile(f"{_SELF}(?:给.{{0,4}})?提个?点?一?个?(?:建议|意见)|(?:我|^|，)建议")),
)
"""The callers' own words for it."""
_HOPES: Final = re.compile(
    one_of("能不能 能不能给 可不可以 希望 希望能 最好")
    + one_of("加 增 建 装 设 修个 修条 改 延长 调整 多 画 开通 开一 开趟 办个 放 安")
)
_ASKS: Final = re.compile(
    one_of("咨询 请问 想问 问一下 打听 了解一下 查一下 帮我查")
    + "|怎么"
    + one_of("办理 办 申请 交 查 开 弄 领 算 补 转 报 缴 提 续 激活 预约")
    + "|需要?(?:什么|哪些)(?:材料|手续|条件|证件)|什么(?:材料|手续|条件)|多少钱(?=一|能|[，？]|$)"
    + "|(?:在|去|到)(?:哪|什么地方).{0,4}(?:办|领|补|交|报|开)"
    + "|什么时候(?:能|可以|开|停|发|到|通|轮|来)|能不能(?:报|办|领|用|提前|查)|是不是(?:可以|要|得)|吗？|吗$"
)
_TROUBLE: Final = re.compile(one_of("没人管 坏了 不热 停了 漏 吵 臭 堵 拖欠 不给 不让 不退 太 怎么回事 没人 不管 不办"))
_HURRY: Final = re.compile(one_of("急用 十万火急 呼吸机 透析 危重 病人等着 等着救命"))
_DOUBTED: Final = re.compile(one_of("没有 不是 怎么办理 如果 万一"))
SURE: Final = 0.8
"""Score from which an emergency's leaf alone makes the call one."""
LIKELY: Final = 0.3
"""Score from which an urgent leaf makes the call urgent."""


def said_wish(text: str) -> tuple[Kind, tuple[int, int]] | None:
    """The wish that the caller names, and where."""
    for kind, pattern in _SAID:
        found = pattern.search(text)
        if found:
            return kind, found.span()
    return None


def wished(text: str, leaf: Leaf | None) -> Kind:
    """The caller's own word for it, else what the words ask for, else what the matter usually is."""
    said = said_wish(text)
    if said:
        return said[0]
    troubled = _TROUBLE.search(text)
    if _ASKS.search(text) and (not troubled or leaf is None or leaf.kind is Kind.CONSULTATION):
        return Kind.CONSULTATION
    if _HOPES.search(text) and (leaf is None or leaf.kind is not Kind.CONSULTATION) and not troubled:
        return Kind.SUGGESTION
    return leaf.kind if leaf else Kind.OTHER


def urgency(text: str, leaf: Leaf | None, score: float, *, danger: bool) -> Urgency:
    certain = leaf is not None and leaf.urgency is Urgency.EMERGENCY and score >= SURE and not _DOUBTED.search(text)
    if certain or danger:
        return Urgency.EMERGENCY
    if (leaf and leaf.urgency is not Urgency.NORMAL and score >= LIKELY) or _HURRY.search(text):
        return Urgency.URGENT
    return Urgency.NORMAL
