"""How a conversation with the machine ended, and how the ringing of a human did."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from models.call import Call


class Ending(StrEnum):
    GOODBYE = "goodbye"
    TRANSFER = "transfer"
    """The caller asked for a human, was in danger, or was not understood twice."""
    HUNG_UP = "hung_up"
    FAILED = "failed"
    """We failed; the caller goes to a human or a recorder."""
    OVERFLOW = "overflow"
    """No room for another caller here; to a human or a recorder."""


OPERATOR = "operator"
"""Reason of a transfer that the caller did not ask for: a seat was free."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reason` is a short code (key_0, asked, danger, silence, ...); `heard_anything` counts voice, understood or not."""

    ending: Ending
    reason: str = ""
    urgent: bool = False
    confirmed_by_caller: bool = False
    heard_anything: bool = False


class DialResult(StrEnum):
    ANSWERED = "answered"
    """A human spoke with the caller, and the two are done."""
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    LOST = "lost"
    """The operator's telephone was answered, and then was no longer there."""
    CANCELLED = "cancelled"
    """The caller hung up while it rang."""


def outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    return {**asdict(outcome), "ending": str(outcome.ending)}


def outcome_from_json(fields: dict[str, Any]) -> Outcome:
    """Raises KeyError, TypeError or ValueError for fields that are no outcome."""
    return Outcome(**{**fields, "ending": Ending(fields["ending"])})


def outcome_of(call: Call) -> Outcome | None:
    return outcome_from_json(call.outcome) if call.outcome else None


def dial_result_of(call: Call) -> DialResult | None:
    return DialResult(call.dial_result) if call.dial_result else None
