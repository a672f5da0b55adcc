"""What now: the carrier comes back after the audio stream, after ringing a human, or after a recording. Pure."""

from dataclasses import dataclass

from intake.outcome import DialResult, Ending

DIAL_TIMEOUT_S = 20
MOST_STREAMS = 2
"""How often a call whose stream broke is given a new one."""
RECORD_AT_ONCE = frozenset({"media_down"})
"""Reasons of a failure after which the caller is recorded at once, without ringing a human."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """Nothing more to do: end the call."""


@dataclass(frozen=True, slots=True)
class Dial:
    number: str
    timeout_s: int = DIAL_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class TakeMessage:
    """Say that staff will call back, and record. `reason`: no_human_reached, or the code of what made us fail."""

    reason: str


@dataclass(frozen=True, slots=True)
class Reconnect:
    """The audio stream broke and the media process is there again: connect anew; the conversation goes on."""


@dataclass(frozen=True, slots=True)
class RingSeat:
    """An operator's telephone, by the name of the seat."""

    seat: str
    timeout_s: int


@dataclass(frozen=True, slots=True)
class Wait:
    """All operators are busy, and this caller wants one: connect the audio again; he is told where he stands, and heard."""


NextStep = HangUp | Dial | TakeMessage | Reconnect | RingSeat | Wait


@dataclass(frozen=True, slots=True)
class Standing:
    """What the decision needs to know of a call. `ending` and `reason` are those of its outcome, None before there is one."""

    ending: Ending | None
    reason: str | None
    dial: DialResult | None
    streams: int
    is_over: bool
    """Ended, by the carrier or by the sweep: no new stream. (A swept caller may still be there, and is not dropped.)"""
    recorded: bool
    """The carrier has just recorded a message."""
    seat: RingSeat | None = None
    """The seat that is kept for this caller."""
    may_wait: bool = False
    """He stands in the operators' line, somebody is there to serve it, and he has not waited too long."""


def decide_next(call: Standing, *, human_number: str, media_is_up: bool) -> NextStep:
    """Asked twice without anything new in between, the answer is the same: carriers repeat what was not answered in time."""
    if call.recorded or call.ending in {Ending.GOODBYE, Ending.HUNG_UP}:
        return HangUp()
    if call.dial is DialResult.ANSWERED:
        return HangUp()
    if call.seat is not None:
        return call.seat
    if call.dial is not None:
        # Also after CANCELLED: whoever is still there to be told speaks to the recorder, and is not dropped.
        return TakeMessage("no_human_reached")
    if call.may_wait and call.ending is not None and media_is_up and not call.is_over:
        return Wait()
    if call.ending is None and media_is_up and not call.is_over and call.streams < MOST_STREAMS:
        return Reconnect()
    if not human_number or call.reason in RECORD_AT_ONCE:
        return TakeMessage(call.reason or "failed")
    return Dial(human_number)
