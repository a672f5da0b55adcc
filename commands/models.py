"""`flask models`: the speech models of this machine."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from asr.catalogue import CATALOGUE
from asr.catalogue_entry import CatalogueModel, Live
from asr.download import pull
from asr.installing import InstalledModel, import_archive, installed_models, problems_of
from asr.machine import Machine, best_for, obstacles, this_machine
from asr.registry import choose_engine
from config.errors import HotlineError
from config.settings import Settings

_USES = {Live.streaming: "live text", Live.recordings: "whole utterances"}
_PURPOSES = {Live.streaming: "for live text", Live.recordings: "for recordings and the second pass"}


@click.group()
def models() -> None:
    """Speech models: what there is, fetching, checking, importing."""


@models.command("list")
@with_appcontext
def list_models() -> None:
    """The catalogue: what is installed, what fits this machine, what to take."""
    settings = _settings()
    machine = this_machine()
    here = {model.name: model for model in installed_models(settings.model_folders)}
    for model in CATALOGUE:
        click.echo(_line(model, machine, settings.asr.workers, here.get(model.name)))
    for own in (model for name, model in here.items() if name not in {model.name for model in CATALOGUE}):
        click.echo(f"* {own.name}\n    installed in {own.folder}, engine {own.engine or 'none of ours'}, not in the catalogue")
        if own.missing:
            click.echo(f"    lacks {', '.join(own.missing)}")
    click.echo(f"\nThis machine: {machine.cores} cores, {machine.memory_mb:,} MB of memory.")
    for live, purpose in _PURPOSES.items():
        best = best_for(machine, live, settings.asr.workers)
        click.echo(f"Best that fits, {purpose}: {best.name if best else 'none of the catalogue'}")
    choice = choose_engine(settings.asr.engine, settings.model_folders)
    click.echo(f"In use: {choice.name}{f', {choice.model.name}' if choice.model else ''}")
    if choice.why:
        click.echo(choice.why)


@models.command("pull")
@click.argument("name")
@with_appcontext
def pull_one(name: str) -> None:
    """Fetch a model of the catalogue; goes on where an earlier attempt was cut."""
    with _refusals():
        meter = _Meter(name)
        try:
            folder = pull(name, _settings().var / "models", meter.show)
        finally:
            meter.end()
        click.echo(f"{name} is installed in {folder}. Running media processes take it at their next start.")


@models.command("verify")
@with_appcontext
def verify() -> None:
    """Check every installed model's files; exit status 1 when one is not as it should be."""
    wrong = 0
    for model in installed_models(_settings().model_folders):
        problems = problems_of(model)
        wrong += bool(problems)
        click.echo(f"{model.name}: {'; '.join(problems) or 'all files are as they were installed'}")
    if wrong:
        raise click.exceptions.Exit(1)


@models.command("import")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@with_appcontext
def import_one(file: Path) -> None:
    """Install a model that was brought to this machine: a zip or tar file, or a folder of single files."""
    with _refusals():
        folder = import_archive(file, _settings().var / "models")
        click.echo(f"{folder.name} is installed in {folder}. Running media processes take it at their next start.")


class _Meter:
    """Percent on one line of a terminal, every tenth of the way elsewhere (a log); megabytes where the size is not known."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._shown = -1
        self._live = sys.stdout.isatty()

    def show(self, done: int, total: int | None) -> None:
        step = done * 100 // total if total else done >> 20
        due = step != self._shown if self._live else step // 10 != self._shown // 10
        if due:
            self._shown = step
            text = f"{self._name}  {step} % of {total / 1e6:.0f} MB" if total else f"{self._name}  {step} MB"
            click.echo(f"\r{text} " if self._live else text, nl=not self._live)

    def end(self) -> None:
        if self._live:
            click.echo()


@contextmanager
def _refusals() -> Iterator[None]:
    """Our own errors are one line and exit status 1."""
    try:
        yield
    except HotlineError as error:
        raise click.ClickException(str(error)) from None


def _line(model: CatalogueModel, machine: Machine, workers: int, installed: InstalledModel | None) -> str:
    size = f"{model.size:,} bytes" if model.size else f"about {model.about_mb:,} MB"
    lacking = f"  (installed, lacks {', '.join(installed.missing)})" if installed and installed.missing else "  (installed)"
    checksum = "of each file known" if model.files else model.sha256 or "not known"
    return (
        f"{'*' if installed else ' '} {model.name}{lacking if installed else ''}\n"
        f"    engine {model.engine}, {_USES[model.live]}, {model.sample_rate // 1000} kHz, {size}, {model.licence}\n"
        f"    memory of a decoder worker: up to {model.memory_mb:,} MB; from {model.cores} cores\n"
        f"    fits this machine: {'; '.join(obstacles(model, machine, workers)) or 'yes'}\n"
        f"    published character error rates in %: {model.error_rates}{f' ({model.source})' if model.source else ''}\n"
        f"    for {model.advice}; {'tried' if model.tried else 'not run'} with weights here\n"
        f"    {model.address}\n"
        f"    SHA-256 {checksum}"
    )


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
