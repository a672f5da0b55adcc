"""How long the conversation waits, in ms. Elders think before they speak, and pause while they do."""

from typing import Final

from ivr.actions import Expects
from ivr.state import Phase

EXPECTS: Final = {
    Phase.NOTICE: Expects.MATTER,
    Phase.MATTER: Expects.MATTER,
    Phase.DETAIL: Expects.MATTER,
    Phase.PLACE: Expects.PLACE,
    Phase.CONFIRM: Expects.YES_NO,
    Phase.CORRECTION: Expects.PLACE,
    Phase.CLOSING: Expects.NOTHING,
    Phase.LEAVING: Expects.NOTHING,
    Phase.WAITING: Expects.MATTER,
}
"""A correction is mostly a place, and its pauses are a place's."""

ANSWER_MS: Final = {Expects.MATTER: 8000, Expects.PLACE: 8000, Expects.YES_NO: 7000, Expects.NOTHING: 3000}
"""Until a caller who says nothing is asked again."""
PAUSE_MS: Final = 900
"""After an utterance, until the machine answers: whoever goes on speaking is not interrupted."""
PAUSE_RECORDED_MS: Final = 2500
"""The same where nobody understands whether the caller has finished."""
GO_ON_MS: Final = 4000
"""After "please go on", until whoever has nothing to add is thanked."""
WAITING_MS: Final = 25_000
"""Between two words on where the caller stands, which take 5 s: he hears one every half minute."""
UNDERSTANDING_MS: Final = 3000
"""Until an understanding that does not come counts as failed."""
