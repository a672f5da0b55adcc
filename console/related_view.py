"""Likely duplicates as the case page lays them beside the case: why they are offered, in words."""

from dataclasses import dataclass

from classifier.likeness import Matter, Place
from console.saying import say as _
from intake.queries_case import CasePage
from intake.queries_related import Related

JOIN_KEY = "M"
_SAID_ALIKE = 0.35
"""Likeness of the texts from which it is named as a reason."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """`key` joins by one stroke; None where a click is needed."""

    case: Related
    reasons: tuple[str, ...]
    where: str
    key: str | None


def neighbours(page: CasePage, found: tuple[Related, ...]) -> tuple[Neighbour, ...]:
    is_joinable = page.state == "proposed"
    return tuple(
        Neighbour(case, _reasons(case), _where(case), JOIN_KEY if place == 0 and is_joinable else None)
        for place, case in enumerate(found)
    )


def _reasons(case: Related) -> tuple[str, ...]:
    matters = {Matter.LEAF: _("同一事项"), Matter.GROUP: _("同类事项"), Matter.OTHER: ""}
    text = _("文字相近 %(n)s%%", n=round(100 * case.likeness.text)) if case.likeness.text >= _SAID_ALIKE else ""
    caller = _("同一来电人，可能是催办") if case.is_same_caller else ""
    return tuple(filter(None, (caller, matters[case.likeness.matter], text)))


def _where(case: Related) -> str:
    """How far apart, in metres where both places have a known point, else by the narrowest area that they share."""
    if case.distance_m is not None and case.distance_m >= 1000:
        return _("相距约 %(n)s 公里", n=f"{case.distance_m / 1000:.1f}")
    if case.distance_m is not None:
        return _("相距约 %(n)s 米", n=f"{case.distance_m:.0f}")
    shared = {
        Place.BUILDING: _("同一楼号"),
        Place.COMPOUND: _("同一小区或道路"),
        Place.COMMUNITY: _("同一社区"),
        Place.SUBDISTRICT: _("同一街道"),
        Place.DISTRICT: _("同一区"),
        Place.OTHER: "",
    }
    words = shared[case.likeness.place]
    return _("%(area)s，地址不同", area=words) if words and case.likeness.is_elsewhere else words
