"""What an operator should still ask: the place where it is missing or doubtful, then the leaf's questions that the caller has not answered."""

import re
from collections.abc import Sequence
from typing import Final

from classifier.proposal import EntityType, LocationCandidate
from classifier.taxonomy import Leaf

MOST: Final = 4
_WHERE: Final = "请问具体在哪个区、哪条街或哪个小区？"
_ADDRESS: Final = "请问具体是哪个小区、几号楼？"
_NO_PLACE_NEEDED: Final = frozenset({"consultation", "praise", "suggestion"})
_ANSWERED_BY: Final = (
    (re.compile("电话|号码"), EntityType.PHONE),
    (re.compile("车牌"), EntityType.PLATE),
    (re.compile("多少钱|金额"), EntityType.MONEY),
    (re.compile("什么时候|几点|哪天|多长时间|多久|几天"), EntityType.TIME),
    (re.compile("叫什么名字|哪家|哪个单位|店名"), EntityType.ORGANISATION),
    (re.compile("几层|几号楼|几单元"), EntityType.ROOM),
)


def open_questions(leaf: Leaf | None, locations: Sequence[LocationCandidate], named: set[EntityType]) -> tuple[str, ...]:
    """At most MOST, most important first."""
    wanted = [
        *_about_place(leaf, locations),
        *(question for question in (leaf.questions if leaf else ()) if not _is_answered(question, named)),
    ]
    return tuple(dict.fromkeys(wanted))[:MOST]


def _about_place(leaf: Leaf | None, locations: Sequence[LocationCandidate]) -> list[str]:
    if not locations or (locations[0].score < 0.4 and len(locations) < 2):
        return [] if leaf and leaf.kind in _NO_PLACE_NEEDED else [_WHERE]
    if len(locations) > 1 and locations[1].score > 0.5 * locations[0].score:
        return [f"请问是{locations[0].name}，还是{locations[1].name}？"]
    if not locations[0].subdistrict_code:
        return [_WHERE if not locations[0].address else "请问是哪个街道或乡镇？"]
    return [] if locations[0].address else [_ADDRESS]


def _is_answered(question: str, named: set[EntityType]) -> bool:
    return any(kind in named and pattern.search(question) for pattern, kind in _ANSWERED_BY)
