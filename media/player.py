"""Prompts on their way to one caller: sent piece by piece, ended by a mark that comes back, stopped by `clear`."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from config.errors import HotlineError
from ivr.actions import Piece
from media.counters import Counters
from media.playout import Playout
from media.shelf import Shelf
from media.transports.contract import BYTES_PER_MS, Line

log = logging.getLogger(__name__)

_OVERDUE_S = 3.0
"""How long after its time a mark may come before the prompt counts as ended without it."""


@dataclass(slots=True)
class _Prompt:
    """A prompt whose end is not known yet. Times are the event loop's, in seconds."""

    mark: str
    sending: asyncio.Task[None] | None = None
    due_s: float | None = None
    """When its mark should come back; None until everything was sent."""
    stopped_s: float | None = None


class Player:
    """`ended` is called exactly once for each `play`, with its mark; `failed` once more where the voice failed.

    `clock` is the event loop's time in seconds, `audio_ms` the time of the caller's audio.
    """

    def __init__(
        self,
        line: Line,
        shelf: Shelf,
        playout: Playout,
        counters: Counters,
        *,
        clock: Callable[[], float],
        audio_ms: Callable[[], int],
        ended: Callable[[str], None],
        failed: Callable[[], None],
    ) -> None:
        self._line = line
        self._shelf = shelf
        self._playout = playout
        self._counters = counters
        self._clock = clock
        self._audio_ms = audio_ms
        self._ended = ended
        self._failed = failed
        self._prompts: dict[str, _Prompt] = {}
        self._free_s = 0.0
        self._gone = False

    @property
    def is_playing(self) -> bool:
        return bool(self._prompts)

    def play(self, pieces: tuple[Piece, ...], mark: str) -> None:
        if self._gone:
            self._ended(mark)
            return
        self._counters.prompts += 1
        prompt = self._prompts[mark] = _Prompt(mark)
        left = self._send_ready(pieces)
        if left:
            prompt.sending = asyncio.create_task(self._send_rest(prompt, left))
        else:
            self._send_mark(prompt)

    def stop(self) -> None:
        """What is playing ends here; its mark still comes back."""
        playing = [prompt for prompt in self._prompts.values() if prompt.stopped_s is None]
        if not playing:
            return
        self._line.clear()
        self._playout.cut(self._audio_ms())
        now = self._free_s = self._clock()
        for prompt in playing:
            if prompt.sending is not None:
                prompt.sending.cancel()
            if prompt.due_s is None:
                self._line.mark(prompt.mark)
            prompt.stopped_s = prompt.due_s = now

    def mark_reached(self, mark: str) -> None:
        """Marks that are unknown, or came before, are ignored."""
        prompt = self._prompts.get(mark)
        if prompt is None or prompt.due_s is None:
            return
        if prompt.stopped_s is not None:
            self._counters.stop((self._clock() - prompt.stopped_s) * 1000)
        self._finish(prompt)

    def check_overdue(self) -> None:
        """A carrier that loses a mark must not leave the caller in silence."""
        now = self._clock()
        for prompt in list(self._prompts.values()):
            if prompt.due_s is not None and now > prompt.due_s + _OVERDUE_S:
                self._counters.lost_marks += 1
                self._finish(prompt)

    def line_gone(self) -> None:
        """Nothing reaches the caller any more: what is playing ends, and what comes ends at once."""
        self._gone = True
        self._playout.cut(self._audio_ms())
        for prompt in list(self._prompts.values()):
            if prompt.sending is not None:
                prompt.sending.cancel()
            self._finish(prompt)

    def _finish(self, prompt: _Prompt) -> None:
        if self._prompts.pop(prompt.mark, None) is not None:
            self._ended(prompt.mark)

    def _send_ready(self, pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
        """Send pieces up to the first one that must be synthesised; returns the rest."""
        for position, piece in enumerate(pieces):
            audio = self._shelf.ready(piece)
            if audio is None:
                for later in pieces[position:]:
                    self._shelf.prepare(later)
                return pieces[position:]
            self._send(audio)
        return ()

    async def _send_rest(self, prompt: _Prompt, pieces: tuple[Piece, ...]) -> None:
        try:
            for piece in pieces:
                self._send(await self._shelf.fetch(piece))
        except Exception as error:
            # Whatever is wrong with a voice, the caller must not be left in silence.
            if not isinstance(error, HotlineError):
                log.exception("a prompt broke")
            self._send_mark(prompt)
            self._failed()
        else:
            self._send_mark(prompt)

    def _send(self, mulaw: bytes) -> None:
        self._line.play(mulaw)
        self._playout.add(mulaw, self._audio_ms())
        self._free_s = max(self._free_s, self._clock()) + len(mulaw) / (BYTES_PER_MS * 1000)

    def _send_mark(self, prompt: _Prompt) -> None:
        self._line.mark(prompt.mark)
        prompt.due_s = max(self._free_s, self._clock())
