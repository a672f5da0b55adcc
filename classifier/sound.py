"""How text sounds: each Chinese character replaced by a code of its toneless syllable; sounds are searched like text."""

from functools import cache
from pathlib import Path
from typing import Final

_BASE: Final = 0xE000
"""First code of the private area, where no given character comes from: clean() drops them."""
_INITIALS: Final = (
    "zh",
    "ch",
    "sh",
    "b",
    "p",
    "m",
    "f",
    "d",
    "t",
    "n",
    "l",
    "g",
    "k",
    "h",
    "j",
    "q",
    "x",
    "r",
    "z",
    "c",
    "s",
    "y",
    "w",
)
_NEAR_INITIALS: Final = {"zh": "z", "ch": "c", "sh": "s", "n": "l"}
_NEAR_FINALS: Final = {"ing": "in", "eng": "en", "ang": "an", "iang": "ian", "uang": "uan", "ong": "on"}
_HU: Final = {"u": "u", "ua": "a", "ui": "ei", "uan": "an", "un": "en", "ong": "en", "uo": "o"}
"""Finals after which h and f are taken for each other, with the final that f then has: huang and fang."""


def split(syllable: str) -> tuple[str, str]:
    """Initial (may be empty) and final."""
    initial = next((start for start in _INITIALS if syllable.startswith(start)), "")
    return initial, syllable[len(initial) :]


def near(syllable: str) -> str:
    """The name of its class of sounds that a listener mixes up: zh/z, ch/c, sh/s, n/l, in/ing, en/eng, an/ang, f/h."""
    initial, final = split(syllable)
    final = _NEAR_FINALS.get(final, final)
    if initial == "h" and final in _HU:
        initial, final = "f", _HU[final]
    return _NEAR_INITIALS.get(initial, initial) + final


@cache
def _tables() -> tuple[dict[int, str], dict[int, str], tuple[str, ...]]:
    """str.translate tables for toneless and near sound, and the syllable of each toneless code."""
    toneless: dict[int, str] = {}
    nearly: dict[int, str] = {}
    classes: dict[str, int] = {}
    syllables: list[str] = []
    for line in Path(__file__).with_name("syllables.txt").read_text("utf-8").splitlines():
        syllable, characters = line.split()
        exact_code = chr(_BASE + len(syllables))
        near_code = chr(_BASE + classes.setdefault(near(syllable), len(classes)))
        for character in characters:
            toneless[ord(character)] = exact_code
            nearly[ord(character)] = near_code
        syllables.append(syllable)
    return toneless, nearly, tuple(syllables)


def toneless(text: str) -> str:
    """As long as the text; characters without a syllable stand as they are."""
    return text.translate(_tables()[0])


def near_sound(text: str) -> str:
    """As long as the text; syllables that are easily mixed up have one code."""
    return text.translate(_tables()[1])


@cache
def likeness(one: str, other: str) -> float:
    """Of two toneless codes: 1 for the same, 0.85 for one class, 0.5 for a shared initial or final, else 0."""
    if one == other:
        return 1.0
    syllables = _tables()[2]
    first, second = ord(one) - _BASE, ord(other) - _BASE
    if not (0 <= first < len(syllables) and 0 <= second < len(syllables)):
        return 0.0
    if near(syllables[first]) == near(syllables[second]):
        return 0.85
    (initial, final), (initial2, final2) = split(near(syllables[first])), split(near(syllables[second]))
    return 0.5 if initial == initial2 or final == final2 else 0.0


@cache
def misheard(character: str, *, nearly: bool) -> str:
    """The everyday characters (GB 2312, first level) of the same toneless sound, or `nearly` the same; the character itself
    where there is no other."""
    exactly, near_by, _ = _tables()
    table = near_by if nearly else exactly
    code = table.get(ord(character))
    others = (chr(other) for other, its in table.items() if its == code and other != ord(character))
    return "".join(other for other in others if _is_common(other)) or character


def _is_common(character: str) -> bool:
    encoded = character.encode("gb2312", "ignore")
    return len(encoded) == 2 and 0xB0 <= encoded[0] < 0xD8
