"""Prompts as the line wants them: mu-law, fixed ones loaded at start, changing ones synthesised once and kept for a while."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping

from asr.g711 import pcm_to_mulaw
from ivr.actions import Fixed, Piece, Spoken
from media.voices.contract import Voice, VoiceUnavailable

log = logging.getLogger(__name__)

_SPEAK_LIMIT_S = 4.0
_KEPT_BYTES = 32 * 1024 * 1024


class Shelf:
    """`fixed`: mu-law of each prompt that has a recording; `texts`: words of all prompts, for the voice where there is none."""

    def __init__(self, voice: Voice, fixed: Mapping[str, bytes], texts: Callable[[str], str]) -> None:
        self._voice = voice
        self._fixed = fixed
        self._texts = texts
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._kept_bytes = 0
        self._coming: dict[str, asyncio.Task[bytes]] = {}

    def ready(self, piece: Piece) -> bytes | None:
        """The piece's audio, None where it must be synthesised first."""
        if isinstance(piece, Fixed):
            recorded = self._fixed.get(piece.prompt_id)
            if recorded is not None:
                return recorded
        text = self._text(piece)
        audio = self._kept.get(text)
        if audio is not None:
            self._kept.move_to_end(text)
        return audio

    async def fetch(self, piece: Piece) -> bytes:
        """The piece's audio. Raises VoiceUnavailable."""
        audio = self.ready(piece)
        if audio is not None:
            return audio
        # Others may wait for the same words: one of them leaving must not take it from the rest.
        return await asyncio.shield(self._order(self._text(piece)))

    def fill(self, prompt_ids: Iterable[str]) -> None:
        """Have these prompts synthesised before anyone asks."""
        for prompt_id in prompt_ids:
            self.prepare(Fixed(prompt_id))

    def prepare(self, piece: Piece) -> None:
        """Have it synthesised in the background; a failure shows when it is played."""
        if self.ready(piece) is None:
            self._order(self._text(piece))

    def _text(self, piece: Piece) -> str:
        return piece.text if isinstance(piece, Spoken) else self._texts(piece.prompt_id)

    def _order(self, text: str) -> asyncio.Task[bytes]:
        task = self._coming.get(text)
        if task is None:
            task = self._coming[text] = asyncio.create_task(self._speak(text))
            task.add_done_callback(lambda done: self._arrived(text, done))
        return task

    async def _speak(self, text: str) -> bytes:
        try:
            async with asyncio.timeout(_SPEAK_LIMIT_S):
                pcm = await self._voice.speak(text)
        except TimeoutError:
            raise VoiceUnavailable("The voice did not answer in time.") from None
        return pcm_to_mulaw(pcm)

    def _arrived(self, text: str, task: "asyncio.Task[bytes]") -> None:
        self._coming.pop(text, None)
        if task.cancelled():
            return
        if task.exception() is not None:
            log.warning("a prompt could not be spoken", extra={"why": type(task.exception()).__name__})
            return
        self._kept[text] = task.result()
        self._kept_bytes += len(task.result())
        while self._kept_bytes > _KEPT_BYTES:
            self._kept_bytes -= len(self._kept.popitem(last=False)[1])
