"""The versions of the trained model: the base, which set-up makes of the taxonomy, and those that learnt from confirmations.

`var/classifier/` holds `1.npz`, `2.npz`, ... and `in_use`, a line for each promotion: the last one counts, and going back
takes it away. An empty or missing file means the base.
"""

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from classifier.corpus import corpus_of
from classifier.model import lexical_model
from classifier.stored import Card, Stored, load, load_card, named, save
from classifier.taxonomy import Taxonomy
from config.errors import DataError

log = logging.getLogger(__name__)

METHOD: Final = "matters-4"
"""Of the arrays' meaning: a base of another method is not read."""
BASES: Final = Path(__file__).resolve().parent.parent / "config" / "trained"
"""Made by `python -m classifier.build`, beside the data that it is made of; in no repository."""
BASE: Final = "base"
UNTRAINED: Final = "untrained"
_IN_USE: Final = "in_use"


class UnknownVersion(DataError):
    code = "classifier_version"


@dataclass(frozen=True, slots=True)
class Versions:
    folder: Path

    def cards(self) -> list[Card | str]:
        """All of them, oldest first; for an unusable one the sentence that says so."""
        return [self._card(self._path(number)) for number in sorted(self._numbers())]

    def in_use(self) -> str:
        return next(iter(reversed(self._history())), BASE)

    def stamp(self) -> int:
        """Changes when another version is promoted."""
        try:
            return (self.folder / _IN_USE).stat().st_mtime_ns
        except OSError:
            return 0

    def add(self, stored: Stored) -> str:
        """Kept under the next number, which is returned; not yet in use."""
        name = str(max(self._numbers(), default=0) + 1)
        save(self._path(int(name)), named(stored, name))
        return name

    def load(self, name: str, taxonomy: Taxonomy) -> Stored:
        """Raises DataError for a damaged version, UnknownVersion for one that is not there."""
        if name == BASE:
            return base_of(taxonomy)
        if not name.isdigit() or int(name) not in self._numbers():
            known = ", ".join([BASE, *map(str, sorted(self._numbers()))])
            raise UnknownVersion(f"The classifier has no version {name}; it has {known}.")
        return load(self._path(int(name)))

    def promote(self, name: str, taxonomy: Taxonomy) -> None:
        """Raises DataError, and changes nothing, if it cannot be loaded."""
        self.load(name, taxonomy)
        self._write([*self._history(), name])

    def roll_back(self) -> str:
        """The version before the last promotion is in use again; its name."""
        self._write(self._history()[:-1])
        return self.in_use()

    def _card(self, path: Path) -> Card | str:
        try:
            return load_card(path)
        except DataError as error:
            return str(error)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number}.npz"

    def _numbers(self) -> set[int]:
        return {int(path.stem) for path in self.folder.glob("*.npz") if path.stem.isdigit()}

    def _history(self) -> list[str]:
        try:
            return (self.folder / _IN_USE).read_text("utf-8").split()
        except OSError:
            return []

    def _write(self, history: list[str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f"{_IN_USE}.{os.getpid()}.part"
        part.write_text("".join(f"{name}\n" for name in history), "utf-8")
        part.replace(self.folder / _IN_USE)


def base_path(taxonomy: Taxonomy) -> Path:
    return BASES / f"{METHOD}-{taxonomy.version}.npz"


def base_of(taxonomy: Taxonomy) -> Stored:
    """The trained base, or an untrained model where set-up has not made it for this taxonomy. Never raises."""
    path = base_path(taxonomy)
    if path.exists():
        try:
            return load(path)
        except DataError:
            log.error("the trained base is damaged: run `python -m classifier.build`; matters are understood untrained")
    else:
        log.warning("no base is trained for this taxonomy: run `python -m classifier.build`; matters are understood untrained")
    corpus = corpus_of(taxonomy)
    card = Card(UNTRAINED, taxonomy.version, "", len(corpus.codes), len(corpus.texts), 0)
    return Stored(card, lexical_model(corpus))


def model_in_use(versions: Versions, taxonomy: Taxonomy) -> Stored:
    """The promoted version; the base where it cannot be read. Never raises."""
    name = versions.in_use()
    try:
        stored = versions.load(name, taxonomy)
    except DataError as error:
        log.error(
            "the classifier's version in use is unreadable: the base stands in", extra={"version": name, "why": error.code}
        )
        return base_of(taxonomy)
    if stored.card.taxonomy != taxonomy.version:
        log.warning("the classifier is older than the taxonomy: run `flask classifier train`", extra={"version": name})
    return stored
