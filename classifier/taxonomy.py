"""The city's matters: a tree whose leaves are what people call about. Data of `config/taxonomy/`, one file a group."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from classifier.proposal import Kind, Urgency
from classifier.sound import near_sound
from config.errors import DataError

DEADLINES_H = (2, 24, 168, 360)
"""Hours in which the organisation answers: danger, basic supply, 7 days, 15 days."""
_TEXTS = ("code", "name", "spoken", "definition", "organisation")


@dataclass(frozen=True, slots=True)
class Leaf:
    code: str
    """Unique, without a dot; begins with the codes of the levels above."""
    path: tuple[str, ...]
    """Names from level 1 down to the leaf's own; three or four."""
    name: str
    spoken: str
    """In residents' words, as it is read back to them: 家里暖气不热."""
    definition: str
    aliases: tuple[str, ...]
    examples: tuple[str, ...]
    """Sentences as residents say them."""
    kind: Kind
    urgency: Urgency
    deadline_h: int
    organisation_kind: str
    """Who usually answers for it, in the city's words: 供热单位."""
    questions: tuple[str, ...]
    """What an operator asks when the caller did not say it."""
    valid_from: date | None = None
    valid_to: date | None = None
    """First and last day on which it is proposed; by its code it is found at any time."""

    def is_valid(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Taxonomy:
    leaves: tuple[Leaf, ...]
    moved: Mapping[str, str]
    """Code of an earlier version -> code now."""
    version: str
    """First 12 hex characters of the SHA-256 over the files."""
    frequent: frozenset[str] = frozenset()
    """Codes of the leaves that make most of the calls: of these the checker asks for more sentences."""

    @cached_property
    def _by_code(self) -> dict[str, Leaf]:
        return {leaf.code: leaf for leaf in self.leaves}

    def leaf(self, code: str) -> Leaf | None:
        """The leaf of this code, or the one that an old code moved to, step by step; None for an unknown code."""
        seen: set[str] = set()
        while code not in self._by_code and code in self.moved and code not in seen:
            seen.add(code)
            code = self.moved[code]
        return self._by_code.get(code)

    def search(self, text: str, limit: int = 12) -> list[Leaf]:
        """Leaves for the form's category box, best first: by code, by what was typed in any order of words, by characters."""
        words = text.split()
        if not words:
            return []
        ranked = [(rank, leaf) for leaf in self.leaves if (rank := _rank(leaf, words)) > 0]
        ranked.sort(key=lambda pair: -pair[0])
        return [leaf for _, leaf in ranked[:limit]] or self._sounding_like("".join(words), limit)

    @cached_property
    def _sounds(self) -> list[str]:
        return [near_sound(" ".join((leaf.name, leaf.spoken, *leaf.aliases))) for leaf in self.leaves]

    def _sounding_like(self, typed: str, limit: int) -> list[Leaf]:
        """Whoever types by sound picks a wrong character: 暖汽不热."""
        if len(typed) < _SHORTEST_BY_SOUND:
            return []
        near = process.extract(near_sound(typed), self._sounds, scorer=fuzz.partial_ratio, score_cutoff=_ALIKE, limit=limit)
        return [self.leaves[index] for _, _, index in near]


_SHORTEST_BY_SOUND = 2
_ALIKE = 80
"""Part of the syllables that must be the same, in percent, for a leaf to be offered by its sound."""


def _rank(leaf: Leaf, words: list[str]) -> float:
    return min(_rank_word(leaf, word) for word in words)


def _rank_word(leaf: Leaf, word: str) -> float:
    """0 for no match; higher the shorter the text that holds the word. Scattered characters of a name rank last."""
    if leaf.code.startswith(word):
        return 4
    if word in leaf.name or word in leaf.spoken:
        return 3 + len(word) / (len(leaf.name) + 1)
    if any(word in text for text in (*leaf.aliases, *leaf.path)):
        return 2
    if word in leaf.definition:
        return 1
    return 0.5 if set(word) <= set(leaf.name + leaf.spoken) else 0


def load_taxonomy(folder: Path) -> Taxonomy:
    """Reads every `*.json` in the folder and below it; several files may hold groups of one domain.

    Raises DataError, which names the file and the leaf.
    """
    files = sorted(path for path in folder.rglob("*.json") if path.name != "moved.json")
    if not files:
        raise DataError(f"{folder} holds no taxonomy: one JSON file for each group is expected there.")
    digest = sha256()
    leaves: list[Leaf] = []
    for path in files:
        content = path.read_bytes()
        digest.update(content)
        leaves.extend(_read_domain(path, content))
    _refuse_twins(folder, leaves)
    return Taxonomy(tuple(leaves), _read_moved(folder / "moved.json"), digest.hexdigest()[:12], _read_frequent(folder))


def _read_domain(path: Path, content: bytes) -> Iterator[Leaf]:
    try:
        yield from _walk(json.loads(content), ())
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path} is no taxonomy file: {type(error).__name__} {error}") from error


def _walk(node: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[Leaf]:
    path = (*above, node["name"])
    for group in node.get("groups", ()):
        yield from _walk(group, path)
    for leaf in node.get("leaves", ()):
        yield _read_leaf(leaf, path)


def _read_leaf(item: Mapping[str, Any], above: tuple[str, ...]) -> Leaf:
    code, name, spoken, definition, organisation = (_text(item, field) for field in _TEXTS)
    if not code.isalnum():
        raise ValueError(f"code {code!r} may hold letters and digits only")
    if item["deadline_h"] not in DEADLINES_H:
        raise ValueError(f"{code}: deadline_h is none of {DEADLINES_H}")
    return Leaf(
        code=code,
        path=(*above, name),
        name=name,
        spoken=spoken,
        definition=definition,
        aliases=tuple(item["aliases"]),
        examples=tuple(item["examples"]),
        kind=Kind(item["kind"]),
        urgency=Urgency(item["urgency"]),
        deadline_h=item["deadline_h"],
        organisation_kind=organisation,
        questions=tuple(item["questions"]),
        valid_from=_day(item, "valid_from"),
        valid_to=_day(item, "valid_to"),
    )


def _day(item: Mapping[str, Any], field: str) -> date | None:
    return date.fromisoformat(item[field]) if item.get(field) else None


def _text(item: Mapping[str, Any], field: str) -> str:
    value = item[field]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{item.get('code', '?')}: {field} is empty")
    return value


def _refuse_twins(folder: Path, leaves: list[Leaf]) -> None:
    seen: set[str] = set()
    for leaf in leaves:
        if leaf.code in seen:
            raise DataError(f"{folder}: code {leaf.code} stands there twice.")
        seen.add(leaf.code)


def _read_moved(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        return {str(old): str(new) for old, new in json.loads(path.read_bytes()).items()}
    except (AttributeError, ValueError) as error:
        raise DataError(f"{path} is no object of old code -> new code: {type(error).__name__} {error}") from error


def _read_frequent(folder: Path) -> frozenset[str]:
    """`frequent.txt`: one code a line; may be missing."""
    path = folder / "frequent.txt"
    return frozenset(path.read_text("utf-8").split()) if path.exists() else frozenset()
