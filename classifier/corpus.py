"""What the recogniser of matters learns from: short texts, each of one leaf; of the taxonomy, or of any labelled set."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from classifier.clean import plain_text
from classifier.grams import Ints
from classifier.taxonomy import Leaf, Taxonomy


class Role(IntEnum):
    NAME = 0
    SPOKEN = 1
    DEFINITION = 2
    ALIAS = 3
    EXAMPLE = 4
    """Of the taxonomy."""
    CONFIRMED = 5
    """Of a call whose matter a person confirmed."""


NAMES = (Role.NAME, Role.SPOKEN, Role.ALIAS)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text as it was given, and the code of its leaf."""

    text: str
    code: str


@dataclass(frozen=True, slots=True)
class Corpus:
    codes: tuple[str, ...]
    """Of the leaves, by number."""
    domain: Ints
    """Number of each leaf's level 1, 0, 1, 2 ... without a gap."""
    group: Ints
    """Number of each leaf's level 2."""
    texts: tuple[str, ...]
    """Cleaned."""
    leaf: Ints
    """Number of the leaf of each text; ascending."""
    role: Ints

    def where(self, chosen: NDArray[np.bool_]) -> "Corpus":
        texts = tuple(text for text, is_chosen in zip(self.texts, chosen, strict=True) if is_chosen)
        return Corpus(self.codes, self.domain, self.group, texts, self.leaf[chosen], self.role[chosen])

    @property
    def is_spoken(self) -> NDArray[np.bool_]:
        """Which texts are sentences as callers say them: what can be held out to measure."""
        return self.role >= Role.EXAMPLE


def corpus_of(taxonomy: Taxonomy, confirmed: Sequence[Labelled] = ()) -> Corpus:
    """All texts of the taxonomy and the confirmed ones; what was confirmed under a code that is gone is left out."""
    leaves = taxonomy.leaves
    number = {leaf.code: at for at, leaf in enumerate(leaves)}
    rows = [(at, role, text) for at, leaf in enumerate(leaves) for role, text in texts_of(leaf)]
    for item in confirmed:
        leaf = taxonomy.leaf(item.code)
        if leaf is not None:
            rows.append((number[leaf.code], Role.CONFIRMED, item.text))
    domain = _numbers([leaf.path[0] for leaf in leaves])
    group = _numbers([leaf.path[:2] for leaf in leaves])
    return _corpus(tuple(leaf.code for leaf in leaves), domain, group, rows)


def flat_corpus(labelled: Sequence[Labelled]) -> Corpus:
    """Of a labelled set without levels: each label is a leaf, a group and a domain."""
    codes = tuple(dict.fromkeys(item.code for item in labelled))
    number = {code: at for at, code in enumerate(codes)}
    level = np.arange(len(codes), dtype=np.int64)
    return _corpus(codes, level, level, [(number[item.code], Role.EXAMPLE, item.text) for item in labelled])


def texts_of(leaf: Leaf) -> Iterator[tuple[Role, str]]:
    yield Role.NAME, leaf.name
    yield Role.SPOKEN, leaf.spoken
    yield Role.DEFINITION, leaf.definition
    yield from ((Role.ALIAS, alias) for alias in leaf.aliases)
    yield from ((Role.EXAMPLE, example) for example in leaf.examples)


def _corpus(codes: tuple[str, ...], domain: Ints, group: Ints, rows: list[tuple[int, Role, str]]) -> Corpus:
    rows.sort(key=lambda row: row[0])
    plain = [(leaf, role, text) for leaf, role, given in rows if (text := plain_text(given))]
    return Corpus(
        codes,
        domain,
        group,
        tuple(text for _, _, text in plain),
        np.array([leaf for leaf, _, _ in plain], dtype=np.int64),
        np.array([role for _, role, _ in plain], dtype=np.int64),
    )


def _numbers(names: Sequence[object]) -> Ints:
    number = {name: at for at, name in enumerate(dict.fromkeys(names))}
    return np.array([number[name] for name in names], dtype=np.int64)
