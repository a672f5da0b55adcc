"""The `media` role: phone sockets, conversation, prompts, recording. The carrier's signature check is handed to it here."""

import os

from config.media_pid import MEDIA_PID
from config.settings import Settings
from intake.office import build_office
from media import server
from webhooks.twilio.verify import verify_upgrade


def run(settings: Settings) -> None:
    pid_file = settings.var / MEDIA_PID
    pid_file.write_text(f"{os.getpid()}\n")
    server.run(settings, build_office(settings), verify_upgrade(settings))
