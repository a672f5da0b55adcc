"""Puts the pages into the web application."""

from flask import Blueprint, Flask

from config.settings import Settings
from console.desk import Desk, put_desk
from console.failures import add_failures
from console.headers import add_headers
from console.languages import add_languages
from console.reading import add_reading
from console.sessions import add_sessions
from console.views import admin, call_back, case, cases, live, login, queue, search, seat, wallboard, ways
from intake.office import Office

PAGES = (login, live, cases, search, queue, seat, wallboard, admin)
CASE_PAGES = (case, ways, call_back)
"""They hang their addresses on those of `cases` when they are imported."""


def register(app: Flask, office: Office, settings: Settings) -> None:
    put_desk(app.extensions, Desk(office, settings))
    assets = Blueprint("assets", __name__, static_folder="static", static_url_path="/static", template_folder="templates")
    app.register_blueprint(assets)
    add_languages(app, settings)
    add_sessions(app, settings)
    add_headers(app, settings)
    add_failures(app)
    add_reading(app)
    for page in PAGES:
        app.register_blueprint(page.pages)
