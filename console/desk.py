"""What every page needs of the request: the office, the settings, and who sits before the screen."""

from dataclasses import dataclass
from typing import cast

from flask import current_app, g

from config.settings import Settings
from intake.accounts import AccountView
from intake.call_backs import DIALLER, Dialler
from intake.office import Office

_PLACE = "console"


@dataclass(frozen=True, slots=True)
class Desk:
    office: Office
    settings: Settings


def put_desk(extensions: dict[str, object], desk: Desk) -> None:
    extensions[_PLACE] = desk


def desk() -> Desk:
    return cast(Desk, current_app.extensions[_PLACE])


def dialler() -> Dialler:
    """Whoever places calls for this system; app.py has put it there."""
    return cast(Dialler, current_app.extensions[DIALLER])


def office() -> Office:
    return desk().office


def person_or_none() -> AccountView | None:
    return cast(AccountView | None, g.get("person"))


def person() -> AccountView:
    """Who is logged in; only for pages that stand behind console.sessions."""
    return cast(AccountView, g.person)
