"""The `media` role: phone sockets, conversation, prompts, recording. The carrier's signature check is handed to it here."""

from config.settings import Settings
from intake.office import build_office
from media import server
from webhooks.twilio.verify import verify_upgrade


def run(settings: Settings) -> None:
    server.run(settings, build_office(settings), verify_upgrade(settings))
