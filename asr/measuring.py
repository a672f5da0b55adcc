"""How much of what was said came out wrong: characters, without punctuation, case and spaces."""

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein


@dataclass(frozen=True, slots=True)
class CharacterErrors:
    """Characters that were said, and how many insertions, deletions and substitutions part the text from them."""

    said: int
    wrong: int

    @property
    def percent(self) -> float:
        return 100 * self.wrong / max(1, self.said)


def character_errors(pairs: Iterable[tuple[str, str]]) -> CharacterErrors:
    """`pairs`: what was said and what was heard. Figures and spoken numbers are different characters."""
    said = wrong = 0
    for truth, heard in pairs:
        plain = _plain(truth)
        said += len(plain)
        wrong += Levenshtein.distance(plain, _plain(heard))
    return CharacterErrors(said, wrong)


def _plain(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalnum())
