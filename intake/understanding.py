"""Understanding that takes a newly promoted version of the classifier while the process runs."""

import logging
import threading
from pathlib import Path
from time import monotonic
from typing import Final

from classifier.danger_stored import judge_of
from classifier.misheard import Misheard
from classifier.pipeline import DangerFinder, Understanding
from classifier.proposal import Proposal
from classifier.taxonomy import Taxonomy
from classifier.versions import Versions, model_in_use
from intake.places import LivingPlaces

log = logging.getLogger(__name__)

LOOK_S: Final = 5.0
"""How often a process looks whether another version was promoted."""


def versions_in(var: Path) -> Versions:
    return Versions(var / "classifier")


class LivingUnderstanding:
    """Safe to share between threads. A new version is loaded beside the calls, which go on with the old one meanwhile."""

    def __init__(
        self, taxonomy: Taxonomy, places: LivingPlaces, find_danger: DangerFinder, var: Path, look_s: float = LOOK_S
    ) -> None:
        self._taxonomy = taxonomy
        self._places = places
        self._find_danger = find_danger
        self._versions = versions_in(var)
        self._look_s = look_s
        self._stamp = self._stamps()
        self._looked_at = monotonic()
        self._lock = threading.Lock()
        self._gazetteer = places()
        self._judge = judge_of(taxonomy)
        model = model_in_use(self._versions, taxonomy)
        self._now = Understanding(taxonomy, self._gazetteer, find_danger, model, judge=self._judge)

    @property
    def version(self) -> str:
        return self._now.version

    def propose(self, text: str) -> Proposal:
        """Never raises, whatever the text."""
        self._look()
        return self._now.propose(text)

    def misheard(self, text: str) -> tuple[Misheard, ...]:
        return self._now.misheard(text)

    def _look(self) -> None:
        if monotonic() - self._looked_at < self._look_s or not self._lock.acquire(blocking=False):
            return
        try:
            self._looked_at = monotonic()
            stamp = self._stamps()
            if stamp != self._stamp:
                self._stamp = stamp
                threading.Thread(target=self._take, name="classifier-version", daemon=True).start()
        finally:
            self._lock.release()

    def _stamps(self) -> tuple[object, object]:
        return self._versions.stamp(), self._places.stamp()

    def _take(self) -> None:
        trained, gazetteer = model_in_use(self._versions, self._taxonomy), self._places()
        if gazetteer is self._gazetteer:
            self._now = self._now.with_version(trained)
        else:
            self._gazetteer = gazetteer
            self._now = Understanding(self._taxonomy, gazetteer, self._find_danger, trained, judge=self._judge)
        log.info("another version of the classifier is in use", extra={"version": self._now.version})
