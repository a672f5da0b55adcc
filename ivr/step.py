"""One step of the conversation, and how a prompt gets into it."""

from dataclasses import dataclass, replace

from ivr.actions import Action, Piece, Play, StopPrompt
from ivr.state import Conversation


@dataclass(frozen=True, slots=True)
class Step:
    """What `advance` answers: the state from now on, and what to do, in this order."""

    state: Conversation
    actions: tuple[Action, ...] = ()

    def then(self, *actions: Action) -> "Step":
        return Step(self.state, (*self.actions, *actions))


def say(state: Conversation, pieces: tuple[Piece, ...], *, interruptible: bool) -> Step:
    """Play the pieces now, in place of whatever plays."""
    number = state.marks + 1
    mark = f"{state.phase}-{number}"
    stop = (StopPrompt(),) if state.mark else ()
    after = replace(state, marks=number, mark=mark, interruptible=interruptible, cut=False)
    return Step(after, (*stop, Play(pieces, mark, interruptible)))


def give_way(state: Conversation) -> Step:
    """The caller began to speak: stop the prompt, unless it must be heard to its end."""
    if not state.mark or not state.interruptible:
        return Step(state)
    return Step(replace(state, mark="", cut=True), (StopPrompt(),))
