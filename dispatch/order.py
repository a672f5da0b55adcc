"""A dispatch order: what leaves the house when a case is confirmed, as the message `hotline.order.v1`.

What is stored never holds the caller: name and number are filled in by `with_caller` when the order leaves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from models.case import Case

SCHEMA = "hotline.order.v1"
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Category:
    code: str
    path: tuple[str, ...]
    """Names from the first level down to the leaf."""


@dataclass(frozen=True, slots=True)
class Location:
    district_code: str
    subdistrict_code: str | None
    community_code: str | None
    address: str | None
    longitude: float | None = None
    latitude: float | None = None


@dataclass(frozen=True, slots=True)
class Organisation:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Caller:
    name: str | None = None
    phone: str | None = None


NOBODY = Caller()


@dataclass(frozen=True, slots=True)
class Order:
    """`heard_at` is when the call was answered; `recording` is the id of the recording, `deadline` when the answer is due."""

    order_id: str
    dedupe_key: str
    case_no: str
    heard_at: datetime
    confirmed_at: datetime
    kind: str
    urgency: str
    deadline: datetime | None
    category: Category
    location: Location
    organisation: Organisation
    summary: str
    narrative: str | None
    confidential: bool
    recording: str | None
    caller: Caller = NOBODY

    def with_caller(self, caller: Caller) -> "Order":
        """The order as it leaves. A confidential case keeps its caller to itself."""
        return self if self.confidential else replace(self, caller=caller)


def build_order(
    case: Case,
    *,
    order_id: str,
    category_path: Sequence[str],
    point: tuple[float, float] | None = None,
    recording: str | None = None,
) -> Order:
    """The order of a case that has everything a receiver needs: district, category, organisation, summary, `confirmed_at`.

    `point`: longitude and latitude of the place in degrees (WGS 84), if they are known.
    Store its `to_json` as `Order.body`, and `id` and `dedupe_key` of the row from the value.
    Raises ValueError if one is missing.
    """
    return Order(
        order_id=order_id,
        dedupe_key=f"{case.case_no}-{order_id}",
        case_no=case.case_no,
        heard_at=case.answered_at or case.created_at,
        confirmed_at=_given(case.confirmed_at, "confirmed_at"),
        kind=_given(case.kind, "kind"),
        urgency=_given(case.urgency, "urgency"),
        deadline=case.deadline,
        category=Category(_given(case.category_code, "category_code"), tuple(category_path)),
        location=Location(
            _given(case.district_code, "district_code"),
            case.subdistrict_code,
            case.community_code,
            case.address or None,
            *(point or (None, None)),
        ),
        organisation=Organisation(
            _given(case.organisation_code, "organisation_code"), _given(case.organisation_name, "organisation_name")
        ),
        summary=_given(case.summary, "summary"),
        narrative=case.narrative or None,
        confidential=case.confidential,
        recording=recording,
    )


def to_json(order: Order) -> dict[str, Any]:
    """The message of the contract. Times are RFC 3339 in UTC, unknown values null."""
    return {
        "schema": SCHEMA,
        "order_id": order.order_id,
        "dedupe_key": order.dedupe_key,
        "case_no": order.case_no,
        "heard_at": _stamp(order.heard_at),
        "confirmed_at": _stamp(order.confirmed_at),
        "kind": order.kind,
        "urgency": order.urgency,
        "deadline": _stamp(order.deadline) if order.deadline else None,
        "category": {"code": order.category.code, "path": list(order.category.path)},
        "location": {
            "district_code": order.location.district_code,
            "subdistrict_code": order.location.subdistrict_code,
            "community_code": order.location.community_code,
            "address": order.location.address,
            "longitude": order.location.longitude,
            "latitude": order.location.latitude,
        },
        "organisation": {"code": order.organisation.code, "name": order.organisation.name},
        "summary": order.summary,
        "narrative": order.narrative,
        "caller": {"name": order.caller.name, "phone": order.caller.phone},
        "confidential": order.confidential,
        "recording": order.recording,
    }


def from_json(body: Mapping[str, Any]) -> Order:
    """The order that `to_json` wrote. Raises ValueError for another schema."""
    if body.get("schema") != SCHEMA:
        raise ValueError(
            f"this body is no {SCHEMA}: it was written by another version; move the database up with `flask db upgrade`"
        )
    return Order(
        order_id=body["order_id"],
        dedupe_key=body["dedupe_key"],
        case_no=body["case_no"],
        heard_at=datetime.fromisoformat(body["heard_at"]),
        confirmed_at=datetime.fromisoformat(body["confirmed_at"]),
        kind=body["kind"],
        urgency=body["urgency"],
        deadline=datetime.fromisoformat(body["deadline"]) if body["deadline"] else None,
        category=Category(body["category"]["code"], tuple(body["category"]["path"])),
        location=Location(**body["location"]),
        organisation=Organisation(**body["organisation"]),
        summary=body["summary"],
        narrative=body["narrative"],
        confidential=body["confidential"],
        recording=body["recording"],
        caller=Caller(**body["caller"]),
    )


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def _given(value: Value | None, name: str) -> Value:
    if value is None:
        raise ValueError(f"a case without {name} is no order: check it before building one")
    return value
