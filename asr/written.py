"""From what an engine writes to what a person reads: spaces between Chinese words go, numbers become figures.

The raw text is kept beside it. The city's names are left alone (asr/numbered_names.py); what becomes figures says
asr/number_rules.py.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from asr.contract import Transcript
from asr.number_rules import RULES
from asr.numbered_names import city_names
from asr.numerals import NUMERAL_SIGNS

LONGEST: Final = 4000
"""Characters of one utterance that are looked at; no utterance of 20 s is as long."""
_GAZETTEER: Final = Path(__file__).resolve().parent.parent / "config" / "gazetteer"
_WIDE: Final = r"\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef"
_SPACE_BESIDE_CHINESE: Final = re.compile(rf"(?<=[{_WIDE}])\s+|\s+(?=[{_WIDE}])")
_NUMERAL: Final = re.compile(f"[{NUMERAL_SIGNS}]")
_SAYINGS: Final = re.compile("不管三七二十一|一五一十|十有八九|三七开|二八开|五五开|九一八|三一五|八九不离十|一二三产业")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of an utterance as it was heard (without the spaces between words) and as it is written."""

    heard: str
    written: str


def normalise(transcript: Transcript) -> Transcript:
    """The same transcript with its text made readable; `raw` and the words stay."""
    return replace(transcript, text=readable(transcript.raw))


def readable(raw: str) -> str:
    return "".join(stretch.written for stretch in stretches(raw))


def stretches(raw: str) -> list[Stretch]:
    """The whole utterance in order: the `heard` joined is the text without figures, the `written` joined the text with them."""
    text = _SPACE_BESIDE_CHINESE.sub("", " ".join(raw.split()))
    if not _NUMERAL.search(text, 0, LONGEST):
        return [Stretch(text, text)] if text else []
    return list(_parts(text, sorted(_changes(text).items())))


def _changes(text: str) -> dict[tuple[int, int], str]:
    """What is written instead of which characters; no two overlap."""
    looked_at = text[:LONGEST]
    taken = [False] * len(looked_at)
    for start, end in (*(found.span() for found in _SAYINGS.finditer(looked_at)), *city_names(_GAZETTEER).spans(looked_at)):
        taken[start:end] = [True] * (end - start)
    changes: dict[tuple[int, int], str] = {}
    for pattern, write in RULES:
        for found in pattern.finditer(looked_at):
            start, end = found.span()
            if any(taken[start:end]) or (written := write(found)) is None or written == found.group():
                continue
            changes[start, end] = written
            taken[start:end] = [True] * (end - start)
    return changes


def _parts(text: str, changes: list[tuple[tuple[int, int], str]]) -> Iterator[Stretch]:
    at = 0
    for (start, end), written in changes:
        if at < start:
            yield Stretch(text[at:start], text[at:start])
        yield Stretch(text[start:end], written)
        at = end
    if at < len(text):
        yield Stretch(text[at:], text[at:])
