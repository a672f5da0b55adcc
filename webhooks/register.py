"""Puts everything that machines talk to over HTTP into the web application."""

from flask import Flask

from config.settings import Settings
from intake.office import Office
from webhooks import health
from webhooks.media_health import MediaHealth
from webhooks.sip import views as sip
from webhooks.twilio import views as twilio


def register(app: Flask, office: Office, settings: Settings) -> None:
    media = MediaHealth(f"http://127.0.0.1:{settings.media_port}/healthz")
    twilio.register(app, office, settings, media)
    sip.register(app, office, settings, media)
    health.register(app, office, settings, media)
