"""Puts what machines ask for into the web application: carriers' webhooks, health, metrics.

None of it takes a browser's session, so none of it needs a CSRF token.
"""

from flask import Flask

from config.settings import ROOT, Settings
from intake.office import Office
from ivr.prompts import load_prompts
from webhooks import health
from webhooks.media_health import HttpMediaHealth, MediaHealth, role_address
from webhooks.sip import views as sip
from webhooks.sip.answers import SipDesk
from webhooks.twilio import views as twilio
from webhooks.twilio.answers import TwilioDesk
from webhooks.twilio.render import Addresses, Renderer
from webhooks.twilio.rest import LiveCalls, TwilioRest

PROMPTS = ROOT / "config" / "prompts"
BLUEPRINTS = ("twilio", "sip", "health")
"""Names of blueprints that are exempt from CSRF."""


def register(app: Flask, office: Office, settings: Settings) -> None:
    """Raises config.errors.DataError for prompts that are not readable."""
    media = HttpMediaHealth(role_address(settings, settings.media_port))
    register_with(app, office, settings, media, TwilioRest(settings))


def register_with(app: Flask, office: Office, settings: Settings, media: MediaHealth, live_calls: LiveCalls) -> None:
    """The same with other neighbours."""
    prompts = load_prompts(PROMPTS)
    renderer = Renderer(Addresses(settings.public_url, settings.media_url, settings.twilio.number), prompts)
    desk = TwilioDesk(office, settings, media, renderer, live_calls)
    app.register_blueprint(twilio.blueprint(desk, settings, prompts))
    app.register_blueprint(sip.blueprint(SipDesk(office, settings, media), settings))
    app.register_blueprint(health.blueprint(office, settings, media))
