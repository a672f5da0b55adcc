"""Fetch the default speech model in the background when a new system has none. A supervisor's visitor; it runs once.

Exit status: supervisor.MODEL_INSTALLED when a model came, 0 otherwise; without a way to it the system says so and runs on.
"""

import sys

from asr.catalogue import DEFAULT_MODEL
from asr.download import pull
from asr.registry import choose_engine
from commands.supervisor import MODEL_INSTALLED
from config.errors import HotlineError
from config.settings import load_settings


def main() -> int:
    settings = load_settings()
    if settings.asr.engine != "auto" or choose_engine(settings.asr.engine, settings.model_folders).name != "none":
        return 0
    print(f"No speech model is installed yet: fetching {DEFAULT_MODEL} in the background.", flush=True)
    try:
        pull(DEFAULT_MODEL, settings.var / "models")
    except HotlineError as error:
        print(f"No speech model: {error}", flush=True)
        print("The system runs on without one: operators get the recording and an empty form.", flush=True)
        return 0
    print("The speech model is installed; the media process starts again with it.", flush=True)
    return MODEL_INSTALLED


if __name__ == "__main__":
    sys.exit(main())
