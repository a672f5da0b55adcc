"""How the system is: /healthz for this process, /readyz for each part by name, /metrics for Prometheus."""

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import requests
from flask import Blueprint, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from config.errors import HotlineError
from config.settings import Settings
from intake.disk import Disk
from intake.office import Office
from intake.vitals import stuck_orders, tables_are_current
from webhooks.media_health import ASK_LIMIT_S, MediaHealth, role_address
from webhooks.metrics import Figurehead
from webhooks.outgoing import open_session

log = logging.getLogger(__name__)

_FULL_SPOOL = 1000
"""Files that wait; more than a locked database leaves behind."""


@dataclass(frozen=True, slots=True)
class Part:
    """`needed` parts make the system not ready when they are not `ok`; the others only say what callers will miss."""

    ok: bool
    needed: bool = True
    detail: str = ""


Check = Callable[[], Part]


def blueprint(office: Office, settings: Settings, media: MediaHealth) -> Blueprint:
    pages = Blueprint("health", __name__)
    checks = _checks(office, settings, media)
    registry = CollectorRegistry()
    registry.register(Figurehead(office, media))

    @pages.get("/healthz")
    def healthz() -> Response:
        return _json({"status": "ok"}, 200)

    @pages.get("/readyz")
    def readyz() -> Response:
        parts = {name: _attempt(check) for name, check in checks.items()}
        is_ready = all(part.ok or not part.needed for part in parts.values())
        body = {"ready": is_ready, "parts": {name: asdict(part) for name, part in parts.items()}}
        return _json(body, 200 if is_ready else 503)

    @pages.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return pages


def _checks(office: Office, settings: Settings, media: MediaHealth) -> dict[str, Check]:
    return {
        "database": lambda: _database(office),
        "migrations": lambda: _migrations(office),
        "media": lambda: _media(media),
        "live": lambda: _live(role_address(settings, settings.live_port)),
        "dispatcher": lambda: _dispatcher(office),
        "disk": lambda: _disk(Disk(settings.var, settings.disk_reserve_mb)),
        "spool": lambda: _spool(settings.var / "spool"),
        "models": lambda: _models(media),
        "human_number": lambda: _human_number(settings),
    }


def _attempt(check: Check) -> Part:
    try:
        return check()
    except HotlineError as error:
        return Part(ok=False, detail=str(error))
    except Exception as error:
        log.exception("a readiness check failed")
        return Part(ok=False, detail=type(error).__name__)


def _database(office: Office) -> Part:
    with office.database.reading() as session:
        session.connection()
    return Part(ok=True, detail=office.database.url.get_backend_name())


def _migrations(office: Office) -> Part:
    current = tables_are_current(office)
    return Part(current, detail="" if current else "the tables are of another version: run `flask db upgrade`")


def _media(media: MediaHealth) -> Part:
    state = media.ask()
    if not state.is_up:
        return Part(ok=False, detail="the media process does not answer: callers reach the human number or a recorder")
    return Part(state.accepts, detail=state.why or f"{state.calls} of {state.capacity} calls")


def _live(address: str) -> Part:
    try:
        with open_session(address) as session:
            answers = session.get(f"{address}/healthz", timeout=ASK_LIMIT_S).ok
    except requests.RequestException:
        answers = False
    return Part(answers, detail="" if answers else "the live process does not answer: pages do not move by themselves")


def _dispatcher(office: Office) -> Part:
    stuck = stuck_orders(office)
    return Part(not stuck, detail=f"{stuck} orders wait for more than 30 s: is the dispatcher running?" if stuck else "")


def _disk(disk: Disk) -> Part:
    if disk.has_room():
        return Part(ok=True, detail=f"{disk.free_mb()} MB free")
    return Part(ok=False, detail=f"{disk.free_mb()} MB free, less than HOTLINE_DISK_RESERVE_MB={disk.reserve_mb}")


def _spool(folder: Path) -> Part:
    waiting = sum(1 for _ in folder.glob("*.json"))
    broken = sum(1 for _ in (folder / "broken").glob("*"))
    detail = f"{waiting} files wait" + (f", {broken} could not be taken in (spool/broken)" if broken else "")
    return Part(waiting < _FULL_SPOOL, detail=detail)


def _models(media: MediaHealth) -> Part:
    engine = media.ask().engine
    heard = engine not in {"", "none"}
    return Part(heard, needed=False, detail=engine if heard else "no speech model: operators get recordings and empty forms")


def _human_number(settings: Settings) -> Part:
    given = bool(settings.human_number)
    return Part(given, needed=False, detail="" if given else "HOTLINE_HUMAN_NUMBER is empty: callers leave a message")


def _json(body: object, status: int) -> Response:
    answer = Response(json.dumps(body, ensure_ascii=False), status=status, mimetype="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer
