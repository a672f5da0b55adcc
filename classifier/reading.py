"""What was understood, as it can be said back to the caller."""

from typing import Final

from classifier.pipeline import ABSTAIN
from classifier.proposal import Proposal
from classifier.taxonomy import Taxonomy

SURE_OF_PLACE: Final = 0.45
"""Score from which a place is read back; below it the caller is asked."""
OWN_WORDS: Final = 40
"""Characters that are read back of the caller's own words at most."""


def spoken_reading(proposal: Proposal, taxonomy: Taxonomy) -> tuple[str | None, str | None, str]:
    """(matter, place, own words): the leaf's spoken name or None below the abstain level, 昌平区天通苑北街道 or None, and
    the caller's words, at most OWN_WORDS characters."""
    return _matter(proposal, taxonomy), _place(proposal), _own_words(proposal.summary)


def _matter(proposal: Proposal, taxonomy: Taxonomy) -> str | None:
    best = proposal.categories[0] if proposal.categories else None
    leaf = taxonomy.leaf(best.code) if best and best.score >= ABSTAIN else None
    return leaf.spoken if leaf else None


def _place(proposal: Proposal) -> str | None:
    """The best place; where its sub-district is doubtful, as much as the two best agree on."""
    if not proposal.locations:
        return None
    best = proposal.locations[0]
    address = best.address or ""
    if best.score >= SURE_OF_PLACE or (best.score >= 0.25 and len(proposal.locations) == 1):
        return best.name if len(address) > 16 or address in best.name else f"{best.name}{address}"
    return address or None


def _own_words(summary: str) -> str:
    if len(summary) <= OWN_WORDS:
        return summary
    cut = summary[:OWN_WORDS]
    return cut[: cut.rindex("，")] if "，" in cut[8:] else cut
