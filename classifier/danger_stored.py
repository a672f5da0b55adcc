"""The trained judge of danger as one file of arrays, made by set-up (`python -m classifier.build`) and loaded at start."""

import json
import logging
import os
import zipfile
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np

from classifier.danger import FLOOR, SCALE, DangerJudge, Limits
from classifier.danger_corpus import FOLDER, LEXICON, data_version
from classifier.hazards import load_hazards
from classifier.index import Vocabulary
from classifier.taxonomy import Taxonomy
from classifier.versions import BASES

log = logging.getLogger(__name__)

METHOD: Final = "danger-3"
"""Of the arrays' meaning: a judge of another method is not read."""
_APPLIED: Final = zlib.crc32(SCALE.tobytes() + str(FLOOR).encode())
"""A judge that was trained for other scales is not read either."""
_UNUSABLE: Final = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error)


def judge_path(taxonomy: Taxonomy, folder: Path = BASES) -> Path:
    """Of the judge that is made of the data as they are now."""
    return folder / f"{METHOD}-{_APPLIED:08x}-{data_version(taxonomy)}.npz"


def save_judge(judge: DangerJudge, path: Path) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        card = json.dumps({"bias": judge.bias, "limits": asdict(judge.limits)})
        np.savez(file, allow_pickle=False, keys=judge.words.keys, weight=judge.words.weight, card=np.array(card))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def judge_of(taxonomy: Taxonomy, folder: Path = BASES) -> DangerJudge | None:
    """The trained judge; None, and a line in the log, where set-up has not made it or it is damaged. Never raises for that."""
    path = judge_path(taxonomy, folder)
    if not path.exists():
        log.warning("no judge of danger is trained: run `python -m classifier.build`; the list of phrases stands alone")
        return None
    try:
        with np.load(path, allow_pickle=False) as arrays:
            card = json.loads(str(arrays["card"]))
            words = Vocabulary(arrays["keys"], arrays["weight"])
        return DangerJudge(
            load_hazards(FOLDER / LEXICON), words, float(card["bias"]), Limits(**card["limits"]), data_version(taxonomy)
        )
    except _UNUSABLE:
        log.error("the judge of danger is damaged: run `python -m classifier.build`; the list of phrases stands alone")
        return None
