"""Understanding: from a transcript to a proposal."""

from classifier.gazetteer import Gazetteer
from classifier.proposal import Proposal
from classifier.taxonomy import Taxonomy


class Understanding:
    """Built once for a process; takes at most two seconds. Safe to share between threads."""

    def __init__(self, taxonomy: Taxonomy, gazetteer: Gazetteer) -> None:
        self._taxonomy = taxonomy
        self._gazetteer = gazetteer

    def propose(self, text: str) -> Proposal:
        """Never raises, whatever the text."""
        raise NotImplementedError
