"""A short summary made of the caller's own words: the clauses that tell the matter, without greetings and private numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from classifier.clean import BREAKS, QUESTION
from classifier.phrases import one_of

LIMIT: Final = 60
_PIECE: Final = re.compile("[^，？]+[，？]?")
_POLITE: Final = one_of(
    "您好 你好 喂 谢谢 谢谢您 谢谢你 麻烦您 麻烦你 麻烦您了 麻烦你了 同志 师傅 那个 就是 就是说 然后 对 对对 是 是的 好 "
    "好的 行 没了 没有了 再见 不对 不是 我说错了 说错了 没错 就是这个 是这个事 就这个事 不客气 辛苦了 请问一下 请问 "
    "怎么说呢 是这样 是这样的 喂您好 我问一下 我想问一下 我反映一下 我想反映一下 我要反映一下 我反映个问题 "
    "我想反映一个问题 我咨询一下 我想咨询一下 我提个建议"
)
_EMPTY: Final = re.compile(f"^(?:{_POLITE}[了吧吗哈]*)+$")
_LEAD: Final = re.compile(f"^(?:{_POLITE}(?=..))+")
_PRIVATE: Final = re.compile(
    f"我?的?{one_of('电话 手机 手机号 联系方式 身份证 身份证号 座机 电话号码 手机号码 身份证号码')}是?"
)

Spans = Sequence[tuple[int, int]]
"""Of the cleaned text."""


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    weight: int
    words: str


def summarise(text: str, shown: str, told: Spans, private: Spans, places: Spans) -> str:
    """At most LIMIT characters of `shown`, which is as long as the cleaned `text`: first the clauses that hold what was `told`
    of the matter; none of `private`, and no clause that only says where."""
    pieces = []
    for match in _PIECE.finditer(text):
        piece = _piece(text, shown, match.span(), told, private)
        if len(piece.words) >= 2 and not _EMPTY.match(piece.words) and not _only_says_where(match.span(), piece, places):
            pieces.append(piece)
    return _join(pieces)[:LIMIT]


def _piece(text: str, shown: str, span: tuple[int, int], told: Spans, private: Spans) -> _Piece:
    hidden = [other for other in private if _overlap(span, other)]
    words = "".join(shown[at] for at in range(*span) if text[at] not in BREAKS and not _within(at, hidden))
    words = _LEAD.sub("", _PRIVATE.sub("", words) if hidden else words)
    ending = QUESTION if text[span[1] - 1] == QUESTION else ""
    return _Piece(span[0], sum(_overlap(span, other) for other in told), words + ending)


def _only_says_where(span: tuple[int, int], piece: _Piece, places: Spans) -> bool:
    return piece.weight == 0 and len(piece.words) - sum(_overlap(span, other) for other in places) <= 3


def _join(pieces: list[_Piece]) -> str:
    """The weightiest clauses while they fit, in the order in which they were said."""
    chosen: list[_Piece] = []
    room = LIMIT
    for piece in sorted(pieces, key=lambda piece: (-piece.weight, piece.start)):
        if not chosen or len(piece.words) < room:
            chosen.append(piece)
            room -= len(piece.words) + 1
    chosen.sort(key=lambda piece: piece.start)
    return "，".join(piece.words for piece in chosen).replace("？，", "？")


def _within(at: int, spans: Spans) -> bool:
    return any(start <= at < end for start, end in spans)


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> int:
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))
