"""What short answers mean: yes, no, say it again, hello, or a mere "嗯".

All rules work on the text without spaces and punctuation, because recognisers put them anywhere. Their loops are possessive: no
text, however odd, makes one of them slow.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ivr.phrases import one_of

SHORT: Final = 14
"""Characters; a longer utterance that holds "没听清" or the like tells a matter."""

_MARKS: Final = re.compile(r"[\s，。！？、；：,.!?;:“”\"'…~—-]+")
_FILLER: Final = one_of(
    "嗯 呃 额 啊 哦 噢 喔 哎 唉 诶 欸 呀 吧 呢 嘛 哈 那个 这个 那 就是说 师傅 姑娘 同志 您好 你好 对不起 不好意思 谢谢 "
    "我跟你说 我跟您说"
)
_LEADING: Final = re.compile(f"^{_FILLER}+")
_TAIL: Final = "[了的吧啊呀呢嘛]*+"

_YES: Final = one_of(
    "没错 没有错 没问题 没有问题 不错 是这样 是这么回事 是这个 就是这个 就是这个事 就是这事 就这个事 就这事 是这事 是这个事 "
    "是的 是啊 是呀 是嘞 是呢 就是 是 对 对头 对的 对着呢 都对 全对 正确 准确 可以 行 好的 好 中 没毛病 说得对 说的对 "
    "完全正确 确认 是这个情况 是这情况 差不多 基本对 基本上对 说对了 可不是 可不 是咧 应该是 好像是 不用改 没有别的 没别的 "
    "没了 你说对了 您说对了 就是这么回事 没说错 没有说错 没听错 没搞错"
)
_FIRM: Final = one_of("没错 没有错 是的 对的 对对 对 正确")
_ALL_YES: Final = re.compile(f"^{_FILLER}*+(?:(?>{_YES}){_FILLER}*+了?)++$")
_YES_FIRST: Final = re.compile(f"^{_FILLER}*+{_FIRM}(?![不于面门着方过讲准付待比账外岸口])")
_DOUBT: Final = re.compile(one_of("但 不过 可是 只是 就是不 不是 不对 错 还有 另外 应该 而是 改 还差"))
_BACKCHANNEL: Final = re.compile("^[嗯啊哦噢哎呃诶唉]+$")

_NO: Final = one_of(
    "不太对 不大对 不完全对 不全对 不对 不是这样 不是这个 不是这个事 不是这事 不是的 不是 不正确 不准确 不准 没说对 没听对 "
    "说错 听错 搞错 弄错 记错 错误 错 不行 否 不可以 没有"
)
_SUBJECT: Final = one_of("都 全 完全 你 您 这 这个 那 地方 地点 地址 位置 事情")
_NO_FIRST: Final = re.compile(f"^{_FILLER}*+(?:{_SUBJECT}?({_NO}){_TAIL}{_FILLER}*+)++")
_NO_INSIDE: Final = re.compile("[我你您]?" + one_of("不对 说错 听错 搞错 弄错 记错 错了") + _TAIL)
_NO_ALONE: Final = re.compile(f"^{_FILLER}*+(?:不+|不是[这那]个.{{0,4}})$")
_INSTEAD: Final = re.compile("^(?:不是|不对)[^是]{1,6}是")
"""不是暖气，是漏水: what follows the second 是 is meant."""
_NOT_WRONG: Final = re.compile("没有?错|不错|对不对")
_WHERE: Final = one_of("地点 地址 地方 位置")
_CORRECTS: Final = re.compile(
    f"^(?:我[说讲住]?的?是在?|我反映的?是|(?:它|这|那|{_WHERE})?{one_of('应该 其实 而')}是在?|{_WHERE}是|是在?)"
)
_EMPTY: Final = re.compile(f"(?:{_FILLER}|{one_of('的 了 都 不 我 你 您 是')})++")

_HEAR: Final = one_of("听清 听见 听到 听懂 听明白 听着 听清楚 清 见 到 懂 明白 清楚 太清")
_AGAIN: Final = re.compile(
    f"再[说讲念放听读来报]一?[遍次下回]|再重复|再说说|重新?[说复讲念]一?[遍次下]?|(?:没有?|听不){_HEAR}|[你您]?(?:刚才)?说的?[什啥]|"
    "什么意思|慢一?点儿?[说讲]|[说讲]慢一?点|大一?点儿?声|声音大一?点"
)
_AGAIN_ALONE: Final = re.compile("^[啊嗯喂哎诶]*(?:什么|啥|怎么|哪个)[啊呀]?(?:来着)?$")
_HEARING: Final = one_of("有人吗 有人没 在吗 在不在 能听见吗 听得见吗 听得到吗 能听到吗 能听见我说话吗")
_HELLO: Final = re.compile(
    f"^(?:喂|哈喽|请问|麻烦|问一?下|我想|我要|打扰了?|{_FILLER}|是?(?:12345|一二三四五|幺二三四五)吗?|{_HEARING})++$"
)
_CALLS: Final = re.compile("喂|[您你]好|哈喽|吗|在不在|有人|五|5")
_THOUGHT: Final = one_of("我想想 我看看 让我想想 等一下 等会儿 等会 等等 稍等 怎么说呢 我想 怎么说")
_THINKING: Final = re.compile(f"(?:{_FILLER}|{_THOUGHT})++")


class Answer(StrEnum):
    YES = "yes"
    BACKCHANNEL = "backchannel"
    """嗯 alone: yes where the whole read-back was heard, else only a sign of listening."""
    NO = "no"
    AGAIN = "again"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reply:
    answer: Answer
    words: str = ""
    """What was said beside no, or instead of an answer: the correction, without "应该是" before it."""


def bare(text: str) -> str:
    """The text without spaces and punctuation."""
    return _MARKS.sub("", text)


def read_reply(text: str) -> Reply:
    """What the caller answers to "对吗？"."""
    said = bare(text)
    for answer, rule in _RULES:
        if rule(said):
            return Reply(answer)
    denied = _without_no(said)
    return Reply(Answer.OTHER, _correction(said)) if denied is None else Reply(Answer.NO, _correction(denied))


def _is_yes(said: str) -> bool:
    if _ALL_YES.match(said):
        return True
    return bool(_YES_FIRST.match(said)) and not _DOUBT.search(said.replace("没错", "").replace("没有错", ""))


def _is_backchannel(said: str) -> bool:
    return bool(_BACKCHANNEL.match(said))


def _without_no(said: str) -> str | None:
    """What is left beside a no; None where no was not said."""
    if _NO_ALONE.match(said):
        return ""
    first = _NO_FIRST.match(said)
    if first and not _NOT_WRONG.match(said):
        instead = _INSTEAD.match(said[first.start(1) :])
        return _after_no(said[first.start(1) + instead.end() :] if instead else said[first.end() :])
    return _after_no(said) if _NO_INSIDE.search(said) and not _NOT_WRONG.search(said) else None


def _after_no(said: str) -> str:
    """What stands before the last "说错了" is what was wrong."""
    return _NO_INSIDE.split(said)[-1]


def _correction(said: str) -> str:
    words = _CORRECTS.sub("", _LEADING.sub("", said))
    return words if len(words) >= 2 and not _EMPTY.fullmatch(words) else ""


def asks_again(text: str) -> bool:
    """Whether a short utterance asks to hear the last prompt once more."""
    said = bare(text)
    return len(said) <= SHORT and bool(_AGAIN.search(said) or _AGAIN_ALONE.match(said))


def is_hello(text: str) -> bool:
    """Whether nothing but hello was said, by one who waits for an answer: "喂，你好"."""
    said = bare(text)
    return bool(_HELLO.match(said) and _CALLS.search(said))


def is_filler(text: str) -> bool:
    """Whether nothing was said yet: "嗯，那个"."""
    said = bare(text)
    return not said or bool(_THINKING.fullmatch(said))


_RULES: Final = (
    (Answer.BACKCHANNEL, _is_backchannel),
    (Answer.AGAIN, asks_again),
    (Answer.YES, _is_yes),
)
