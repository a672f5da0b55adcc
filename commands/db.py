"""`flask db`: the tables."""

import click
from flask import current_app

from config.errors import HotlineError
from models.session import Database, upgrade


@click.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
def upgrade_tables() -> None:
    """Bring the tables to the newest version. Nothing happens where they are."""
    try:
        upgrade(Database(current_app.extensions["settings"].database_url))
    except HotlineError as error:
        raise click.ClickException(str(error)) from None
    click.echo("The tables are at the newest version.")
