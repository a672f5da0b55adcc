"""The windows through which a text is compared with the taxonomy: its clauses, for a call tells of other things too."""

from collections.abc import Iterator
from typing import Final

from classifier.clean import BREAKS
from classifier.grams import BLANK

LONGEST: Final = 36
"""Characters of one window; a longer clause (speech without punctuation) is cut into windows that overlap by half."""
MOST: Final = 40
"""Windows; a longer text is looked at in wider ones."""
SHORTEST: Final = 5
"""A shorter clause is joined to the next one."""


def windows(text: str) -> list[tuple[int, int]]:
    """Start and end of the clauses of a cleaned text, at most MOST."""
    spans: list[tuple[int, int]] = []
    start = None
    for index, character in enumerate(text + BREAKS[0]):
        if character not in BREAKS and character != BLANK:
            start = index if start is None else start
        elif start is not None and (character != BLANK) and index - start >= SHORTEST:
            spans.extend(_cut(start, index))
            start = None
    if start is not None:
        spans.append((start, len(text)))
    if len(spans) > MOST:
        step = len(spans) // MOST + 1
        spans = [(spans[at][0], spans[min(at + step, len(spans)) - 1][1]) for at in range(0, len(spans), step)]
    return spans or [(0, len(text))]


def _cut(start: int, end: int) -> Iterator[tuple[int, int]]:
    if end - start <= LONGEST:
        yield start, end
        return
    for begin in range(start, end - LONGEST // 2, LONGEST // 2):
        yield begin, min(end, begin + LONGEST)
