"""Puts the JSON API into the web application, at /api/v1."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException

from config.errors import HotlineError
from config.settings import Settings
from console.api import cases, orders
from console.api.bearers import READERS, RECEIVERS, admit, identify
from console.api.limits import Limiter
from console.api.problems import MEDIA_TYPE, our_failure, problem_of, problem_of_status, render
from intake.office import Office
from models.account import Role

log = logging.getLogger(__name__)

PREFIX = "/api/v1"
_DESCRIPTION = Path(__file__).with_name("openapi.json")
Handler = Callable[..., dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    rule: str
    roles: frozenset[Role]
    handler: Handler


ROUTES = (
    Route("GET", "/cases", READERS, cases.list_cases),
    Route("GET", "/cases/<case_no>", READERS, cases.show_case),
    Route("POST", "/cases/<case_no>/confirm", READERS, cases.confirm),
    Route("POST", "/dispatch/claim", RECEIVERS, orders.claim),
    Route("POST", "/dispatch/orders/<order_id>/accept", RECEIVERS, orders.accept),
    Route("POST", "/dispatch/orders/<order_id>/refuse", RECEIVERS, orders.refuse),
)


def register(app: Flask, office: Office, settings: Settings) -> None:  # noqa: ARG001 - the signature of every part
    blueprint = Blueprint("api", __name__, url_prefix=PREFIX)
    limiter = Limiter(office.clock)
    for route in ROUTES:
        view = _guarded(route, office, limiter)
        blueprint.add_url_rule(route.rule, view.__name__, view, methods=[route.method])
    blueprint.add_url_rule("/openapi.json", "openapi", _openapi)
    blueprint.register_error_handler(Exception, _say_what_went_wrong)
    app.register_blueprint(blueprint)
    app.after_request(_speak_problem_json)


def _guarded(route: Route, office: Office, limiter: Limiter) -> Callable[..., Response]:
    def view(**names: str) -> Response:
        bearer = identify(office, request)
        admit(bearer, route.roles, limiter)
        return _json(route.handler(office, bearer, request, **names))

    view.__name__ = route.handler.__name__
    return view


def _openapi() -> Response:
    return Response(_DESCRIPTION.read_bytes(), mimetype="application/json")


def _json(body: dict[str, Any]) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), mimetype="application/json")


def _say_what_went_wrong(error: Exception) -> Response:
    match error:
        case HTTPException():
            return render(problem_of_status(error.code or 500))
        case HotlineError():
            problem = problem_of(error)
        case _:
            problem = our_failure()
    if problem.status >= 500:
        log.error("API request failed", extra={"endpoint": request.endpoint, "why": type(error).__name__}, exc_info=error)
    return render(problem)


def _speak_problem_json(answer: Response) -> Response:
    """Addresses that do not exist never reach the blueprint: what the application says of them is put into our words here."""
    if not request.path.startswith("/api/"):
        return answer
    answer.headers["Cache-Control"] = "no-store"
    if answer.status_code < 400 or answer.mimetype == MEDIA_TYPE:
        return answer
    ours = render(problem_of_status(answer.status_code))
    if "Allow" in answer.headers:
        ours.headers["Allow"] = answer.headers["Allow"]
    ours.headers["Cache-Control"] = "no-store"
    return ours
