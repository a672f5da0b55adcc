"""What the judge of danger learns from: sentences as residents say them, each a danger now or none.

**Danger now** is what a dispatcher would send somebody to at once: a person's life or body, or great property, is threatened
at this moment or within hours, and no answer in office hours will do. So it is danger when
- something burns, smokes, leaks gas, has exploded, is charged with electricity, or a line has come down;
- something has fallen or is falling on people, a building gives way, water closes in on people;
- somebody is trapped (in a lift, a car, a machine, on a height), drowns, bleeds, has fainted, is poisoned, chokes, gives birth;
- somebody is attacked, threatened with a weapon, held, robbed, followed, or wants to end his life;
- somebody who cannot help himself is missing or alone in the open: small children, demented elders, the lost in mountains;
- what may explode has been found, or somebody threatens with it; a life hangs on a machine without power;
- somebody cries for help without saying why.

It is none when it is over (去年着过火, 已经送医院了), feared, a risk without a trigger (楼道堆杂物), asked about, told of in
the news, a figure of speech (气炸了), a drill, about an animal or a thing alone (猫下不来, 手机掉井里), or can wait.

`config/danger/` holds dangers.txt, harmless.txt and unclear.txt, a sentence a line, # before a heading. Beside them stand the
examples of the taxonomy: those of emergencies' leaves are dangers, the others ordinary. A sentence that is in one of the files
is what the file says; those of unclear.txt, on which dispatchers would differ, are left out.
"""

import random
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.clean import plain_text
from classifier.grams import Ints
from classifier.proposal import Urgency
from classifier.sound import misheard
from classifier.taxonomy import Taxonomy

FOLDER: Final = Path(__file__).resolve().parent.parent / "config" / "danger"
FILES: Final = ("dangers.txt", "harmless.txt", "unclear.txt")
LEXICON: Final = "lexicon.txt"
MISHEARD: Final = 0.2
"""Share of the characters that are another one in a copy."""
NEARLY: Final = 1 / 3
"""Share of them that only nearly sound the same."""


class Origin(IntEnum):
    WRITTEN = 0
    """In the files; the harmless ones are near neighbours of dangers."""
    TAXONOMY = 1


@dataclass(frozen=True, slots=True)
class DangerCorpus:
    texts: tuple[str, ...]
    """Cleaned."""
    is_danger: NDArray[np.bool_]
    origin: Ints
    sentence: Ints
    """Number of the sentence that each text is, or is a misheard copy of: its own number, or that of an earlier text."""


def read_sentences(path: Path) -> list[str]:
    """As they are written, without headings."""
    return [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]


def danger_corpus(taxonomy: Taxonomy, folder: Path = FOLDER) -> DangerCorpus:
    dangers, harmless, unclear = (read_sentences(folder / name) for name in FILES)
    rows = [*((text, True, Origin.WRITTEN) for text in dangers), *((text, False, Origin.WRITTEN) for text in harmless)]
    known = {*dangers, *harmless, *unclear}
    for leaf in taxonomy.leaves:
        is_danger = leaf.urgency is Urgency.EMERGENCY
        rows.extend((text, is_danger, Origin.TAXONOMY) for text in leaf.examples if text not in known)
    return DangerCorpus(
        tuple(plain_text(text) for text, _, _ in rows),
        np.array([is_danger for _, is_danger, _ in rows]),
        np.array([origin for _, _, origin in rows], dtype=np.int64),
        np.arange(len(rows), dtype=np.int64),
    )


def with_misheard(corpus: DangerCorpus) -> DangerCorpus:
    """The same, and behind it a copy of each danger and each near neighbour as a recogniser may have misheard it."""
    chance = random.Random(12345)  # noqa: S311 - the same copies in each set-up
    copied = np.flatnonzero(corpus.is_danger | (corpus.origin == Origin.WRITTEN))
    copies = tuple(_misheard(corpus.texts[at], chance) for at in copied)
    rows = np.concatenate([np.arange(len(corpus.texts)), copied])
    return DangerCorpus((*corpus.texts, *copies), corpus.is_danger[rows], corpus.origin[rows], rows)


def _misheard(text: str, chance: random.Random) -> str:
    return "".join(
        chance.choice(misheard(character, nearly=chance.random() < NEARLY)) if chance.random() < MISHEARD else character
        for character in text
    )


def data_version(taxonomy: Taxonomy, folder: Path = FOLDER) -> str:
    """First 12 hex characters of the SHA-256 over all that the judge is made of."""
    digest = sha256(taxonomy.version.encode())
    for name in (*FILES, LEXICON):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:12]
