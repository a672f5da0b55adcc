"""The conversation of one call as it runs: events go through `ivr.flow.advance`, what comes out is done here."""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from config.stream_token import StreamGrant
from intake.line_places import LinePlace
from ivr import events
from ivr.actions import Action, Conclusion, DeclineSeat, Ending, Finish, Listen, Play, Prepare, StopPrompt, Understand
from ivr.flow import advance
from ivr.line import begin_waiting
from ivr.state import Conversation, ConversationUnreadable, Phase, join_words, opening
from media.hearing import Hearing
from media.parts import Parts
from media.patience import Patience
from media.player import Player
from media.reader import Understanding

log = logging.getLogger(__name__)

_LAG_LIMIT_MS = 5000
"""A recognition further behind than this does not put off silence any more."""


class Dialogue:
    """`finish` is called once, with the conclusion. `audio_ms` is the time of the caller's audio."""

    def __init__(
        self,
        grant: StreamGrant,
        parts: Parts,
        player: Player,
        hearing: Hearing,
        *,
        audio_ms: Callable[[], int],
        finish: Callable[[Conclusion], None],
    ) -> None:
        self._call_id = grant.call_id
        self._parts = parts
        self._player = player
        self._hearing = hearing
        self._audio_ms = audio_ms
        self._finish = finish
        self._state = opening(grant.case_no, hearing.recognises)
        self._patience = Patience()
        self._coming: deque[events.Event] = deque()
        self._is_advancing = False
        self._is_frozen = False
        self._read_text = ""
        self._place: LinePlace | None = None

    def resume(self, saved: Mapping[str, Any] | None) -> None:
        """Go on where an earlier stream of the call stopped; what cannot be read begins anew."""
        if saved is None:
            return
        try:
            self._state = Conversation.from_json(dict(saved))
        except ConversationUnreadable as error:
            log.warning("a saved conversation begins anew", extra={"call": self._call_id, "why": error.code})
            return
        if self._state.phase is Phase.OVER:
            self._finish(self.failure("interrupted"))
        elif self._state.spoken and self._state.fresh is None:
            # The answer to this question was lost with the stream.
            self._understand(Understand(self._state.words, self._state.turn))

    def wait(self, saved: Mapping[str, Any] | None) -> None:
        """The conversation is over; its caller waits for an operator, and goes on being heard."""
        try:
            self._state = begin_waiting(Conversation.from_json(dict(saved or {})))
        except ConversationUnreadable as error:
            log.warning("a caller waits without his conversation", extra={"call": self._call_id, "why": error.code})
            self._state = begin_waiting(self._state)

    def in_line(self, place: LinePlace) -> None:
        """Only what is new is told."""
        before, self._place = self._place, place
        if place.is_offered and not (before and before.is_offered):
            self.tell(events.SeatKept())
        elif self._state.phase is Phase.WAITING and place.gives_up:
            self.tell(events.NobodyComes())
        elif self._state.phase is Phase.WAITING and place.ahead != self._state.ahead:
            self.tell(events.InLine(place.ahead))

    def freeze(self) -> None:
        """Nobody can hear us any more: events still change the state, but nothing is done about them save to finish."""
        self._is_frozen = True
        self._player.line_gone()

    def tell(self, event: events.Event) -> None:
        """Events told while one is being dealt with wait for their turn."""
        self._coming.append(event)
        if self._is_advancing:
            return
        self._is_advancing = True
        try:
            while self._coming:
                self._take(self._coming.popleft())
        except Exception:
            log.exception("a conversation broke", extra={"call": self._call_id})
            self._coming.clear()
            self._finish(self.failure("failed"))
        finally:
            self._is_advancing = False

    def failure(self, reason: str) -> Conclusion:
        state = self._state
        return Conclusion(Ending.FAILED, reason, state.urgent, state.confirmed, state.voiced)

    def save(self) -> None:
        self._parts.clerk.save_conversation(self._call_id, self._state.to_json(), self._hearing.worst_lag_ms)

    def watch_silence(self, now_ms: int) -> None:
        if self._patience.is_over(now_ms, min(self._hearing.lag_ms, _LAG_LIMIT_MS)):
            self.tell(events.Silence())

    def prompt_ended(self, mark: str) -> None:
        if not self._player.is_playing:
            self._patience.prompt_ended(self._audio_ms())
        if not self._is_frozen:
            self.tell(events.PromptEnded(mark))

    def heard(self, event: events.Event) -> None:
        """What the hearing tells."""
        if isinstance(event, events.SpeechStarted):
            self._patience.speech_began()
        else:
            self._patience.speech_ended(self._audio_ms())
        self.tell(event)

    async def understand_all(self) -> None:
        """The case's proposal is made of all that counts, before the case is shown."""
        text = self._state.words
        if self._state.leaving or not text or self._hearing.is_revised:
            # On the way to a human nothing was sorted: what frightened us stands in the last sentence. And what was heard a
            # second time is better than what the conversation went by.
            text = join_words(self._hearing.texts)
        if text and text != self._read_text:
            await self._parts.read(text, partial(self._propose, text))

    def _take(self, event: events.Event) -> None:
        step = advance(self._state, event)
        self._state = step.state
        for action in step.actions:
            if isinstance(action, Finish):
                self.save()
                self._finish(action.outcome)
            elif not self._is_frozen:
                self._do(action)
        if step.actions and not self._is_frozen:
            self.save()

    def _do(self, action: Action) -> None:
        match action:
            case Play(pieces, mark):
                self._patience.prompt_began()
                self._player.play(pieces, mark)
            case StopPrompt():
                self._player.stop()
            case Listen(expects, patience_ms):
                self._hearing.expect(expects)
                self._patience.ask(patience_ms, self._audio_ms())
            case Understand():
                self._understand(action)
            case DeclineSeat():
                self._parts.clerk.decline_seat(self._call_id)
            case Prepare(pieces):
                for piece in pieces:
                    self._parts.shelf.prepare(piece)

    def _understand(self, wanted: Understand) -> None:
        def answer(found: Understanding | None) -> None:
            self._propose(wanted.text, found)
            if found is None:
                self.tell(events.UnderstandingFailed(wanted.turn))
            else:
                self.tell(events.Understood(found.reading, wanted.turn, found.proposal.is_alarm))

        self._parts.reader.read(wanted.text, self._parts.in_loop(answer))

    def _propose(self, text: str, found: Understanding | None) -> None:
        if found is not None:
            self._read_text = text
            self._parts.clerk.propose_case(self._call_id, found.proposal, text)
