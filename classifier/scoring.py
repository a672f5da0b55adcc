"""How good answers were: shares of right ones, calibration, macro-F1."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """One measured text."""

    right: tuple[str, ...]
    """Codes that count as right; the first is the best one."""
    given: tuple[tuple[str, float], ...]
    """Code and score of each candidate, best first."""

    @property
    def first(self) -> str:
        return self.given[0][0] if self.given else ""

    @property
    def score(self) -> float:
        return self.given[0][1] if self.given else 0.0

    def is_right(self, among: int = 1) -> bool:
        return any(code in self.right for code, _ in self.given[:among])


def share(answers: Sequence[bool]) -> float:
    return sum(answers) / max(len(answers), 1)


def top(answers: Sequence[Answer], among: int = 1) -> float:
    """Share of the texts whose right code is among the first candidates."""
    return share([answer.is_right(among) for answer in answers])


def macro_f1(answers: Sequence[Answer]) -> float:
    """Mean over the codes that stand in the test of the harmonic mean of precision and recall."""
    codes = sorted({answer.right[0] for answer in answers})
    return sum(_f1(answers, code) for code in codes) / max(len(codes), 1)


def _f1(answers: Sequence[Answer], code: str) -> float:
    hits = sum(answer.first == code == answer.right[0] for answer in answers)
    asked = sum(answer.right[0] == code for answer in answers)
    given = sum(answer.first == code for answer in answers)
    return 2 * hits / (asked + given) if hits else 0.0


def calibration_error(answers: Sequence[Answer]) -> float:
    """Expected calibration error of the first candidate: mean gap between score and share of right answers, over equal bins
    of the score, weighted by their sizes."""
    gaps = 0.0
    for number in range(BINS):
        inside = [answer for answer in answers if min(int(answer.score * BINS), BINS - 1) == number]
        gaps += abs(sum(answer.score for answer in inside) - sum(answer.is_right() for answer in inside))
    return gaps / max(len(answers), 1)
