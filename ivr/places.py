"""A place in the caller's own words, for one that no gazetteer knows."""

import re
from collections.abc import Sequence
from typing import Final

from ivr.phrases import one_of
from ivr.replies import bare

LIMIT: Final = 24
"""Characters; a longer answer is a story, not a place."""
_LEAD: Final = one_of(
    "嗯 呃 啊 哦 那个 这个 就是 就 我家 我们家 我们 我 家 现在 目前 在 住 住在 地址 地点 地方 位置 是 是在 这边 这儿 这里 它"
)
_LEADS: Final = re.compile(f"^{_LEAD}++")
_PLACE: Final = re.compile(
    one_of(
        "区 街 路 村 镇 乡 胡同 家园 花园 公寓 大厦 广场 号楼 栋楼 大院 苑 园 里 桥 站 市场 超市 医院 学校 东门 西门 南门 北门 "
        "单元"
    )
)
_NO_PLACE: Final = re.compile("不知道|不清楚|说不[上清]|没有|没什么|什么|怎么|哪")


def spoken_place(answers: Sequence[str]) -> str | None:
    """The last answer that sounds like a place, without the words around it; None where none does."""
    for answer in reversed(answers):
        words = _LEADS.sub("", bare(answer))
        if 2 <= len(words) <= LIMIT and _PLACE.search(words) and not _NO_PLACE.search(words):
            return words
    return None
