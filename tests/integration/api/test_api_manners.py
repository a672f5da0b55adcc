"""What the API says to requests that are wrong, hostile, or simply lost."""

import json
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask

from console.api import register
from console.api.register import ROUTES
from models.account import Role
from models.session import Database
from tests.integration.api.client import Api, problem
from tests.integration.api.shape import DESCRIPTION

# What is read here never reaches a database: one is enough.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CONFIRM = "/api/v1/cases/260105000001/confirm"


def test_the_description_is_open_and_names_every_address(api: Api) -> None:
    answer = api.get("/api/v1/openapi.json", None)

    assert answer.status_code == 200
    assert answer.json == DESCRIPTION
    described = {(method.upper(), path) for path, methods in DESCRIPTION["paths"].items() for method in methods}
    served = {(route.method, route.rule.replace("<", "{").replace(">", "}")) for route in ROUTES}
    assert described == served | {("GET", "/openapi.json")}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.rule}")
def test_nothing_is_open_without_a_token(api: Api, route: object) -> None:
    rule = route.rule.replace("<case_no>", "260105000001").replace("<order_id>", "0" * 32)  # type: ignore[attr-defined]

    missing = api.send(route.method, f"/api/v1{rule}")  # type: ignore[attr-defined]
    unknown = api.send(route.method, f"/api/v1{rule}", "hl_guess")  # type: ignore[attr-defined]

    problem(missing, 401, "token_missing")
    problem(unknown, 401, "token_unknown")
    assert missing.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YTpi", "bearer", "Bearer \xfc\xe9", "Bearer a b", "Bearer " + "a" * 9000]
)
def test_a_strange_authorization_header_opens_nothing(api: Api, header: str) -> None:
    answer = api.app.test_client().get("/api/v1/cases", headers={"Authorization": header})

    assert answer.status_code == 401
    assert json.loads(answer.data)["code"] in {"token_missing", "token_unknown"}


def test_a_revoked_token_opens_nothing(api: Api) -> None:
    from intake.actors import machine
    from intake.tokens import list_tokens, revoke_token

    token = api.token(Role.OPERATOR)
    office = api.office
    revoke_token(office, list_tokens(office)[0].id, machine("test"))

    problem(api.get("/api/v1/cases", token), 401, "token_unknown")


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/v1", "/api/v1/", "/api/v1/cases/", "/api/v2/cases", "/api/", "/api/v1/%ff"]
)
def test_an_address_that_does_not_exist_is_a_problem_too(api: Api, path: str) -> None:
    problem(api.send("GET", path), 404, "unknown_address")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("DELETE", "/api/v1/cases", "GET"), ("GET", CONFIRM, "POST"), ("PUT", "/api/v1/dispatch/claim", "POST")],
)
def test_a_method_that_is_not_taken_names_those_that_are(api: Api, method: str, path: str, allowed: str) -> None:
    answer = api.send(method, path)

    problem(answer, 405, "method_not_allowed")
    assert allowed in answer.headers["Allow"]


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"],
)
def test_a_body_that_is_not_called_json_is_refused(api: Api, content_type: str | None) -> None:
    answer = api.post_raw(CONFIRM, api.token(Role.OPERATOR), b'{"version": 1}', content_type)

    problem(answer, 415, "media_type")


def test_a_body_in_json_with_a_charset_is_fine(api: Api) -> None:
    answer = api.post_raw(CONFIRM, api.token(Role.OPERATOR), b'{"version": 1}', "application/json; charset=utf-8")

    problem(answer, 404, "unknown_case")


