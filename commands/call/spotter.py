"""Which prompts a piece of audio is made of: sounds compared with the files of this installation. No speech is recognised."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from asr.g711 import pcm_to_mulaw
from commands.call.sound import BYTES_PER_MS
from ivr.prompts import PromptBook

UNKNOWN = "……"
"""Stands for sound that is none of the prompts: what a voice has just made."""
_TRIM = bytes([0xFF, 0x7F, 0xFE, 0x7E])
_GAP_MS = 250
"""Less unknown sound than this between two prompts is a pause."""


@dataclass
class Spotter:
    book: PromptBook

    def name(self, mulaw: bytes) -> str:
        """The texts, one after another; empty where nothing is known."""
        found: list[str] = []
        at = 0
        while at < len(mulaw):
            nearest = self._nearest(mulaw, at)
            start = nearest[0] if nearest else len(mulaw)
            if start - at > _GAP_MS * BYTES_PER_MS and mulaw[at:start].strip(_TRIM):
                found.append(UNKNOWN)
            if nearest is None:
                break
            found.append(nearest[1])
            at = nearest[2]
        return "" if set(found) <= {UNKNOWN} else _sentence(found)

    def _nearest(self, mulaw: bytes, at: int) -> tuple[int, str, int] | None:
        """Where the next prompt begins, its text, and where it ends; of several the longest."""
        hits = [(mulaw.find(core, at), -len(core), text) for text, core in self._cores.items()]
        hits = [hit for hit in hits if hit[0] >= 0]
        if not hits:
            return None
        start, size, text = min(hits)
        return start, text, start - size

    @cached_property
    def _cores(self) -> Mapping[str, bytes]:
        """Text -> its sound without the silence around it."""
        cores = {self.book.text(name): pcm_to_mulaw(pcm).strip(_TRIM) for name, pcm in self.book.sounds.items()}
        return {text: core for text, core in cores.items() if core}


def _sentence(parts: list[str]) -> str:
    """The texts in one line: digits close together, a comma before the sentence that follows them."""
    line = ""
    for part in parts:
        line += f"，{part}" if line and line[-1] not in "，。！？：…；" and len(part) > 1 else part
    return line
