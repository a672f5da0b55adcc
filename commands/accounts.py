"""`flask user` and `flask token`: who may come in."""

from secrets import token_urlsafe

import click
from flask import current_app

from config.clock import CITY_ZONE
from config.errors import HotlineError
from intake.accounts import PEOPLE, AccountView, Role, add_account, list_accounts, set_password
from intake.office import Office, build_office
from intake.tokens import add_token


@click.group()
def user() -> None:
    """Accounts of people."""


@user.command()
@click.argument("name")
@click.option("--role", type=click.Choice([str(role) for role in PEOPLE]), default="operator", show_default=True)
@click.option("--title", default="", help="Name to show, e.g. 王芳.")
@click.option("--password", help="Without it, asked for; an empty answer makes a random one.")
def add(name: str, role: str, title: str, password: str | None) -> None:
    """Make an account."""
    chosen, is_random = _chosen_password(password)
    try:
        account = add_account(_office(), name, chosen, Role(role), title)
    except HotlineError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Account {account.name}, role {account.role}.")
    if is_random:
        click.echo(f"Password, shown only now: {chosen}")


@user.command()
@click.argument("name")
@click.option("--password", help="Without it, asked for; an empty answer makes a random one.")
def passwd(name: str, password: str | None) -> None:
    """Give an account a new password; whoever is logged in with it is logged out."""
    chosen, is_random = _chosen_password(password)
    try:
        account = set_password(_office(), name, chosen)
    except HotlineError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{account.name} has a new password.")
    if is_random:
        click.echo(f"Password, shown only now: {chosen}")


@user.command("list")
def list_users() -> None:
    """All accounts, one a line."""
    accounts = list_accounts(_office())
    for account in accounts:
        click.echo(_line(account))
    if not accounts:
        click.echo("There is no account yet: `flask user add NAME --role admin`.")


@click.group()
def token() -> None:
    """Tokens of other systems."""


@token.command("add")
@click.option("--role", type=click.Choice([str(role) for role in Role]), required=True)
@click.option("--area", metavar="CODE", help="District (6 digits) or sub-district (9 digits); a receiver's own organisation.")
@click.option("--name", default="", help="What history and audit show.")
def add_api_token(role: str, area: str | None, name: str) -> None:
    """Make a token. It is shown now and never again: the last line is the token alone."""
    try:
        plain = add_token(_office(), Role(role), area, name)
    except HotlineError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Token for {role}{f' of {area}' if area else ''}; it is not shown again:", err=True)
    click.echo(plain)


def _chosen_password(given: str | None) -> tuple[str, bool]:
    """The password, and whether it was made here and must be shown."""
    typed: str = given or click.prompt("Password", default="", show_default=False, hide_input=True, confirmation_prompt=True)
    return (typed, False) if typed else (token_urlsafe(9), True)


def _line(account: AccountView) -> str:
    seen = f"last seen {account.last_login_at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}" if account.last_login_at else "never seen"
    return f"{account.name:<20} {account.role:<11} {'' if account.active else 'closed  '}{seen}  {account.title}"


def _office() -> Office:
    return build_office(current_app.extensions["settings"])
