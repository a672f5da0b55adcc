"""A small transformer that sets Chinese punctuation: `punc.onnx` of TensorflowASR (Z-yq, Apache-2.0), run by onnxruntime.

Layout of the folder: `punc.onnx`, `lm_tokens_ch.txt` (characters, counted from 1), `lm_tokens_bd.txt` (marks, counted from 0).
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from asr.contract import EngineUnusable, Transcript
from asr.punctuation import LEAST, Punctuator, Rules, has_marks, with_question

MODEL: Final = "punc.onnx"
CHARACTERS: Final = "lm_tokens_ch.txt"
SIGNS: Final = "lm_tokens_bd.txt"
FILES: Final = (MODEL, CHARACTERS, SIGNS)
_SURE: Final = 0.65
_LONGEST: Final = 1000
"""Characters; the table of positions has 1024."""
_WIDTH: Final = 64
_WRITTEN: Final = dict.fromkeys("，,。｡！!；", "，") | dict.fromkeys("？?", "？") | {"、": "、"}
"""What we write for a mark of the model. Full stops within an utterance are pauses, at its end they are none."""


def make_punctuator(folder: Path | None) -> Punctuator:
    """The model of the folder, or the rules: where it cannot be loaded a line on standard error says why, and calls go on."""
    if folder is None:
        return Rules()
    try:
        return PunctuationModel(folder)
    except EngineUnusable as error:
        print(f"punctuation goes by rules: {error}", file=sys.stderr)
        return Rules()


class PunctuationModel:
    """Raises EngineUnusable where a file is missing or cannot be loaded; the text names it."""

    def __init__(self, folder: Path) -> None:
        for name in FILES:
            if not (folder / name).is_file():
                raise EngineUnusable(f"the punctuation model {folder.name} lacks {name}")
        self._ids = {sign: number for number, sign in enumerate(_tokens(folder / CHARACTERS), 1)}
        self._signs = _tokens(folder / SIGNS)
        self._session = _load(folder / MODEL)
        self._names = [one.name for one in self._session.get_inputs()]
        self._positions = _positions()

    def punctuate(self, said: Transcript) -> Transcript:
        text = said.text
        if not text or has_marks(text) or len(text) > _LONGEST:
            return said
        marks = self._marks(text)
        if marks[-1] != "？":
            marks[-1] = ""
        pieces, begun = [], 0
        for place, (sign, mark) in enumerate(zip(text, marks, strict=True), 1):
            is_apart = place - begun >= LEAST and (len(text) - place >= LEAST or place == len(text))
            may_stand = is_apart and not (sign.isascii() and text[place : place + 1].isascii() and place < len(text))
            pieces.append(sign + (mark if may_stand else ""))
            begun = place if mark and may_stand else begun
        marked = "".join(pieces)
        return replace(said, text=marked if marked.endswith("？") else with_question(marked))

    def _marks(self, text: str) -> list[str]:
        """What stands behind each character, mostly nothing."""
        unknown = self._ids.get("<UNK>", self._ids["</S>"])
        signs = ["<S>", *text.upper(), "</S>"] if len(text.upper()) == len(text) else ["<S>", *text, "</S>"]
        ids = np.array([[self._ids.get(sign, unknown) for sign in signs]], np.int32)
        mask = (ids == 0).astype(np.float32)[:, None, None, :]
        (scores,) = self._session.run(None, dict(zip(self._names, (ids, mask, self._positions), strict=True)))
        rows = scores[0][1:-1]
        return [self._mark(row) for row in rows]

    def _mark(self, row: NDArray[np.float32]) -> str:
        best = int(row.argmax())
        return _WRITTEN.get(self._signs[best], "") if best < len(self._signs) and row[best] >= _SURE else ""


def _tokens(path: Path) -> list[str]:
    lines = path.read_text("utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _positions() -> NDArray[np.float32]:
    """The usual table of sines (even columns) and cosines (odd ones)."""
    place, column = np.arange(1024)[:, None], np.arange(_WIDTH)[None]
    angle = place / np.power(10_000, 2 * (column // 2) / _WIDTH)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle)).astype(np.float32)[None]


def _load(file: Path) -> Any:
    import onnxruntime  # noqa: PLC0415  # heavy and native: only where it runs

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a dozen classes of its own, without a common root
        raise EngineUnusable(f"the punctuation model {file.name} cannot be loaded: {type(error).__name__}") from error
