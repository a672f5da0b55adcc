"""The `dispatcher` role: the outbox relay and all timed work, in one quiet loop."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from commands.jobs import Jobs, open_queue
from config.errors import HotlineError
from config.media_pid import MEDIA_PID
from config.settings import Settings
from intake.deliveries import build_relay
from intake.office import Office, build_office
from intake.spool import take_in_spool
from intake.sweeps import SWEEPS
from webhooks.media_health import HttpMediaHealth, role_address
from webhooks.sip.leftovers import take_in_leftovers
from webhooks.sip.telephones import EVERY_S, watch_telephones
from webhooks.watchdog import Watchdog

log = logging.getLogger(__name__)

RELAY_PAUSE_S = 0.05
_TROUBLE_PAUSE_S = 1.0


@dataclass(slots=True)
class Timed:
    """A piece of work and how often it is done, in seconds."""

    name: str
    work: Callable[[], object]
    every_s: float
    due_at: float = field(default=0.0)


def run(settings: Settings) -> None:
    office = build_office(settings)
    relay = build_relay(office)
    timed = _timetable(office, settings)
    watchdog = Watchdog(HttpMediaHealth(role_address(settings, settings.media_port)), settings.var / MEDIA_PID)
    threading.Thread(target=watchdog.run, name="watchdog", daemon=True).start()
    while True:
        busy = _attempt("relay", relay.run_once)
        for piece in timed:
            if time.monotonic() >= piece.due_at:
                _attempt(piece.name, piece.work)
                piece.due_at = time.monotonic() + piece.every_s
        if not busy:
            time.sleep(RELAY_PAUSE_S)


def _timetable(office: Office, settings: Settings) -> list[Timed]:
    jobs = Jobs(office, open_queue(settings))
    sweeps = [Timed(sweep.name, lambda run=sweep.run: run(office), sweep.every_s) for sweep in SWEEPS]  # type: ignore[misc]
    return [
        *sweeps,
        Timed("spool", lambda: take_in_spool(office), 2.0),
        Timed("recordings", jobs.send_due, 2.0),
        Timed("exchange", lambda: take_in_leftovers(office), 10.0),
        Timed("telephones", lambda: watch_telephones(office, settings), EVERY_S),
    ]


def _attempt(name: str, work: Callable[[], object]) -> object:
    """The loop must not die: what goes wrong is logged and tried again in its next turn."""
    try:
        return work()
    except HotlineError as error:
        log.warning("timed work failed and is tried again", extra={"work": name, "code": error.code, "why": str(error)})
    except Exception:
        log.exception("timed work failed and is tried again", extra={"work": name})
    time.sleep(_TROUBLE_PAUSE_S)
    return None
