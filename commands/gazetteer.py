"""`flask gazetteer`: a city's own places beside those that come with the system."""

from pathlib import Path

import click
from flask import current_app

from classifier.gazetteer import administrative_codes, load_gazetteer
from classifier.local_places import Taken, local_file, read_places, take_places
from config.errors import DataError
from intake.office import CITY_DATA


@click.group()
def gazetteer() -> None:
    """Places that calls are about."""


@gazetteer.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def import_(file: Path) -> None:
    """Take a list of roads, compounds and other places (docs/understanding.md). All of it or, where a row is wrong, nothing.

    Running processes know the places within seconds. Safe to repeat: a row of the same name and code takes the new values.
    """
    try:
        taken = take(file, current_app.extensions["settings"].var)
    except DataError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{taken.new} new places, {taken.changed} changed, {taken.same} as before.")


def take(file: Path, var: Path) -> Taken:
    """Raises DataError, which names each unusable row; then nothing is changed."""
    codes = administrative_codes(load_gazetteer(CITY_DATA / "gazetteer").places)
    return take_places(local_file(var), read_places(file, codes), codes)
