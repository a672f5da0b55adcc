"""A resident on the telephone, who answers what is asked with the turns of a sample call."""

import json
import wave
from collections.abc import Sequence
from dataclasses import dataclass
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


class Resident:
    """Answers each question as soon as it was heard out; the one named `silent_at` is not answered any more."""

    def __init__(self, phone: StreamPhone, turns: Sequence[Turn] | None = None, silent_at: str = "") -> None:
        self.phone = phone
        self._turns = turns_of(SAMPLE) if turns is None else turns
        self._silent_at = silent_at
        self._said = 0
        phone.on_mark = self._on_mark

    async def talk(self) -> None:
        """From the greeting until the stream ends."""
        await self.phone.dial()
        await self.phone.closed.wait()

    def say(self) -> None:
        """The next turn; whoever has no more to say repeats the last one."""
        turn = self._turns[min(self._said, len(self._turns) - 1)]
        self._said += 1
        self.phone.say(turn.mulaw)

    def _on_mark(self, mark: str) -> None:
        kind = mark.rpartition("-")[0]
        if kind in QUESTIONS and kind != self._silent_at and not self.phone.is_speaking:
            self.say()
