"""What the machine proposes for a call: plain values, and the proposal line of the outside contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What the caller wants."""

    COMPLAINT = "complaint"
    HELP = "help"
    CONSULTATION = "consultation"
    SUGGESTION = "suggestion"
    REPORT = "report"
    PRAISE = "praise"
    OTHER = "other"


class Urgency(StrEnum):
    EMERGENCY = "emergency"
    URGENT = "urgent"
    NORMAL = "normal"


class EntityType(StrEnum):
    PHONE = "phone"
    PERSON = "person"
    TIME = "time"
    MONEY = "money"
    ORGANISATION = "organisation"
    PLATE = "plate"
    ROOM = "room"
    ID_NUMBER = "id_number"


Span = tuple[int, int]
"""Start and end (exclusive) in characters of the given text."""


@dataclass(frozen=True, slots=True)
class CategoryCandidate:
    code: str
    name: str
    path: tuple[str, ...]
    """Names from level 1 down to the leaf's own."""
    score: float
    """Probability in [0, 1] that this is the matter."""
    evidence: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class LocationCandidate:
    """A place of the gazetteer, down to the level that was said; deeper codes are None."""

    district_code: str | None
    subdistrict_code: str | None
    community_code: str | None
    name: str
    """As it is written: 昌平区天通苑北街道."""
    address: str | None
    """Road, number, building, unit and room as the caller said them, without district and sub-district."""
    score: float
    evidence: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Entity:
    type: EntityType
    value: str
    """Normalised: a phone number's digits, an amount in yuan, an identity number with its middle masked."""
    text: str
    """The characters of the given text from start to end."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """At most five categories and five locations, best first."""

    kind: Kind
    urgency: Urgency
    categories: tuple[CategoryCandidate, ...]
    locations: tuple[LocationCandidate, ...]
    entities: tuple[Entity, ...]
    summary: str
    questions: tuple[str, ...]
    """What an operator should still ask, most important first."""
    version: str
    """Of the classifier and its data; stored beside the line, not in it."""
    is_alarm: bool = field(default=False, compare=False)
    """Danger so sure that the conversation, too, should go to a human; for the call that goes on, not in the line."""

    def to_json(self) -> dict[str, Any]:
        """The proposal line of the contract without `id`."""
        return {
            "kind": str(self.kind),
            "urgency": str(self.urgency),
            "categories": [_category_line(candidate) for candidate in self.categories],
            "locations": [_location_line(candidate) for candidate in self.locations],
            "entities": [_entity_line(entity) for entity in self.entities],
            "summary": self.summary,
            "questions": list(self.questions),
        }

    @classmethod
    def from_json(cls, line: Mapping[str, Any], version: str = "") -> "Proposal":
        """The inverse of to_json; raises KeyError or ValueError on a line that it did not make."""
        return cls(
            kind=Kind(line["kind"]),
            urgency=Urgency(line["urgency"]),
            categories=tuple(_read_category(item) for item in line["categories"]),
            locations=tuple(_read_location(item) for item in line["locations"]),
            entities=tuple(_read_entity(item) for item in line["entities"]),
            summary=line["summary"],
            questions=tuple(line["questions"]),
            version=version,
        )


def _category_line(candidate: CategoryCandidate) -> dict[str, Any]:
    return {
        "code": candidate.code,
        "name": candidate.name,
        "path": list(candidate.path),
        "score": candidate.score,
        "evidence": [list(span) for span in candidate.evidence],
    }


def _location_line(candidate: LocationCandidate) -> dict[str, Any]:
    return {
        "district_code": candidate.district_code,
        "subdistrict_code": candidate.subdistrict_code,
        "community_code": candidate.community_code,
        "name": candidate.name,
        "address": candidate.address,
        "score": candidate.score,
        "evidence": [list(span) for span in candidate.evidence],
    }


def _entity_line(entity: Entity) -> dict[str, Any]:
    return {
        "type": str(entity.type),
        "value": entity.value,
        "text": entity.text,
        "start": entity.start,
        "end": entity.end,
    }


def _read_category(item: Mapping[str, Any]) -> CategoryCandidate:
    return CategoryCandidate(item["code"], item["name"], tuple(item["path"]), item["score"], _spans(item["evidence"]))


def _read_location(item: Mapping[str, Any]) -> LocationCandidate:
    return LocationCandidate(
        item["district_code"],
        item["subdistrict_code"],
        item["community_code"],
        item["name"],
        item["address"],
        item["score"],
        _spans(item["evidence"]),
    )


def _read_entity(item: Mapping[str, Any]) -> Entity:
    return Entity(EntityType(item["type"]), item["value"], item["text"], item["start"], item["end"])


def _spans(items: Sequence[Sequence[int]]) -> tuple[Span, ...]:
    return tuple((start, end) for start, end in items)
