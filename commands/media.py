"""The `media` role: phone sockets, conversation, prompts, recording. The carrier's signature check is handed to it here."""

import os
from pathlib import Path

from config.media_pid import MEDIA_PID
from config.settings import Settings
from intake.office import build_office
from media import server
from webhooks.twilio.verify import verify_upgrade


def run(settings: Settings) -> None:
    """Its number is written down once it takes calls: whoever watches it shall not take loading for hanging."""
    pid_file = settings.var / MEDIA_PID
    pid_file.unlink(missing_ok=True)
    server.run(
        settings,
        build_office(settings),
        verify_upgrade(settings),
        lambda _switchboard: _write(pid_file),
    )


def _write(pid_file: Path) -> None:
    pid_file.write_text(f"{os.getpid()}\n")
