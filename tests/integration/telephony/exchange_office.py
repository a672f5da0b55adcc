"""A web application with the carriers' webhooks over a real SQLite database; the media process is what the test says it is."""

import shutil
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import func, select
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from commands.call.exchange import sign
from config.clock import FixedClock
from config.settings import Settings
from intake.calls import CallView, find_call
from intake.office import Office, build_office
from models.case import Case
from models.recording import Recording
from models.session import upgrade
from webhooks.media_health import MediaState
from webhooks.register import register_with
from webhooks.twilio.rest import CarrierUnavailable, LiveCalls

CALL = "CA" + "1" * 32
ACCOUNT, TOKEN, SIP_TOKEN = "AC" + "2" * 32, "carrier-token", "pbx-token"
HUMAN = "+861012345678"
CALLER = "+8613800138000"
UP = MediaState(is_up=True, accepts=True, engine="none", capacity=60)
FULL = replace(UP, accepts=False, why="pool_full")
DOWN = MediaState(is_up=False, accepts=False, why="media_down")


def make_settings(var: Path, **values: object) -> Settings:
    given: dict[str, object] = {
        "var": var,
        "secret_key": "s" * 40,
        "data_keys": Fernet.generate_key().decode(),
        "disk_reserve_mb": 0,
        "samples": True,
        "twilio": {"account_sid": ACCOUNT, "auth_token": TOKEN},
        "sip": {"token": SIP_TOKEN},
    }
    return Settings.model_validate({**given, **values})


@dataclass
class SaidMedia:
    state: MediaState = UP

    def ask(self) -> MediaState:
        return self.state


@dataclass
class NotedLiveCalls:
    redirected: list[tuple[str, str]] = field(default_factory=list)
    is_away: bool = False

    def redirect(self, call: str, address: str) -> None:
        if self.is_away:
            raise CarrierUnavailable("away")
        self.redirected.append((call, address))


class Switch:
    """The exchange room of one test."""

    def __init__(self, settings: Settings, tables: Path | None = None, live_calls: LiveCalls | None = None) -> None:
        """`tables` is an empty database to begin with; without it there are none, and the database cannot be used."""
        self.settings = settings
        if tables is not None:
            shutil.copy(tables, settings.var / "hotline.db")
        self.clock = FixedClock()
        self.office: Office = build_office(settings, self.clock)
        self.media = SaidMedia()
        self.live_calls = NotedLiveCalls()
        self.app = Flask("switch", static_folder=None, template_folder=None)
        register_with(self.app, self.office, settings, self.media, live_calls or self.live_calls)

    def migrate(self) -> None:
        upgrade(self.office.database)

    def post(self, name: str, *, signature: str | None = None, **fields: str) -> TestResponse:
        form = {"CallSid": CALL, "AccountSid": ACCOUNT, "From": CALLER, "To": "12345", **fields}
        form = {name: value for name, value in form.items() if value is not None}
        path = f"/webhooks/twilio/{name}"
        signed = sign(TOKEN, self.settings.public_url + path, form) if signature is None else signature
        return self.app.test_client().post(path, data=form, headers={"X-Twilio-Signature": signed})

    def ask(self, name: str, **fields: str) -> list[Any]:
        """Verbs of the TwiML that is answered: ElementTree elements in order."""
        answer = self.post(name, **fields)
        assert answer.status_code == 200, answer.status
        assert answer.mimetype == "text/xml"
        return list(ElementTree.fromstring(answer.data))  # noqa: S314 - our own answer

    def tell(self, name: str, **fields: str) -> None:
        answer = self.post(name, **fields)
        assert (answer.status_code, answer.data) == (204, b"")

    def pbx(self, method: str, name: str, token: str = SIP_TOKEN, **fields: str) -> TestResponse:
        sent: dict[str, Any] = {"query_string": fields} if method == "GET" else {"data": fields}
        headers = {"Authorization": f"Bearer {token}"}
        return self.app.test_client().open(f"/webhooks/sip/{name}", method=method, headers=headers, **sent)

    def call(self, carrier_call_id: str = CALL, carrier: str = "twilio") -> CallView:
        found = find_call(self.office, carrier, carrier_call_id)
        assert found is not None
        return found

    def case(self) -> Case:
        """The only case."""
        with self.office.database.reading() as session:
            return session.scalars(select(Case)).one()

    def count_cases(self) -> int:
        with self.office.database.reading() as session:
            return session.scalar(select(func.count()).select_from(Case)) or 0

    def recordings(self) -> list[Recording]:
        with self.office.database.reading() as session:
            return list(session.scalars(select(Recording)))


class Served:
    """The application behind a real HTTP server, at the settings' port."""

    def __init__(self, switch: Switch) -> None:
        self._server = make_server(switch.settings.host, switch.settings.port, switch.app, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> "Served":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
