"""The text as matching wants it: one plain character for each that counts, with the way back to the given text."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from classifier.proposal import Span
from classifier.script import SIMPLIFIED

LIMIT: Final = 3000
"""Characters of the given text that are read: twelve minutes of speech, more than a conversation may last."""
BREAK: Final = "，"
"""Stands for every mark of punctuation but the question mark, and for a new line."""
QUESTION: Final = "？"
BREAKS: Final = BREAK + QUESTION
_FILLERS: Final = frozenset("嗯呃唔哦噢喔诶欸唉哎嗳啊呀嘛哇呐")
_KEEP_ER: Final = ("女儿", "幼儿", "婴儿", "少儿", "托儿", "孤儿", "育儿", "胎儿", "生儿", "小儿", "那儿", "哪儿")
_ER_WORDS: Final = ("儿童", "儿子", "儿媳", "儿科", "儿女", "儿保", "儿歌", "儿研")


@dataclass(frozen=True, slots=True)
class Clean:
    text: str
    origin: tuple[int, ...]
    """For each character of `text` the index of the given character that it stands for; strictly increasing."""

    def shown(self, given: str) -> str:
        """The text in the given characters (upper case, traditional), as long as `text`; breaks stay breaks."""
        return "".join(plain if plain in BREAKS else given[index] for plain, index in zip(self.text, self.origin, strict=True))

    def span(self, start: int, end: int) -> Span:
        """Where text[start:end], which is not empty, lies in the given text."""
        return self.origin[start], self.origin[end - 1] + 1


def clean(given: str) -> Clean:
    """Full-width to half-width, traditional to simplified, lower case; without white space, fillers (嗯), control characters,
    emoji, and the 儿 that the tongue adds (门儿)."""
    text: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(given[:LIMIT]):
        plain = _plain(character)
        if not plain or (plain in BREAKS and text and text[-1] == plain):
            continue
        if plain == "儿" and _is_added(given, index):
            continue
        text.append(plain)
        origin.append(index)
    return Clean("".join(text), tuple(origin))


def plain_text(text: str) -> str:
    return clean(text).text


def _is_added(given: str, index: int) -> bool:
    return given[max(0, index - 1) : index + 1] not in _KEEP_ER and given[index : index + 2] not in _ER_WORDS


@lru_cache(maxsize=16384)
def _plain(character: str) -> str:
    """The one character that stands for this one, or nothing."""
    if character == "\n":
        return BREAK
    character = unicodedata.normalize("NFKC", character)[:1].lower()[:1]
    character = SIMPLIFIED.get(character, character)
    category = unicodedata.category(character) if character else "Cc"
    if character == "?":
        return QUESTION
    if category.startswith("P") and character not in "#%@.-":
        return BREAK
    if category[0] in "CZM" or category in ("So", "Sk") or character in _FILLERS or ord(character) > 0xFFFF:
        return ""
    return character
