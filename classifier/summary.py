"""A short summary made of the caller's own words: the clauses that tell the matter, without greetings, names and numbers."""

import re
from collections.abc import Sequence
from typing import Final

LIMIT: Final = 60
_PIECE: Final = re.compile("[^，？]+[，？]?")
_EMPTY: Final = re.compile(
    "^(?:(?:您好|你好|喂|谢谢|麻烦(?:您|你)了?|同志|师傅|那个|就是|就是说|然后|对|是的?|好的?|行|没了|没有了|再见|不客气|辛苦了|请问一下|"
    "我(?:想|要)?(?:问一下|反映一下|反映(?:个|一个)?(?:问题|情况)|咨询一下)|你们?(?:给|帮我)?(?:解决|处理|管管|看看)一?下?|是这样的?|怎么说呢)[了吧啊呢哈]*)+$"
)
_LEAD: Final = re.compile(
    "^(?:您好|你好|喂|那个|这个|就是说|就是|然后|我跟你说|我跟您说|是这样的?|哎|我想(?:问|反映|咨询)一下|我要(?:反映|投诉)一下|麻烦(?:您|你)?|请问一下|请问|同志)+"
)
_PRIVATE: Final = re.compile("(?:我)?(?:电话|手机号?|联系方式|身份证号?|座机)(?:号码|号)?(?:是)?")


def summarise(text: str, evidence: Sequence[tuple[int, int]], hidden: Sequence[tuple[int, int]]) -> str:
    """`evidence` and `hidden` (telephone, identity number, name) in characters of the cleaned text. At most LIMIT characters."""
    pieces = []
    for match in _PIECE.finditer(text):
        words = _visible(text, match.start(), match.end(), hidden)
        words = _LEAD.sub("", _PRIVATE.sub("", words) if any(_touch(match.span(), span) for span in hidden) else words).strip(
            "，？"
        )
        if len(words) >= 2 and not _EMPTY.match(words):
            weight = sum(
                min(match.end(), end) - max(match.start(), start)
                for start, end in evidence
                if _touch(match.span(), (start, end))
            )
            pieces.append((match.start(), weight, words + ("？" if match.group().endswith("？") else "")))
    return _join(pieces)[:LIMIT]


def _join(pieces: list[tuple[int, int, str]]) -> str:
    """The weightiest clauses while they fit, in the order in which they were said."""
    chosen: list[tuple[int, str]] = []
    room = LIMIT
    for start, _, words in sorted(pieces, key=lambda piece: (-piece[1], piece[0])):
        if not chosen or len(words) + 1 <= room:
            chosen.append((start, words))
            room -= len(words) + 1
    return "，".join(words for _, words in sorted(chosen))


def _visible(text: str, start: int, end: int, hidden: Sequence[tuple[int, int]]) -> str:
    return "".join(text[index] for index in range(start, end) if not any(a <= index < b for a, b in hidden))


def _touch(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
