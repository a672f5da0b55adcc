"""Danger to life or property, heard from what a caller said.

A phrase list with exceptions, clause by clause. It leans to hearing danger: a caller wrongly sent to a human loses half a
minute, one wrongly kept may lose a life. Harmless words that hold a dangerous one (火车站, 煤气费) are taken out first; then a
phrase counts unless it is denied (没有着火), feared or prevented (怕着火), or over (去年着火).
"""

import re
from dataclasses import dataclass
from typing import Final

from ivr.danger_words import (
    ACROSS,
    AFTERWARDS,
    CLAUSE,
    DENIED,
    FEARED,
    HAPPENS,
    HARMLESS,
    LONG_AGO,
    MEDICAL,
    NOT_DENIED,
    NOW,
    OTHER,
    WOULD,
)

_SPACES: Final = re.compile(r"[^\S\n]+")
_ANY: Final = re.compile("|".join(f"(?:{pattern.pattern})" for pattern in (*MEDICAL, *OTHER)))
"""Most clauses hold no phrase at all, and one question finds that out in half the time of sixty."""


@dataclass(frozen=True, slots=True)
class Danger:
    phrase: str
    """The words that tell it."""
    medical: bool
    """Somebody needs an ambulance."""


def find_danger(text: str) -> Danger | None:
    """The first danger that the caller tells of, or None."""
    plain = HARMLESS.sub("〇", _SPACES.sub("", text))
    long_ago = False
    for clause in CLAUSE.split(plain):
        long_ago = (long_ago or bool(LONG_AGO.search(clause))) and not NOW.search(clause)
        found = _in_clause(clause) if not long_ago and _ANY.search(clause) else None
        if found:
            return found
    across = ACROSS.search(plain)
    return Danger(across.group(), medical=False) if across else None


def _in_clause(clause: str) -> Danger | None:
    for medical, patterns in ((True, MEDICAL), (False, OTHER)):
        for pattern in patterns:
            for match in pattern.finditer(clause):
                if _is_real(clause[: match.start()], match.group(), clause[match.end() :]):
                    return Danger(match.group(), medical)
    return None


def _is_real(before: str, phrase: str, after: str) -> bool:
    if AFTERWARDS.match(after):
        return False
    if DENIED.search(before) and not NOT_DENIED.search(before):
        return False
    if WOULD.search(before) and not HAPPENS.search(phrase):
        return False
    return not FEARED.search(before)
