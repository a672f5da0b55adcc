"""The state of a conversation: frozen, and kept as JSON on the call's row, so that another process could go on with it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from config.errors import HotlineError
from ivr.events import Reading

VERSION: Final = 1
Count = Annotated[int, Field(ge=0)]


class ConversationUnreadable(HotlineError):
    """What was saved is no conversation of this version."""

    code = "conversation_unreadable"


class Phase(StrEnum):
    NEW = "new"
    """Not answered yet."""
    NOTICE = "notice"
    """Greeting with the notice that the call is recorded."""
    MATTER = "matter"
    """The open question and what the caller says to it."""
    DETAIL = "detail"
    """The one question for the matter when it was unclear."""
    PLACE = "place"
    """The one question for the place when it was missing."""
    CONFIRM = "confirm"
    """Read-back, and its yes or no."""
    CORRECTION = "correction"
    """The caller said no and says it right, once."""
    CLOSING = "closing"
    """Case number and goodbye."""
    LEAVING = "leaving"
    """On the way to a human."""
    WAITING = "waiting"
    """Nothing is asked any more: the caller stands in the operators' line."""
    OVER = "over"


class Reason(StrEnum):
    """Why a conversation ended; goes into the case's history."""

    CONFIRMED = "confirmed"
    RECORDED = "recorded"
    """Without recognition: the recording is all there is."""
    HUNG_UP = "hung_up"
    HUMAN_ASKED = "human_asked"
    DANGER = "danger"
    SILENCE = "silence"
    UNCLEAR = "unclear"
    """Voice, but no usable words, again and again."""
    READBACK_FAILED = "readback_failed"
    RECOGNITION_FAILED = "recognition_failed"
    UNDERSTANDING_FAILED = "understanding_failed"
    FAILED = "failed"
    TIME_UP = "time_up"
    OPERATOR = "operator"
    """A seat was free."""
    NOBODY_CAME = "nobody_came"
    """After waiting for a seat."""


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance of the caller about the case, and the phase in which it was said."""

    phase: Phase
    text: str


@dataclass(frozen=True, slots=True)
class Conversation:
    __pydantic_config__ = ConfigDict(extra="forbid")

    case_no: str
    """Digits."""
    recognises: bool
    """False: no engine gives text; the caller is only recorded."""
    phase: Phase = Phase.NEW

    mark: str = ""
    """Mark of what is playing; empty: nothing is."""
    interruptible: bool = False
    cut: bool = False
    """The caller spoke into the last prompt, so that it was not heard to its end."""
    speaking: bool = False
    marks: Count = 0
    """Prompts played so far."""
    steps: Count = 0
    """Events taken so far."""

    said: tuple[Said, ...] = ()
    spoken: bool = False
    """The caller has said something in this turn that waits to be answered."""
    turn: Count = 0
    """Number of the newest Understand."""
    fresh: Reading | None = None
    """What the newest turn was understood as, until it is decided upon."""
    waiting: bool = False
    """The caller has finished and the understanding has not: the answer follows as soon as it comes."""
    reading: Reading | None = None
    """What is understood of the whole conversation so far."""

    silences: Count = 0
    """In a row; any voice or useful key begins anew."""
    unclear: Count = 0
    """Voiced utterances without text since the last one with text."""
    repeats: Count = 0
    """Prompts said again at the caller's wish, in this phase."""
    denied: bool = False
    """The read-back was answered by no; further words may follow in the same breath."""
    detailed: bool = False
    """The question for the matter has been asked."""
    placed: bool = False
    """The question for the place has been asked."""
    corrected: bool = False
    """The one correction is used."""
    asked_right: bool = False
    """The question for the right words has been asked."""
    confirmed: bool = False
    urgent: bool = False
    voiced: bool = False
    """The caller made any voiced sound in this call."""
    seated: bool = False
    """A seat is kept for the caller, who has not been let go yet."""
    ahead: Count = 0
    """Callers who are served before this one, while it does nothing but wait."""
    leaving: str = ""
    """Why the caller goes to a human; empty while that is not so."""

    @property
    def words(self) -> str:
        """What the caller has said about the case and not taken back: the text that the case is made from."""
        return join_words(item.text for item in self.said)

    def to_json(self) -> dict[str, Any]:
        """Only what JSON knows; `version` names the shape."""
        return {"version": VERSION, **_SHAPE.dump_python(self, mode="json")}

    @classmethod
    def from_json(cls, data: object) -> "Conversation":
        """The conversation that `to_json` saved. Raises ConversationUnreadable; its text names the field, never its content."""
        if not isinstance(data, dict):
            raise ConversationUnreadable(f"a saved conversation is a JSON object, not {type(data).__name__}")
        fields = dict(data)
        version = fields.pop("version", None)
        if version != VERSION:
            kind = f"version {version}" if isinstance(version, int) else "no version"
            raise ConversationUnreadable(f"the saved conversation has {kind}; this program reads version {VERSION}")
        try:
            return _SHAPE.validate_json(json.dumps(fields), strict=True)
        except ValidationError as error:
            problem = error.errors(include_input=False, include_context=False, include_url=False)[0]
            place = ".".join(map(str, problem["loc"])) or "the whole"
            raise ConversationUnreadable(f"the saved conversation is not readable at {place}: {problem['type']}") from None
        except (TypeError, ValueError, RecursionError):
            raise ConversationUnreadable("the saved conversation holds something that JSON does not know") from None


def opening(case_no: str, recognises: bool) -> Conversation:
    """A conversation before the caller is answered. `case_no`: digits, said to the caller at the end."""
    return Conversation(case_no=case_no, recognises=recognises)


def join_words(texts: Iterable[str]) -> str:
    """Utterances as one text: a comma between them where none ends in punctuation."""
    joined = ""
    for text in filter(None, (text.strip() for text in texts)):
        joined += text if not joined or joined[-1] in "，。！？；,.!?;" else f"，{text}"
    return joined


_SHAPE = TypeAdapter(Conversation)
