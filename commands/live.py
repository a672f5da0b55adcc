"""The `live` role: server-sent events for all open pages."""

from config.settings import Settings
from console import live
from intake.office import build_office


def run(settings: Settings) -> None:
    live.run(settings, build_office(settings))
