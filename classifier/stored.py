"""A trained model as one file: its arrays, and a card that says what it is."""

import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from classifier.blend import Blend
from classifier.index import Vocabulary
from classifier.lexical import LexicalIndex
from classifier.linear import LinearLevels
from classifier.model import MatterModel
from config.errors import DataError

FORMAT: Final = 2
_CARD: Final = "card"
_LEXICAL: Final = ["leaf_pointer", "leaf_column", "leaf_weight", "name_pointer", "name_row", "name_weight", "name_end"]
_LINEAR: Final = ["upper", "upper_bias", "leaf_pointer", "leaf_row", "leaf_weight", "leaf_bias"]

_UNUSABLE: Final = (OSError, ValueError, KeyError, TypeError, EOFError, IndexError, zipfile.BadZipFile, zlib.error)

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of a version beside its arrays; no text of any caller."""

    name: str
    """base, 1, 2, ..."""
    taxonomy: str
    """Version of the taxonomy that it was made of."""
    made_at: str
    """RFC 3339."""
    leaves: int
    texts: int
    confirmed: int
    """Confirmed calls among the texts."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """As measured when it was made: name -> value."""


@dataclass(frozen=True, slots=True)
class Stored:
    card: Card
    model: MatterModel


def save(path: Path, stored: Stored) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        np.savez(file, allow_pickle=False, **_arrays(stored))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def load(path: Path) -> Stored:
    """Raises DataError, which names the file and what to do, for one that is damaged, foreign or of another format."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return _stored(dict(arrays))
    except _UNUSABLE as error:
        raise _unusable(path, error) from error


def load_card(path: Path) -> Card:
    """Without the arrays, which are large. Raises DataError like load()."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return _card(json.loads(arrays[_CARD].tobytes())["card"])
    except _UNUSABLE as error:
        raise _unusable(path, error) from error


def _arrays(stored: Stored) -> dict[str, NDArray[Any]]:
    model = stored.model
    arrays: dict[str, NDArray[Any]] = {
        "domain": model.domain,
        "group": model.group,
        "lexical.keys": model.lexical.words.keys,
        "lexical.weight": model.lexical.words.weight,
        "linear.keys": model.linear.words.keys,
        "linear.weight": model.linear.words.weight,
    }
    for part, names, prefix in ((model.lexical, _LEXICAL, "lexical."), (model.linear, _LINEAR, "linear.")):
        arrays.update({prefix + name: getattr(part, name) for name in names})
    text = json.dumps(
        {
            "format": FORMAT,
            "card": to_json(stored.card),
            "codes": model.codes,
            "domains": model.linear.domains,
            "blend": model.blend.to_json(),
        }
    )
    arrays[_CARD] = np.frombuffer(text.encode("utf-8"), dtype=np.uint8)
    return arrays


def _stored(arrays: Arrays) -> Stored:
    about = json.loads(arrays[_CARD].tobytes())
    if about["format"] != FORMAT:
        raise ValueError(f"format {about['format']}")
    words = Vocabulary(arrays["lexical.keys"], arrays["lexical.weight"])
    lexical = LexicalIndex(words, **{name: arrays[f"lexical.{name}"] for name in _LEXICAL})
    linear = LinearLevels(
        Vocabulary(arrays["linear.keys"], arrays["linear.weight"]),
        int(about["domains"]),
        **{name: arrays[f"linear.{name}"] for name in _LINEAR},
    )
    blend = Blend.from_json(about["blend"])
    model = MatterModel(tuple(about["codes"]), arrays["domain"], arrays["group"], lexical, linear, blend)
    return Stored(_card(about["card"]), model)


def to_json(card: Card) -> dict[str, Any]:
    return {name: getattr(card, name) for name in Card.__slots__} | {"figures": dict(card.figures)}


def _unusable(path: Path, error: Exception) -> DataError:
    return DataError(
        f"{path} is no usable version of the classifier ({type(error).__name__}): "
        "go back with `flask classifier rollback`, or make a new one with `flask classifier train`."
    )


def _card(item: Mapping[str, Any]) -> Card:
    return Card(**item)


def named(stored: Stored, name: str) -> Stored:
    return Stored(replace(stored.card, name=name), stored.model)
