"""The `media` role: phone sockets, conversation, prompts, recording."""

from config.settings import Settings
from intake.office import build_office
from media import server


def run(settings: Settings) -> None:
    server.run(settings, build_office(settings))
