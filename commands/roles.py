"""One role of the system in this process: `python -m commands.roles media`."""

import logging
import signal
import sys
from types import FrameType

from commands.lifeline import hold_lifeline
from commands.open_files import allow_many_open_files
from config.errors import HotlineError, SettingsError
from config.loading import load
from config.logs import set_up_logging
from config.settings import load_settings

ROLES = {
    "web": "commands.web:run",
    "live": "commands.live:run",
    "media": "commands.media:run",
    "worker": "commands.worker:run",
    "dispatcher": "commands.dispatcher:run",
}
"""Name of a role and the function `run(settings) -> None` that is it; each imports only what it needs."""


def main(role: str) -> int:
    signal.signal(signal.SIGTERM, _leave)
    hold_lifeline()
    allow_many_open_files()
    try:
        settings = load_settings()
        set_up_logging(role, settings.log_level)
        load(ROLES[role])(settings)
    except SettingsError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    except HotlineError as error:
        logging.getLogger(__name__).error("the role cannot run", extra={"why": str(error)})
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
