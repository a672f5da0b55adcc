"""Cuts a sentence into pieces for the page: where words begin in the recording, which were heard badly, which are evidence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise

from intake.listening import CALLER
from intake.queries_case import CorrectionSeen, ProposalSeen, UtteranceSeen, WordSeen

UNSURE_BELOW = 0.6
"""Confidence below which a word is marked as heard badly."""

Span = tuple[int, int]
_MARKS = "，。？！、"


@dataclass(frozen=True, slots=True)
class Piece:
    """`start_ms` counts within the call's audio, None where unknown; `evidence` names the candidates that this text led to."""

    text: str
    start_ms: int | None = None
    is_unsure: bool = False
    evidence: tuple[str, ...] = ()
    meant: str | None = None
    """The place's name that was meant, on the first piece of what was heard for it."""
    ends_misheard: bool = False
    """The last piece of that."""


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance as the page shows it."""

    said: UtteranceSeen
    pieces: tuple[Piece, ...]

    @property
    def differs_from_raw(self) -> bool:
        return "".join(self.said.raw.split()) != "".join(self.said.text.split())


def lines(
    utterances: Sequence[UtteranceSeen], proposal: ProposalSeen | None, more: Mapping[str, Sequence[Span]] | None = None
) -> tuple[Line, ...]:
    """Each utterance with the evidence of the newest proposal: candidates are named c1..c5 and l1..l5; `more` names its own."""
    named = {**_named_spans(proposal), **(more or {})} if proposal else {}
    # What a human of ours said was not read for the proposal.
    own = [utterance.text if utterance.channel == CALLER else "" for utterance in utterances]
    placed = locate(own, proposal.text if proposal else "")
    return tuple(
        Line(utterance, cut(utterance.text, utterance.words, _within(named, place), utterance.corrections))
        for utterance, place in zip(utterances, placed, strict=True)
    )


def locate(texts: Iterable[str], whole: str) -> list[Span | None]:
    """Where each text stands in the whole that was joined from them; None for one that came later."""
    places: list[Span | None] = []
    cursor = 0
    for text in texts:
        start = whole.find(text, cursor) if text else -1
        places.append((start, start + len(text)) if start >= 0 else None)
        cursor = start + len(text) if start >= 0 else cursor
    return places


def cut(
    text: str,
    words: Sequence[WordSeen],
    evidence: Mapping[str, Sequence[Span]],
    corrections: Sequence[CorrectionSeen] = (),
) -> tuple[Piece, ...]:
    """Pieces that join to `text` exactly."""
    found = _find_words(text, words)
    edges = {0, len(text), *(edge for span, _ in found for edge in span)}
    edges |= {edge for spans in evidence.values() for span in spans for edge in span}
    edges |= {edge for correction in corrections for edge in (correction.start, correction.end)}
    marks = sorted(edge for edge in edges if 0 <= edge <= len(text))
    pieces = (_piece(text, start, end, found, evidence) for start, end in pairwise(marks))
    return tuple(
        _corrected(piece, start, end, corrections) for piece, (start, end) in zip(pieces, pairwise(marks), strict=True)
    )


def _corrected(piece: Piece, start: int, end: int, corrections: Sequence[CorrectionSeen]) -> Piece:
    for correction in corrections:
        if correction.start <= start and end <= correction.end:
            meant = correction.name if start == correction.start else None
            return replace(piece, meant=meant, ends_misheard=end == correction.end)
    return piece


def _piece(
    text: str, start: int, end: int, found: Sequence[tuple[Span, WordSeen]], evidence: Mapping[str, Sequence[Span]]
) -> Piece:
    word = next((word for (first, last), word in found if first <= start and end <= last), None)
    unsure = word is not None and word.confidence is not None and word.confidence < UNSURE_BELOW
    names = tuple(name for name, spans in evidence.items() if any(first <= start and end <= last for first, last in spans))
    return Piece(text[start:end], word.start_ms if word else None, unsure, names)


def _find_words(text: str, words: Sequence[WordSeen]) -> list[tuple[Span, WordSeen]]:
    """Where the words stand in the text, in order. What was written in another way (三号楼 as 3号楼) belongs to the words that
    were heard in its place, the least sure of them; what was added (punctuation) belongs to none."""
    heard = "".join(word.text for word in words)
    owners = [word for word in words for _ in word.text]
    found: list[tuple[Span, WordSeen]] = []
    for kind, first, last, start, end in SequenceMatcher(None, heard, text, autojunk=False).get_opcodes():
        if kind == "equal":
            for offset in range(end - start):
                _extend(found, start + offset, start + offset + 1, owners[first + offset])
        elif kind == "replace":
            _extend(found, start, start + len(text[start:end].rstrip(_MARKS)), _least_sure(owners[first:last]))
    return found


def _extend(found: list[tuple[Span, WordSeen]], start: int, end: int, word: WordSeen) -> None:
    if found and found[-1][1] is word and found[-1][0][1] == start:
        found[-1] = ((found[-1][0][0], end), word)
    else:
        found.append(((start, end), word))


def _least_sure(words: Sequence[WordSeen]) -> WordSeen:
    """One for all of them: it begins where the first does."""
    known = [word.confidence for word in words if word.confidence is not None]
    if words[0] is words[-1]:
        return words[0]
    return replace(words[0], confidence=min(known, default=None))


def _named_spans(proposal: ProposalSeen) -> dict[str, tuple[Span, ...]]:
    categories = {f"c{place}": candidate.evidence for place, candidate in enumerate(proposal.categories, 1)}
    places = {f"l{place}": candidate.evidence for place, candidate in enumerate(proposal.places, 1)}
    return {**categories, **places}


def _within(named: Mapping[str, Sequence[Span]], place: Span | None) -> dict[str, list[Span]]:
    if place is None:
        return {}
    begins, ends = place
    clipped = {
        name: [
            (max(first, begins) - begins, min(last, ends) - begins) for first, last in spans if first < ends and last > begins
        ]
        for name, spans in named.items()
    }
    return {name: spans for name, spans in clipped.items() if spans}
