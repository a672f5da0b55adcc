"""`flask outbox`: orders that have not left, and sending them again."""

from datetime import datetime

import click
from flask import current_app

from config.clock import CITY_ZONE
from config.errors import HotlineError
from intake.actors import machine
from intake.office import Office, build_office
from intake.undelivered import Undelivered, list_undelivered, retry_orders
from models.order import OutboxState


@click.group()
def outbox() -> None:
    """Orders on their way to the receiving organisations."""


@outbox.command("list")
def list_() -> None:
    """Every order that has not left, dead letters first, with the reason."""
    try:
        waiting = list_undelivered(_office())
    except HotlineError as error:
        raise click.ClickException(str(error)) from None
    if not waiting:
        click.echo("The outbox is empty: every order has left.")
        return
    for each in waiting:
        click.echo(_line(each))
    dead = sum(each.state is OutboxState.DEAD for each in waiting)
    if dead:
        click.echo(f"{dead} dead letter{'s' if dead > 1 else ''}: mend the reason, then `flask outbox retry [ORDER_ID ...]`.")


@outbox.command()
@click.argument("order_ids", nargs=-1)
def retry(order_ids: tuple[str, ...]) -> None:
    """Send the named orders again now; without a name, every dead letter."""
    try:
        done = retry_orders(_office(), order_ids, machine("flask outbox retry"))
    except HotlineError as error:
        raise click.ClickException(str(error)) from None
    missing = [order_id for order_id in order_ids if order_id not in done]
    click.echo(f"{len(done)} {'order is' if len(done) == 1 else 'orders are'} sent again by the dispatcher.")
    if missing:
        raise click.ClickException(
            f"no dead or waiting order has the id {', '.join(missing)}; `flask outbox list` names those that can be retried"
        )


def _line(each: Undelivered) -> str:
    parts = [
        each.case_no,
        each.order_id,
        f"{each.state:<8}",
        f"{each.attempts} attempts",
        f"since {_city_time(each.created_at)}",
        f"next {_city_time(each.next_attempt_at)}" if each.state is OutboxState.WAITING else "",
        each.reason or "not tried yet",
    ]
    return "  ".join(filter(None, parts))


def _city_time(at: datetime) -> str:
    return at.astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def _office() -> Office:
    return build_office(current_app.extensions["settings"])
