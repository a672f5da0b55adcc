"""A proposal in the making. Each stage takes a draft and returns it with its own field filled."""

from collections.abc import Callable
from dataclasses import dataclass

from classifier.clean import Clean
from classifier.entities import Named
from classifier.proposal import CategoryCandidate, Entity, Kind, LocationCandidate, Urgency


@dataclass(frozen=True, slots=True)
class Draft:
    given: str
    cleaned: Clean
    danger: str = ""
    """The words that tell of danger, cleaned."""
    is_alarm: bool = False
    locations: tuple[LocationCandidate, ...] = ()
    named: tuple[Named, ...] = ()
    """The entities in characters of the cleaned text."""
    entities: tuple[Entity, ...] = ()
    places: tuple[tuple[int, int], ...] = ()
    """Stretches of the cleaned text that say where."""
    categories: tuple[CategoryCandidate, ...] = ()
    told: tuple[tuple[int, int], ...] = ()
    """Stretches of the cleaned text that tell the matter."""
    kind: Kind = Kind.OTHER
    urgency: Urgency = Urgency.NORMAL
    summary: str = ""
    questions: tuple[str, ...] = ()


Stage = Callable[[Draft], Draft]
