"""Calls that we place: the exchange lets an operator's telephone ring, and its dialplan asks us whom to call then."""

from dataclasses import dataclass

from webhooks.sip.ari import Ari
from webhooks.sip.parse import SEAT

CONTEXT = "call-back"
OPERATOR_RINGS_S = 25
CALLER = "12345"
"""What the operator's telephone shows."""


@dataclass(frozen=True, slots=True)
class SipDialler:
    ari: Ari
    needs_seat: bool = True

    def ring(self, call: str, seat: str) -> None:
        """Raises webhooks.sip.ari.ExchangeUnavailable."""
        self.ari.originate(call, f"{SEAT}{seat}", CONTEXT, CALLER, OPERATOR_RINGS_S)
