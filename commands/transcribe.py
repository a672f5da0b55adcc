"""`flask transcribe`: text of recordings."""

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from asr.batch import FileTranscript, Route, Transcriber
from asr.measuring import character_errors
from config.errors import HotlineError
from config.settings import Settings


@click.command()
@click.argument("audio", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--engine", help="An engine, or engine:model; without it the one that the system uses.")
@click.option("--phone", is_flag=True, help="Through 8 kHz G.711 first, as if it came over the telephone.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option(
    "--reference",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What was said: a file name, a tab and its text on each line. Ends with the share of characters that came out wrong.",
)
@with_appcontext
def transcribe(audio: tuple[Path, ...], engine: str | None, phone: bool, as_json: bool, reference: Path | None) -> None:
    """The text of recordings (wav, mp3, flac, opus). A bad file is named, the others go on, and the exit status is 1."""
    settings: Settings = current_app.extensions["settings"]
    if engine:
        settings = settings.model_copy(update={"asr": settings.asr.model_copy(update={"engine": engine})})
    try:
        heard = asyncio.run(_all_of(audio, settings, Route.phone if phone else Route.direct, as_json))
    except HotlineError as error:
        raise click.ClickException(str(error)) from None
    if reference:
        _compare(heard, reference)
    if len(heard) < len(audio):
        raise click.exceptions.Exit(1)


async def _all_of(audio: tuple[Path, ...], settings: Settings, route: Route, as_json: bool) -> list[tuple[Path, str]]:
    """The texts of the files that were not bad."""
    heard = []
    async with Transcriber(settings) as transcriber:
        for path in audio:
            meter = _Meter(path)
            try:
                transcript = await transcriber.transcribe(path, route, on_progress=meter.show)
            except HotlineError as error:
                meter.wipe()
                click.echo(f"{path}: {error}", err=True)
                continue
            meter.wipe()
            if transcript.is_damaged:
                click.echo(f"{path}: parts of it are damaged and were left out", err=True)
            click.echo(_as_json(path, transcript) if as_json else f"{path}: {transcript.text}")
            heard.append((path, transcript.text))
    return heard


def _compare(heard: list[tuple[Path, str]], reference: Path) -> None:
    rows = (line.split("\t") for line in reference.read_text("utf-8").splitlines() if "\t" in line)
    said = {row[0]: row[1] for row in rows}
    known = [(said[path.name], text) for path, text in heard if path.name in said]
    errors = character_errors(known)
    where = f"{len(known)} of {len(heard)} recordings"
    click.echo(f"characters wrong: {errors.percent:.1f} % of {errors.said}, in {where}", err=True)


def _as_json(path: Path, transcript: FileTranscript) -> str:
    line = {
        "file": str(path),
        "text": transcript.text,
        "raw": transcript.raw,
        "engine": transcript.engine,
        "duration_ms": transcript.duration_ms,
        "words": [asdict(word) for word in transcript.words],
    }
    return json.dumps(line, ensure_ascii=False)


class _Meter:
    """A bar on the terminal while a file is worked on; nothing where standard error is no terminal."""

    _WIDTH = 30

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._live = sys.stderr.isatty()
        self._shown = -1

    def show(self, done_ms: int, length_ms: int | None) -> None:
        done_s = done_ms // 1000
        if not self._live or done_s == self._shown:
            return
        self._shown = done_s
        filled = min(self._WIDTH, self._WIDTH * done_ms // length_ms) if length_ms else 0
        whole = f" of {length_ms // 1000} s" if length_ms else " s"
        click.echo(f"\r[{'#' * filled}{'-' * (self._WIDTH - filled)}] {done_s}{whole}  {self._name}", nl=False, err=True)

    def wipe(self) -> None:
        if self._live and self._shown >= 0:
            click.echo("\r\033[K", nl=False, err=True)
