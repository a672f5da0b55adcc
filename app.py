"""Composition root: the web application and every `flask` command. Knows every package; nothing imports it."""

import click
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from commands.accounts import token, user
from commands.bench import bench
from commands.call.cli import call
from commands.classifier import classifier
from commands.db import db
from commands.gazetteer import gazetteer
from commands.models import models
from commands.outbox import outbox
from commands.pbx.cli import pbx
from commands.propose import propose
from commands.recordings import recordings
from commands.serve import serve
from commands.transcribe import transcribe
from config.errors import HotlineError
from config.logs import set_up_logging
from config.settings import Settings, ensure_secrets
from console import register as console
from console.api import register as api
from intake.call_backs import DIALLER
from intake.office import build_office
from webhooks import register as webhooks
from webhooks.diallers import make_dialler

COMMANDS = (serve, call, transcribe, propose, models, db, user, token, outbox, recordings, classifier, gazetteer, pbx, bench)


def create_app(settings: Settings | None = None) -> Flask:
    """The web process and, under `flask`, the place of all commands. A wrong setting ends with one line and exit status 2."""
    try:
        settings = settings or ensure_secrets()
        set_up_logging("web", settings.log_level)
        app = Flask("app", static_folder=None, template_folder=None)
        app.config.update(SECRET_KEY=settings.secret_key.get_secret_value(), MAX_CONTENT_LENGTH=1024 * 1024)
        app.extensions["settings"] = settings
        if not settings.is_local:
            # A public system stands behind a proxy (deploy/nginx): without this the limit of logins counts everybody as one.
            app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
        office = build_office(settings)
        app.extensions[DIALLER] = make_dialler(settings)
        for part in (webhooks, api, console):
            part.register(app, office, settings)
    except HotlineError as error:
        raise click.UsageError(str(error)) from None
    for command in COMMANDS:
        app.cli.add_command(command)
    return app
