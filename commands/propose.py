"""`flask propose`: transcripts in, proposals out, one JSON object a line."""

import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import click
from flask import current_app

from classifier.danger_stored import judge_of
from classifier.gazetteer import load_gazetteer
from classifier.local_places import local_file
from classifier.pipeline import Understanding
from classifier.taxonomy import load_taxonomy
from classifier.versions import model_in_use
from intake.office import CITY_DATA
from intake.understanding import versions_in
from ivr.danger import find_danger


@click.command()
@click.option("--json", "as_json", is_flag=True, help="JSON lines, which is the only form.")
def propose(as_json: bool) -> None:  # noqa: ARG001 - the option is part of the command's contract
    """Read transcripts ({"id", "text"} a line) on standard input and write one proposal a line."""
    taxonomy = load_taxonomy(CITY_DATA / "taxonomy")
    var = current_app.extensions["settings"].var
    places = load_gazetteer(CITY_DATA / "gazetteer", local_file(var))
    model = model_in_use(versions_in(var), taxonomy)
    understanding = Understanding(taxonomy, places, find_danger, model, judge=judge_of(taxonomy))
    for answer in propose_lines(sys.stdin.buffer, understanding):
        sys.stdout.buffer.write(answer)
        sys.stdout.buffer.flush()


def propose_lines(lines: Iterable[bytes], understanding: Understanding) -> Iterator[bytes]:
    """A proposal line for each line that is not empty; for an unusable one {"id", "error"}."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            # A lone surrogate that came in as an escape leaves as one.
            yield (
                json.dumps(_answer(number, line, understanding), ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
            )


def _answer(number: int, line: bytes, understanding: Understanding) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        return {"id": None, "error": f"line {number} is no JSON in UTF-8"}
    if not isinstance(asked, dict):
        return {"id": None, "error": f"line {number} is no JSON object"}
    if not isinstance(asked.get("text"), str):
        return {"id": asked.get("id"), "error": f"line {number} has no text"}
    return {"id": asked.get("id"), **understanding.propose(asked["text"]).to_json()}
