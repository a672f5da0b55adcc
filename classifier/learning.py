"""Learning from confirmations: a new version, compared with the one in use on calls that neither has seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from classifier.corpus import Labelled
from classifier.matter import MatterIndex
from classifier.model import MatterModel
from classifier.scoring import Answer, calibration_error, top
from classifier.taxonomy import Taxonomy

FEWEST_HELD_OUT: Final = 30
"""Held-out calls below which two versions cannot be told apart."""


@dataclass(frozen=True, slots=True)
class Quality:
    calls: int
    first: float
    """Share of the calls whose confirmed leaf is the first candidate."""
    five: float
    calibration: float

    def is_better_than(self, other: "Quality") -> bool:
        """More right first candidates, and no fewer among five."""
        return self.first > other.first and self.five >= other.five


def quality(model: MatterModel, taxonomy: Taxonomy, held_out: Sequence[Labelled]) -> Quality:
    answers = answers_of(model, taxonomy, held_out)
    return Quality(len(answers), top(answers), top(answers, 5), calibration_error(answers))


def answers_of(model: MatterModel, taxonomy: Taxonomy, held_out: Sequence[Labelled]) -> list[Answer]:
    """`held_out`: cleaned texts."""
    index = MatterIndex(taxonomy, model)
    answers = []
    for item in held_out:
        leaf = taxonomy.leaf(item.code)
        if leaf is not None:
            given = tuple((match.leaf.code, match.probability) for match in index.rank(item.text))
            answers.append(Answer((leaf.code,), given))
    return answers


def labelled(calls: Sequence[tuple[str, str]], matter_text: Callable[[str], str]) -> list[Labelled]:
    """`calls`: text as it was heard and confirmed code; what no model may learn is taken out, and what then is empty."""
    return [Labelled(plain, code) for text, code in calls if (plain := matter_text(text)).strip("，？")]
