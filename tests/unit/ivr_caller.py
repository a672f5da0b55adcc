"""Drives a conversation as an honest media process does, for the tests of the flow."""

from dataclasses import dataclass, field

from ivr.actions import Action, Conclusion, Finish, Fixed, Listen, Play, Spoken, StopPrompt, Understand
from ivr.events import Answered, Event, PromptEnded, Reading, Silence, SpeechHeard, SpeechStarted, Understood
from ivr.flow import advance
from ivr.line import begin_waiting
from ivr.state import Conversation, Phase, opening

HEATING = Reading("暖气不热", "天通苑北一区", "我家暖气不热")
CASE_NO = "260702000123"


@dataclass
class Line:
    """A call. What was played is kept as prompt ids and, for synthesised pieces, their words."""

    state: Conversation = field(default_factory=lambda: opening(CASE_NO, recognises=True))
    actions: list[Action] = field(default_factory=list)
    last: tuple[Action, ...] = ()

    def tell(self, *events: Event) -> "Line":
        for event in events:
            step = advance(self.state, event)
            self.state, self.last = step.state, step.actions
            self.actions += step.actions
        return self

    def prompt_ends(self) -> "Line":
        return self.tell(PromptEnded(self.state.mark))

    def says(self, text: str) -> "Line":
        return self.tell(SpeechStarted(), SpeechHeard(text))

    def understood(self, reading: Reading) -> "Line":
        return self.tell(Understood(reading, self.state.turn))

    def tells(self, text: str, reading: Reading) -> "Line":
        """Says it, is understood at once, and has finished."""
        return self.says(text).understood(reading).tell(Silence())

    @property
    def phase(self) -> Phase:
        return self.state.phase

    @property
    def playing(self) -> list[str]:
        """The pieces of the last Play."""
        plays = [action for action in self.actions if isinstance(action, Play)]
        return [piece.prompt_id if isinstance(piece, Fixed) else piece.text for piece in plays[-1].pieces] if plays else []

    @property
    def plays_now(self) -> list[str]:
        """The pieces of the Play that the last event brought; empty: none."""
        plays = [action for action in self.last if isinstance(action, Play)]
        return [piece.prompt_id if isinstance(piece, Fixed) else piece.text for play in plays for piece in play.pieces]

    @property
    def stopped_now(self) -> bool:
        return any(isinstance(action, StopPrompt) for action in self.last)

    @property
    def listens_now(self) -> Listen | None:
        return next((action for action in reversed(self.last) if isinstance(action, Listen)), None)

    @property
    def reads_now(self) -> str | None:
        return next((action.text for action in self.last if isinstance(action, Understand)), None)

    @property
    def outcome(self) -> Conclusion | None:
        return next((action.outcome for action in self.actions if isinstance(action, Finish)), None)

    @property
    def spoken(self) -> list[str]:
        return [
            piece.text
            for action in self.actions
            if isinstance(action, Play)
            for piece in action.pieces
            if isinstance(piece, Spoken)
        ]


def at_question(*, recognises: bool = True) -> Line:
    return Line(opening(CASE_NO, recognises)).tell(Answered()).prompt_ends().prompt_ends()


def at_place() -> Line:
    return at_question().tells("我家暖气不热", Reading("暖气不热", None, "我家暖气不热")).prompt_ends()


def at_detail() -> Line:
    return at_question().tells("就是那个事", Reading(None, None, "就是那个事")).prompt_ends()


def at_read_back() -> Line:
    return at_question().tells("我家暖气不热，在天通苑北一区", HEATING)


def at_confirm() -> Line:
    return at_read_back().prompt_ends()


def at_correction() -> Line:
    return at_confirm().says("不对").tell(Silence()).prompt_ends()


def at_closing() -> Line:
    return at_confirm().says("对")


def at_leaving() -> Line:
    return at_question().says("转人工")


def at_waiting() -> Line:
    """Asked for a human whom nobody could be, and is back on the line."""
    left = at_leaving().prompt_ends().state
    return Line(begin_waiting(left)).tell(Answered())


STARTS = {
    Phase.NEW: Line,
    Phase.NOTICE: lambda: Line().tell(Answered()),
    Phase.MATTER: at_question,
    Phase.DETAIL: at_detail,
    Phase.PLACE: at_place,
    Phase.CONFIRM: at_confirm,
    Phase.CORRECTION: at_correction,
    Phase.CLOSING: at_closing,
    Phase.LEAVING: at_leaving,
    Phase.WAITING: at_waiting,
}
