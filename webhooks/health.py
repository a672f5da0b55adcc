"""Is the system alive, is it ready, and how is it doing: for supervisors of machines, not of people."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import requests
from flask import Flask, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select, text

from config.errors import HotlineError
from config.settings import Settings
from intake.disk import Disk
from intake.office import Office
from models.call import Call, CallState
from models.case import Case
from models.event import Event
from models.order import OutboxMessage
from models.session import newest_revision
from webhooks.media_health import MediaHealth


@dataclass(frozen=True, slots=True)
class Part:
    """`is_needed` is False for a part without which calls are still taken properly."""

    name: str
    is_ready: bool
    says: str
    is_needed: bool = True


def register(app: Flask, office: Office, settings: Settings, media: MediaHealth) -> None:
    app.add_url_rule("/healthz", "healthz", lambda: _json({"status": "ok"}, 200))
    app.add_url_rule("/readyz", "readyz", lambda: _readiness(office, settings, media))
    app.add_url_rule("/metrics", "metrics", lambda: _metrics(office))


def _readiness(office: Office, settings: Settings, media: MediaHealth) -> Response:
    checks: tuple[Callable[[], Part], ...] = (
        lambda: _database(office),
        lambda: _media(media),
        lambda: _live(settings),
        lambda: _disk(office, settings),
        lambda: _spool(office),
        lambda: _human(settings),
    )
    parts = [check() for check in checks]
    is_ready = all(part.is_ready for part in parts if part.is_needed)
    body = {
        "status": "ready" if is_ready else "not ready",
        "parts": {part.name: {"ready": part.is_ready, "says": part.says} for part in parts},
    }
    return _json(body, 200 if is_ready else 503)


def _database(office: Office) -> Part:
    try:
        with office.database.reading() as session:
            revision = session.scalar(text("SELECT version_num FROM alembic_version"))
    except HotlineError as error:
        return Part("database", False, str(error))
    if revision != newest_revision():
        return Part("database", False, "Its tables are of another version: run `flask db upgrade`.")
    return Part("database", True, f"version {revision}")


def _media(media: MediaHealth) -> Part:
    status = media.ask()
    if not status.is_up:
        return Part("media", False, "The media process does not answer: callers go to the human number or the recorder.")
    return Part("media", status.is_accepting, "takes calls" if status.is_accepting else f"takes no new calls: {status.why}")


def _live(settings: Settings) -> Part:
    try:
        up = requests.get(f"http://127.0.0.1:{settings.live_port}/healthz", timeout=(0.5, 1.0)).ok
    except requests.RequestException:
        up = False
    return Part("live", up, "pages update by themselves" if up else "Pages do not update by themselves.", is_needed=False)


def _disk(office: Office, settings: Settings) -> Part:
    disk = Disk(office.var, settings.disk_reserve_mb)
    free = f"{disk.free_mb()} MB free"
    if disk.has_room():
        return Part("disk", True, free)
    return Part(
        "disk", False, f"{free}, less than HOTLINE_DISK_RESERVE_MB={settings.disk_reserve_mb}: new calls are not recorded here."
    )


def _spool(office: Office) -> Part:
    folder = office.var / "spool"
    waiting, broken = len(list(folder.glob("*.json"))), len(list((folder / "broken").glob("*.json")))
    return Part("spool", not broken, f"{waiting} waiting, {broken} set aside in {folder / 'broken'}", is_needed=False)


def _human(settings: Settings) -> Part:
    if settings.human_number:
        return Part("human number", True, "set")
    return Part("human number", False, "HOTLINE_HUMAN_NUMBER is not set: callers leave a message.", is_needed=False)


def _metrics(office: Office) -> Response:
    """Counted in the database, so that every web process says the same. No label names a caller."""
    registry = CollectorRegistry()
    with office.database.reading() as session:
        _fill(registry, "hotline_cases", "Cases by state", "state", session.execute(_count(Case.state)).all())
        _fill(
            registry, "hotline_outbox", "Outbox messages by state", "state", session.execute(_count(OutboxMessage.state)).all()
        )
        running = session.scalar(select(func.count()).select_from(Call).where(Call.state != CallState.ENDED))
        total = session.scalar(select(func.count()).select_from(Call))
        last = session.scalar(select(func.max(Event.position)))
    Gauge("hotline_calls_running", "Calls that have not ended", registry=registry).set(running or 0)
    Gauge("hotline_calls_taken", "Calls ever taken", registry=registry).set(total or 0)
    Gauge("hotline_event_position", "Position of the newest event", registry=registry).set(last or 0)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _count(column: "object") -> "object":
    return select(column, func.count()).group_by(column)  # type: ignore[call-overload]


def _fill(registry: CollectorRegistry, name: str, says: str, label: str, rows: "object") -> None:
    gauge = Gauge(name, says, [label], registry=registry)
    for value, count in rows:  # type: ignore[attr-defined]
        gauge.labels(str(value)).set(count)


def _json(body: object, status: int) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status=status, mimetype="application/json")
