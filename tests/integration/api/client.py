"""The API as another system meets it: the real blueprint over a real database, through Flask's own test client."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers

from config.ids import new_id
from intake.office import Office
from models.account import ApiToken, Role
from tests.integration.dispatch.desk import Desk


@dataclass(frozen=True, slots=True)
class Answer:
    status_code: int
    mimetype: str
    headers: Headers
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.data)


@dataclass(slots=True)
class Api:
    app: Flask
    desk: Desk
    office: Office
    _client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self._client = self.app.test_client()

    def token(self, role: Role, area: str | None = None) -> str:
        """A token that exists from now on."""
        text = new_id()
        row = ApiToken(
            id=new_id(),
            token_hash=hashlib.sha256(text.encode()).hexdigest(),
            role=role,
            area=area,
            name=f"{role} {area or 'everywhere'}",
            created_at=self.desk.clock.now(),
        )
        with self.desk.database.transaction() as session:
            session.add(row)
        return text

    def get(self, path: str, token: str | None, **query: str) -> Answer:
        return self.send("GET", path, token, query_string=query)

    def post(self, path: str, token: str | None, body: object) -> Answer:
        return self.post_raw(path, token, json.dumps(body).encode())

    def post_raw(self, path: str, token: str | None, body: bytes, content_type: str | None = "application/json") -> Answer:
        return self.send("POST", path, token, data=body, content_type=content_type)

    def send(self, method: str, path: str, token: str | None = None, **more: Any) -> Answer:
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        got = self._client.open(path, method=method, headers=headers, **more)
        return Answer(got.status_code, got.mimetype or "", got.headers, got.data)


def problem(answer: Answer, status: int, code: str) -> dict[str, Any]:
    """The answer is a problem as every problem must be."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    body: dict[str, Any] = json.loads(answer.data)
    assert (body["status"], body["code"]) == (status, code), body
    assert body["detail"].endswith((".", "!")) or ": " in body["detail"], "a sentence that names the fix"
    assert "Traceback" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return body
