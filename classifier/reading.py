"""What was understood, as it can be said back to the caller."""

from classifier.proposal import Proposal
from classifier.taxonomy import Taxonomy


def spoken_reading(proposal: Proposal, taxonomy: Taxonomy) -> tuple[str | None, str | None, str]:
    """(matter, place, own words): the leaf's spoken name or None below the abstain level, 昌平区天通苑北街道 or None, and
    the caller's words, at most 40 characters."""
    raise NotImplementedError
