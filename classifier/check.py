"""What is wrong with a taxonomy: empty, thin, repeated or overlapping leaves. `python -m classifier.check FOLDER` prints it."""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Final

from classifier.clean import plain_text
from classifier.taxonomy import Leaf, Taxonomy, load_taxonomy

FEWEST_EXAMPLES: Final = 3
FEWEST_FREQUENT: Final = 12
"""Of a leaf that makes many calls."""
FEWEST_ALIASES: Final = 1
TOO_ALIKE: Final = 0.6
"""Share of 4-grams from which two sentences are made after one pattern."""
_SIZE: Final = 4

Texts = Callable[[Leaf], Iterable[str]]


def problems(taxonomy: Taxonomy) -> list[str]:
    """One sentence for each, with the leaf's code."""
    found: list[str] = []
    for leaf in taxonomy.leaves:
        found.extend(_thin(leaf, FEWEST_FREQUENT if leaf.code in taxonomy.frequent else FEWEST_EXAMPLES))
        found.extend(_patterned(leaf))
    found.extend(_twice(taxonomy.leaves, "spoken name", lambda leaf: [leaf.spoken]))
    found.extend(_twice(taxonomy.leaves, "example", lambda leaf: leaf.examples))
    found.extend(_twice(taxonomy.leaves, "alias", lambda leaf: leaf.aliases))
    found.extend(_twice(taxonomy.leaves, "definition", lambda leaf: [leaf.definition]))
    found.extend(_overlapping(taxonomy.leaves))
    found.extend(f"{old}: moved to {new}, which is no leaf" for old, new in taxonomy.moved.items() if not taxonomy.leaf(new))
    found.extend(f"{code}: frequent.txt names it, and it is no leaf" for code in taxonomy.frequent if not taxonomy.leaf(code))
    return found


def _thin(leaf: Leaf, fewest: int) -> Iterator[str]:
    if len(leaf.examples) < fewest:
        yield f"{leaf.code}: {len(leaf.examples)} examples, {fewest} are the least"
    if len(leaf.aliases) < FEWEST_ALIASES:
        yield f"{leaf.code}: no alias"
    if not leaf.questions:
        yield f"{leaf.code}: no question"
    if not 3 <= len(leaf.path) <= 4:
        yield f"{leaf.code}: {len(leaf.path)} levels, 3 or 4 are expected"
    for text in (leaf.name, leaf.spoken, leaf.definition, *leaf.aliases, *leaf.examples, *leaf.questions):
        if not text.strip() or text != text.strip():
            yield f"{leaf.code}: a text is empty or has white space around it"
    if leaf.valid_from and leaf.valid_to and leaf.valid_to < leaf.valid_from:
        yield f"{leaf.code}: valid_to lies before valid_from"


def _twice(leaves: Sequence[Leaf], what: str, texts: Texts) -> Iterator[str]:
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for leaf in leaves:
        for text in texts(leaf):
            owners[plain_text(text)].append(leaf.code)
    yield from (f"{' and '.join(codes)}: the same {what} {text}" for text, codes in owners.items() if len(codes) > 1)


def _patterned(leaf: Leaf) -> Iterator[str]:
    """Pairs of examples that share most of their 4-grams once the leaf's name is taken out."""
    pieces = [(text, _pieces(plain_text(text).replace(leaf.name, ""))) for text in leaf.examples]
    for (one, first), (other, second) in combinations(pieces, 2):
        if first and second and len(first & second) / min(len(first), len(second)) > TOO_ALIKE:
            yield f"{leaf.code}: {one} and {other} are made after one pattern"


def _overlapping(leaves: Sequence[Leaf]) -> Iterator[str]:
    """Pairs of leaves with example sentences that share most of their 4-grams once the leaves' names are taken out."""
    owners: defaultdict[str, set[int]] = defaultdict(set)
    sentences = [
        (leaf.code, text, _pieces(plain_text(text).replace(leaf.name, ""))) for leaf in leaves for text in leaf.examples
    ]
    for number, (_, _, pieces) in enumerate(sentences):
        for piece in pieces:
            owners[piece].add(number)
    shared: defaultdict[tuple[int, int], int] = defaultdict(int)
    for numbers in owners.values():
        for pair in combinations(sorted(numbers), 2):
            shared[pair] += 1
    for (one, other), count in shared.items():
        (code, text, pieces), (code2, text2, pieces2) = sentences[one], sentences[other]
        if code != code2 and count / min(len(pieces), len(pieces2)) > TOO_ALIKE:
            yield f"{code} and {code2}: {text} and {text2} are nearly the same"


def _pieces(text: str) -> set[str]:
    return {text[start : start + _SIZE] for start in range(len(text) - _SIZE + 1)}


def main(folder: str) -> int:
    taxonomy = load_taxonomy(Path(folder))
    found = problems(taxonomy)
    print("\n".join(found) if found else f"{len(taxonomy.leaves)} leaves, no problem")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
