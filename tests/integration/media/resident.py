"""A resident on the telephone, who answers what is asked with the turns of a sample call."""

import json
import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from asr.g711 import pcm_to_mulaw
from commands.stream_phone import StreamPhone
from config.settings import ROOT

SAMPLE = "no-heating"
QUESTIONS = {"matter", "detail", "place", "confirm", "correction"}
"""Kinds of prompts that want an answer; a mark is the kind and a number."""


@dataclass(frozen=True, slots=True)
class Turn:
    text: str
    mulaw: bytes


@cache
def turns_of(sample: str) -> tuple[Turn, ...]:
    folder = ROOT / "samples" / sample
    turns = json.loads((folder / "sample.json").read_text("utf-8"))["turns"]
    return tuple(Turn(turn["text"], _mulaw(folder / turn["audio"])) for turn in turns)


def _mulaw(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        return pcm_to_mulaw(file.readframes(file.getnframes()))


def kinds(phone: StreamPhone) -> list[str]:
    """What was heard, without the numbers."""
    return [mark.rpartition("-")[0] for mark in phone.marks]


@dataclass
class Resident:
    phone: StreamPhone
    turns: Sequence[Turn] = field(default_factory=lambda: turns_of(SAMPLE))
    said: int = 0
    answered: int = 0
    """Prompts that need no answer any more."""

    async def talk(self) -> None:
        """From the greeting until the stream ends."""
        await self.phone.dial()
        await self.go_on()

    async def go_on(self, after: str = "") -> None:
        """Answer every question; the one named `after` was answered already."""
        if after:
            await self.phone.until_mark(after)
            self.answered = len(self.phone.marks)
        while not self.phone.closed.is_set():
            await self._next_prompts()
            self._answer()

    async def until(self, kind: str) -> None:
        """Answer what comes before the first prompt of this kind, and hear that one out."""
        while not self.phone.closed.is_set():
            if kind in await self._next_prompts():
                return
            self._answer()

    def say(self) -> None:
        """The next turn; whoever has no more to say repeats the last one."""
        turn = self.turns[min(self.said, len(self.turns) - 1)]
        self.said += 1
        self.phone.say(turn.mulaw)

    async def _next_prompts(self) -> list[str]:
        await self.phone.until_marks(self.answered + 1)
        return kinds(self.phone)[self.answered :]

    def _answer(self) -> None:
        heard = kinds(self.phone)[self.answered :]
        self.answered += len(heard)
        if heard and heard[-1] in QUESTIONS:
            self.say()
