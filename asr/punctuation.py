"""Commas and question marks in what was recognised. The raw text has none and stays; each utterance is a line of its own, so it
ends without a full stop.

Two kinds: by rules (pauses between the words, particles that ask), always there; by a small model, where a city installed one
(asr/punctuation_model.py).
"""

import re
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import Final, Protocol

from asr.contract import Transcript
from asr.written import stretches

PAUSE_MS: Final = 450
"""A pause between two words from which a comma stands there."""
LEAST: Final = 2
"""Characters before and behind a comma, at least."""
MARKS: Final = "，。？！、；：,?!;"
_ASKS: Final = re.compile("(?:吗|么|呢|(?:怎么办|为什么|什么时候|多少钱|是不是|行不行|好不好|可以不可以|能不能)(?:呀|啊)?)$")
_NO_QUESTION: Final = re.compile("(?:还没|正在|着|还)[^，]{0,8}呢$|(?:什|这|那|怎|多)么$")


class Punctuator(Protocol):
    def punctuate(self, said: Transcript) -> Transcript:
        """The same with marks in `text`; all else stays, and so do texts whose engine wrote marks itself."""


class Rules:
    def punctuate(self, said: Transcript) -> Transcript:
        if not said.text or has_marks(said.text):
            return said
        return replace(said, text=with_question(_with_commas(said)))


def has_marks(text: str) -> bool:
    return any(mark in text for mark in MARKS)


def with_question(text: str) -> str:
    last = text.rpartition("，")[2]
    return text + "？" if _ASKS.search(last) and not _NO_QUESTION.search(last) else text


def _with_commas(said: Transcript) -> str:
    places = _written_places(said.raw)
    ends = accumulate(len("".join(word.text.split())) for word in said.words)
    text, added = said.text, 0
    for end, (before, after) in zip(ends, pairwise(said.words), strict=False):
        place = places.get(end)
        if place is None or after.start_ms - before.end_ms < PAUSE_MS:
            continue
        last = text.rfind("，", 0, place + added)
        if place + added - last - 1 >= LEAST and len(said.text) - place >= LEAST:
            text = text[: place + added] + "，" + text[place + added :]
            added += 1
    return text


def _written_places(raw: str) -> dict[int, int]:
    """Where in the written text a place of the heard one is, counted without spaces; none within a number."""
    places, heard, written = {0: 0}, 0, 0
    for part in stretches(raw):
        if part.heard == part.written:
            for sign in part.heard:
                heard, written = heard + (not sign.isspace()), written + 1
                places[heard] = written
        else:
            heard, written = heard + len("".join(part.heard.split())), written + len(part.written)
            places[heard] = written
    return places
