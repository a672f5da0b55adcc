"""Logging: fixed sentences with fields, one line each. People's words and numbers never go into a line.

`log.info("call opened", extra={"call": call_id})` prints `12:00:00.123 INFO  media call opened call=3f2a...`.
"""

import logging
import re
import sys
from datetime import UTC, datetime

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
_LONG_DIGITS = re.compile(r"(?<![0-9a-fA-F-])\+?\d{7,}(?![0-9a-fA-F-])")


def masked(text: str) -> str:
    """The text with every run of seven or more digits (a telephone or identity number) cut to its last two."""
    return _LONG_DIGITS.sub(lambda found: "*" * 5 + found.group()[-2:], text)


class LineFormatter(logging.Formatter):
    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).astimezone().strftime("%H:%M:%S.%f")[:-3]
        fields = "".join(f" {key}={value}" for key, value in vars(record).items() if key not in _STANDARD)
        line = f"{at} {record.levelname:<7} {self._role} {record.getMessage()}{fields}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return masked(line)


def set_up_logging(role: str, level: str = "INFO") -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter(role))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("urllib3", "alembic", "celery.worker.strategy", "amqp", "kombu", "sqlalchemy.pool"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
