"""What an operator should still ask: the place where it is missing or doubtful, then what the leaf wants to know."""

import re
from collections.abc import Sequence
from typing import Final

from classifier.proposal import EntityType, Kind, LocationCandidate
from classifier.taxonomy import Leaf

MOST: Final = 4
DOUBTFUL: Final = 0.4
"""Score below which a place is asked for as if it were missing."""
_WHERE: Final = "请问具体在哪个区、哪条街或哪个小区？"
_SUBDISTRICT: Final = "请问是哪个街道或乡镇？"
_ADDRESS: Final = "请问具体是哪个小区、几号楼？"
_NO_PLACE_NEEDED: Final = frozenset({Kind.CONSULTATION, Kind.PRAISE, Kind.SUGGESTION})
_ANSWERED_BY: Final = (
    (re.compile("电话|号码"), EntityType.PHONE),
    (re.compile("车牌"), EntityType.PLATE),
    (re.compile("多少钱|金额"), EntityType.MONEY),
    (re.compile("什么时候|几点|哪天|多长时间|多久|几天|什么时间"), EntityType.TIME),
    (re.compile("叫什么名字|哪家|哪个单位|店名"), EntityType.ORGANISATION),
    (re.compile("几层|几号楼|几单元"), EntityType.ROOM),
)


def open_questions(
    leaf: Leaf | None, kind: Kind, locations: Sequence[LocationCandidate], named: set[EntityType]
) -> tuple[str, ...]:
    """At most MOST, most important first."""
    own = [question for question in (leaf.questions if leaf else ()) if not _is_answered(question, named)]
    where = _about_place(locations)
    if where and kind in _NO_PLACE_NEEDED:
        where = where if locations and where not in (_WHERE, _ADDRESS) else None
    return tuple(dict.fromkeys(([where] if where else []) + own))[:MOST]


def _about_place(locations: Sequence[LocationCandidate]) -> str | None:
    if not locations:
        return _WHERE
    best = locations[0]
    if len(locations) > 1 and locations[1].score > 0.5 * best.score:
        return f"请问是{best.name}，还是{locations[1].name}？"
    if best.score < DOUBTFUL:
        return _WHERE
    if not best.subdistrict_code:
        return _SUBDISTRICT if best.address else _WHERE
    return None if best.address else _ADDRESS


def _is_answered(question: str, named: set[EntityType]) -> bool:
    return any(kind in named and pattern.search(question) for pattern, kind in _ANSWERED_BY)
