"""From sherpa-onnx's tokens to words: a Chinese character is one, the pieces of a Latin word are put together."""

from collections.abc import Sequence

from asr.contract import Transcript, Word

_WORD_BEGINS = "▁"
_GOES_ON = "@@"
_LONGEST_MS = 400
"""A token is known by its beginning; it ends where the next one begins, or so much later."""


def transcript_of(tokens: Sequence[str], starts_s: Sequence[float], chances: Sequence[float], length_ms: int) -> Transcript:
    """`starts_s`, `chances`: one for each token, or empty where the model gives none; without times, each word may be anywhere
    in the utterance of `length_ms`. `chances` are in [0, 1]; of a word's tokens the least counts."""
    words: list[Word] = []
    glued = False
    for place, token in enumerate(tokens):
        text = token.removeprefix(_WORD_BEGINS).removesuffix(_GOES_ON).strip()
        start, end = _span(place, tokens, starts_s, length_ms)
        chance = min(1.0, max(0.0, chances[place])) if len(chances) == len(tokens) else None
        if words and text and _joins(words[-1].text, token, text, glued=glued):
            last = words.pop()
            text, start = last.text + text, last.start_ms
            chance = None if chance is None or last.confidence is None else min(chance, last.confidence)
        glued = token.endswith(_GOES_ON)
        if text:
            words.append(Word(text, start, end, chance))
    raw = " ".join(word.text for word in words)
    return Transcript(raw, raw, tuple(words))


def _span(place: int, tokens: Sequence[str], starts_s: Sequence[float], length_ms: int) -> tuple[int, int]:
    if len(starts_s) != len(tokens):
        return 0, length_ms
    start = min(max(0, round(starts_s[place] * 1000)), length_ms)
    after = round(starts_s[place + 1] * 1000) if place + 1 < len(tokens) else length_ms
    return start, max(start, min(after, start + _LONGEST_MS, length_ms))


def _joins(before: str, token: str, text: str, *, glued: bool) -> bool:
    """Whether the token goes on with the Latin word before it."""
    if not (before[-1].isascii() and text[0].isascii()):
        return False
    return glued or not (token.startswith((_WORD_BEGINS, " ")) or _GOES_ON in token)
