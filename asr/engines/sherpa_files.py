"""The published model folders of sherpa-onnx: which kind one is, and which of its files are taken.

A kind is told by the metadata of its ONNX files; where they are missing or damaged, by the folder's name, so that a model which
lacks a file is refused with that file's name instead of being overlooked.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType

from asr.contract import EngineUnusable
from asr.layout import Layout, absent
from asr.onnx_files import metadata_of

RATE = 16000
TOKENS = "tokens.txt"


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    streaming: bool
    parts: tuple[str, ...]
    """Beginnings of the ONNX files' names."""
    mark: str
    """A key of the first part's metadata that only this kind has."""
    in_name: str
    """What the publisher's folders of this kind have in their names."""
    word_times: bool
    confidences: bool = False


# The first that fits counts.
KINDS = (
    Kind("zipformer", True, ("encoder", "decoder", "joiner"), "decode_chunk_len", "streaming-zipformer", True, True),
    Kind("streaming-paraformer", True, ("encoder", "decoder"), "decoder_num_blocks", "streaming-paraformer", False),
    Kind("fire-red", False, ("encoder", "decoder"), "cmvn_mean", "fire-red-asr-large", False),
    Kind("sense-voice", False, ("model",), "with_itn", "sense-voice", True),
    Kind("paraformer", False, ("model",), "lfr_window_size", "paraformer", True),
    Kind("zipformer-ctc", False, ("model",), "", "zipformer-ctc", True),
)
_TRANSDUCER_PARTS = ("decoder", "joiner")
"""Of these the exact form is taken where it is there: they are small, and it costs nothing."""


def kind_of(folder: Path) -> Kind | None:
    """None: no model of sherpa-onnx that we know."""
    for kind in KINDS:
        first = part_of(folder, kind.parts[0])
        if first is not None and _is_marked(first, kind):
            return kind
    return next((kind for kind in KINDS if kind.in_name in folder.name and _is_streaming_name(folder) == kind.streaming), None)


def part_of(folder: Path, part: str) -> Path | None:
    """The file of a part: the one of 8 bits where there is one, since processors are what cities have."""
    found = sorted(file for file in folder.glob(f"{part}*.onnx") if "fp16" not in file.name)
    small = [file for file in found if "int8" in file.name]
    plain = [file for file in found if "int8" not in file.name]
    best = (plain or small) if part in _TRANSDUCER_PARTS[:1] else (small or plain)
    return best[0] if best else None


def layout(*, streaming: bool) -> Layout:
    return Layout(partial(_claims, streaming=streaming), missing_in)


def missing_in(folder: Path) -> tuple[str, ...]:
    kind = kind_of(folder)
    parts = kind.parts if kind else ("model",)
    return tuple(f"{part}*.onnx" for part in parts if part_of(folder, part) is None) + absent(folder, (TOKENS,))


def checked_kind(folder: Path, *, streaming: bool) -> Kind:
    """The model's kind, once all of its files are found sound. Raises EngineUnusable."""
    if lacking := missing_in(folder):
        raise EngineUnusable(f"the model {folder} lacks {', '.join(lacking)}: pull or import it again")
    kind = kind_of(folder)
    if kind is None or kind.streaming is not streaming:
        wanted = ", ".join(kind.name for kind in KINDS if kind.streaming is streaming)
        raise EngineUnusable(f"the model {folder} is none of those that this engine takes ({wanted})")
    for part in kind.parts:
        file = part_of(folder, part)
        _check(file, folder, metadata_of(file) if file else {})
    return kind


def _check(file: Path | None, folder: Path, metadata: dict[str, str]) -> None:
    """Raises EngineUnusable where rate or vocabulary are others than the rest of the model has."""
    rate = metadata.get("sample_rate", str(RATE))
    if file and rate != str(RATE):
        raise EngineUnusable(f"{file.name} in {folder} takes sound at {rate} Hz; models here take {RATE} Hz")
    vocabulary = metadata.get("vocab_size", "")
    tokens = sum(1 for line in (folder / TOKENS).read_text("utf-8", "replace").split("\n") if line.strip())
    if file and vocabulary.isdigit() and tokens < int(vocabulary):
        raise EngineUnusable(
            f"{TOKENS} in {folder} has {tokens} tokens, {file.name} needs {vocabulary}: they do not belong together"
        )


def library() -> ModuleType:
    """Raises EngineUnusable."""
    try:
        import sherpa_onnx  # noqa: PLC0415  # native: only in a decoder worker
    except (ImportError, OSError) as error:
        raise EngineUnusable(f"the library sherpa-onnx cannot be loaded ({error}): install requirements.lock again") from error
    loaded: ModuleType = sherpa_onnx
    return loaded


def _claims(folder: Path, *, streaming: bool) -> bool:
    kind = kind_of(folder)
    return kind is not None and kind.streaming is streaming


def _is_marked(file: Path, kind: Kind) -> bool:
    try:
        metadata = metadata_of(file)
    except EngineUnusable:
        return False
    if kind.mark:
        return kind.mark in metadata
    return "ctc" in metadata.get("model_type", "")


def _is_streaming_name(folder: Path) -> bool:
    return "streaming" in folder.name