DEEP = b'{"version": ' + b"[" * 30_000 + b"]" * 30_000 + b"}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"not json",
        b'{"version": NaN}',
        b'{"version": Infinity}',
        b'{"version": -Infinity}',
        b'{"version": 1, "version": 2}',
        b'{"version": 1, "location": {"address": "a", "address": "b"}}',
        b'{"version": 1} {}',
        b"\xff\xfe{\x00}\x00",
        b'{"version": 1, "note": "\xff"}',
        b'{"version": ' + b"9" * 5000 + b"}",
        b"\xef\xbb\xbf{}",
        DEEP,
    ],
    ids=lambda body: repr(body[:24]),
)
def test_a_body_that_is_no_json_is_refused_in_one_sentence(api: Api, body: bytes) -> None:
    problem(api.post_raw(CONFIRM, api.token(Role.OPERATOR), body), 400, "malformed_json")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "version"),
        ({"version": "1"}, "version"),
        ({"version": None}, "version"),
        ({"version": 0}, "version"),
        ({"version": 2**31}, "version"),
        ({"version": 1e400}, "version"),
        ({"version": 1, "kind": 3}, "kind"),
        ({"version": 1, "summary": ["a"]}, "summary"),
        ({"version": 1, "summary": "a" * 2001}, "summary"),
        ({"version": 1, "summary": "   "}, "summary"),
        ({"version": 1, "note": "\x00"}, "note"),
        ({"version": 1, "note": "\udfff"}, "note"),
        ({"version": 1, "note": "\x1b[2J"}, "note"),
        ({"version": 1, "location": "110105"}, "location"),
        ({"version": 1, "location": {"district_code": "11010"}}, "location.district_code"),
        ({"version": 1, "location": {"district_code": "１１０１０５"}}, "location.district_code"),
        ({"version": 1, "location": {"longitude": 116.4}}, "location.longitude"),
        ({"version": 1, "state": "closed"}, "state"),
        ({"version": 1, "\udfff": 1}, "(body)"),
        ({"version": 1, "__class__": {}}, "__class__"),
    ],
    ids=repr,
)
def test_a_field_that_cannot_be_used_is_named(api: Api, body: dict[str, object], field: str) -> None:
    raw = json.dumps(body).replace("Infinity", "1e400").encode()

    answer = problem(api.post_raw(CONFIRM, api.token(Role.OPERATOR), raw), 422, "invalid_fields")

    assert [each["field"] for each in answer["fields"]] == [field]


def test_an_answer_to_a_wrong_field_does_not_repeat_what_was_sent(api: Api) -> None:
    answer = api.post(CONFIRM, api.token(Role.OPERATOR), {"version": 1, "summary": ["13800138000"]})

    assert "13800138000" not in answer.text


def test_ten_thousand_wrong_fields_get_a_short_answer(api: Api) -> None:
    body = {"version": 1, **{f"f{number}": 1 for number in range(5000)}}

    answer = api.post(CONFIRM, api.token(Role.OPERATOR), body)

    problem(answer, 422, "invalid_fields")
    assert len(answer.data) < 16_000


@pytest.mark.parametrize("size", [64 * 1024 + 1, 1_000_000])
def test_a_body_that_is_too_large_is_refused(api: Api, size: int) -> None:
    body = b'{"version": 1, "note": "' + b"a" * size + b'"}'

    problem(api.post_raw(CONFIRM, api.token(Role.OPERATOR), body), 413, "body_too_large")


class Chunked:
    """A body of unknown length as gunicorn hands it over: it can be read, and no more."""

    def __init__(self, data: bytes) -> None:
        self._data = BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._data.read(size)


@pytest.mark.parametrize("size", [64 * 1024 - 13, 1_000_000])
def test_a_body_without_a_length_is_refused_when_it_grows_too_large(api: Api, size: int) -> None:
    answer = api.send(
        "POST",
        CONFIRM,
        api.token(Role.OPERATOR),
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True, "wsgi.input": Chunked(b'{"version": 1}' + b" " * size)},
    )

    problem(answer, 413, "body_too_large")


def test_a_token_that_asks_too_often_is_told_how_long_to_wait(api: Api) -> None:
    token = api.token(Role.OPERATOR)
    answers = [api.get("/api/v1/cases", token) for _ in range(101)]

    assert {answer.status_code for answer in answers[:100]} == {200}
    problem(answers[100], 429, "too_many_requests")
    wait = int(answers[100].headers["Retry-After"])
    api.desk.clock.advance(timedelta(seconds=wait))
    assert api.get("/api/v1/cases", token).status_code == 200
    assert api.get("/api/v1/cases", api.token(Role.OPERATOR)).status_code == 200


def test_our_own_failure_tells_nothing_of_our_insides(api: Api) -> None:
    token = api.token(Role.OPERATOR)
    api.desk.propose()
    with api.desk.database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE \"case\" SET state = 'no such state'")

    answer = api.get("/api/v1/cases", token)

    problem(answer, 500, "internal")
    assert "no such state" not in answer.text
    assert "LookupError" not in answer.text


def test_a_database_that_is_away_is_a_503_that_says_try_again(api: Api) -> None:
    away = replace(api.office, database=Database("postgresql://nobody@127.0.0.1:1/hotline"))
    app = Flask("app", static_folder=None)
    register.register(app, away, away.settings)

    answer = Api(app, api.desk, away).get("/api/v1/cases", "hl_some_token")

    problem(answer, 503, "database_unavailable")
    assert answer.headers["Retry-After"]
    assert "127.0.0.1" not in answer.text
