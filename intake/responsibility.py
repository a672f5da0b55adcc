"""Who answers for a case, and until when. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classifier.gazetteer import Gazetteer
    from classifier.taxonomy import Leaf

_OFFICE_OF = (("街道", "街道办事处"), ("地区", "地区办事处"), ("镇", "镇人民政府"), ("乡", "乡人民政府"))
"""Ending of a sub-district's name and the name of its office; a zone's administration follows from neither."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """`code` is that of the sub-district or district whose office it is."""

    code: str
    name: str


def responsible_organisation(
    places: "Gazetteer", district_code: str | None, subdistrict_code: str | None
) -> Organisation | None:
    """The sub-district's office, else the district's government; None where neither place is known."""
    subdistrict = places.subdistrict(subdistrict_code)
    if subdistrict is not None:
        return Organisation(subdistrict.code, office_name(subdistrict.name))
    district = places.district(district_code)
    return Organisation(district.code, f"{district.name}人民政府") if district else None


def office_name(name: str) -> str:
    """天通苑北街道 -> 天通苑北街道办事处, 小汤山镇 -> 小汤山镇人民政府; a name that ends otherwise gets 管理委员会."""
    for ending, office in _OFFICE_OF:
        if name.endswith(ending):
            return name.removesuffix(ending) + office
    return name if name.endswith(("办事处", "政府", "委员会")) else f"{name}管理委员会"


def deadline_of(leaf: "Leaf", confirmed_at: datetime) -> datetime:
    """The leaf's class in plain hours, nights and holidays included."""
    return confirmed_at + timedelta(hours=leaf.deadline_h)
