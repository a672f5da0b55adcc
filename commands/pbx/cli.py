"""`flask pbx`: the exchange beside the system."""

import click
from flask import current_app

from commands.pbx.asterisk import Asterisk, asterisk_of
from config.errors import HotlineError
from config.exchange import seat_password
from config.settings import Settings


@click.group()
def pbx() -> None:
    """The exchange beside the system: a real Asterisk."""


@pbx.command()
def start() -> None:
    """Start Asterisk; returns when it answers."""
    try:
        asterisk = _asterisk()
        asterisk.start()
    except HotlineError as error:
        raise click.ClickException(str(error)) from None
    sip = asterisk.settings.sip
    click.echo(f"Asterisk answers at sip:12345@{sip.host}:{sip.port}. Try: flask call samples/no-heating --via sip")


@pbx.command()
def stop() -> None:
    """Stop Asterisk; callers are hung up on."""
    try:
        was_running = _asterisk().stop()
    except HotlineError as error:
        raise click.ClickException(str(error)) from None
    click.echo("Asterisk is stopped." if was_running else "Asterisk was not running.")


@pbx.command()
def seats() -> None:
    """With what the operators' telephones register: name, password, address."""
    settings: Settings = current_app.extensions["settings"]
    for name in settings.sip.seat_names:
        click.echo(f"{name} {seat_password(settings, name)} sip:{name}@{settings.sip.host}:{settings.sip.port}")


@pbx.command(context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1, required=True)
def ask(command: tuple[str, ...]) -> None:
    """Ask Asterisk's console, e.g. `flask pbx ask core show channels`."""
    click.echo(_asterisk().ask(" ".join(command)), nl=False)


def _asterisk() -> Asterisk:
    return asterisk_of(current_app.extensions["settings"])
