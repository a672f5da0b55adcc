"""What stands in the head of an ONNX file, read without loading its network.

sherpa-onnx ends the whole process where a file is not what it should be, so it is looked at first.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from asr.contract import EngineUnusable

_GRAPH, _METADATA = 7, 14
_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5
_LARGEST_ENTRY = 1 << 20


def metadata_of(file: Path) -> dict[str, str]:
    """The model's metadata. Raises EngineUnusable with the file's name when it is missing or no ONNX file."""
    try:
        with file.open("rb") as source:
            found, has_graph = _read(source, file.stat().st_size)
    except OSError:
        raise EngineUnusable(f"{file.name} cannot be read in {file.parent}") from None
    except (ValueError, UnicodeDecodeError):
        found, has_graph = {}, False
    if not has_graph:
        raise EngineUnusable(f"{file.name} in {file.parent} is damaged or no ONNX model: pull or import the model again")
    return found


def _read(source: BinaryIO, size: int) -> tuple[dict[str, str], bool]:
    """ModelProto, its first level only: field 7 is the graph, which is skipped, field 14 an entry of metadata."""
    found: dict[str, str] = {}
    has_graph = False
    while source.tell() < size:
        number, kind = divmod(_varint(source), 8)
        if kind == _VARINT:
            _varint(source)
        elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
            source.seek(8 if kind == _EIGHT_BYTES else 4, 1)
        elif kind == _BYTES:
            length = _varint(source)
            if source.tell() + length > size:
                raise ValueError("the file is cut")
            has_graph |= number == _GRAPH
            if number == _METADATA and length <= _LARGEST_ENTRY:
                key, value = _entry(source.read(length))
                found[key] = value
            else:
                source.seek(length, 1)
        else:
            raise ValueError("no field begins so")
    return found, has_graph


def _entry(data: bytes) -> tuple[str, str]:
    texts = {number: text.decode() for number, text in _strings(data)}
    return texts.get(1, ""), texts.get(2, "")


def _strings(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        number, at = _varint_in(data, at)
        length, at = _varint_in(data, at)
        yield number // 8, data[at : at + length]
        at += length


def _varint(source: BinaryIO) -> int:
    value = shift = 0
    while True:
        byte = source.read(1)
        if not byte or shift > 63:
            raise ValueError("the file is cut")
        value |= (byte[0] & 127) << shift
        if byte[0] < 128:
            return value
        shift += 7


def _varint_in(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data):
        value |= (data[at] & 127) << shift
        at += 1
        if data[at - 1] < 128:
            return value, at
        shift += 7
    raise ValueError("the entry is cut")
