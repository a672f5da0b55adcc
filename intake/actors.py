"""Who does something to a case: a person, a token of another system, or a part of this one."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    PERSON = "person"
    TOKEN = "token"  # noqa: S105 - a kind of actor
    MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class Actor:
    """`id` is that of the account or token, empty for the machine; `name` is what history shows."""

    kind: ActorKind
    id: str
    name: str


def machine(part: str) -> Actor:
    """A part of this system, by its name: "calls", "sweeps", "triage", "relay"."""
    return Actor(ActorKind.MACHINE, "", part)
