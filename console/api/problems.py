"""Every answer that is no success: problem JSON (RFC 9457) with a stable code and a sentence that names the fix."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from flask import Response

from config.errors import HotlineError
from dispatch.queue import AnsweredOtherwise, LeaseLost, UnknownOrder
from intake.errors import MissingForDispatch, MoveForbidden, StaleCase, UnknownCase

MEDIA_TYPE = "application/problem+json"


class Problem(HotlineError):
    """An answer of the API that is no success. `more` are members beside the standard ones; `headers` go with the answer."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = HTTPStatus(status), code, detail
        self.more, self.headers = more or {}, headers or {}


STATUS = MappingProxyType(
    {
        UnknownCase: 404,
        UnknownOrder: 404,
        StaleCase: 409,
        MoveForbidden: 409,
        LeaseLost: 409,
        AnsweredOtherwise: 409,
        MissingForDispatch: 422,
    }
)
"""Status of what a use case refuses. Anything else that is retryable is 503, the rest is our own failure."""

_BY_STATUS = MappingProxyType(
    {
        400: ("bad_request", "The request is no valid HTTP request. Check its headers and length."),
        404: ("unknown_address", "There is nothing at this address. /api/v1/openapi.json lists all addresses."),
        405: ("method_not_allowed", "This address does not take this method. The header Allow names those that it takes."),
        408: ("request_timeout", "The request did not arrive in time. Send it again."),
        413: ("body_too_large", "The body is larger than 64 kB. Send the named fields only."),
        415: ("media_type", "The body must be JSON. Send it with the header Content-Type: application/json."),
    }
)


def our_failure() -> Problem:
    return Problem(500, "internal", "The system failed. Try again once; if it fails again, tell its administrator when it was.")


def problem_of_status(status: int) -> Problem:
    """What to say about a status that the framework chose."""
    if status in _BY_STATUS:
        return Problem(status, *_BY_STATUS[status])
    if status >= 500:
        return our_failure()
    return Problem(status, "request_refused", "The request was refused. /api/v1/openapi.json says how it must look.")


def problem_of(error: HotlineError) -> Problem:
    """What to say about a use case that raised."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, MissingForDispatch):
        fields = [{"field": each.field, "code": each.code, "detail": each.text} for each in error.problems]
        return Problem(422, error.code, str(error), more={"fields": fields})
    if type(error) in STATUS:
        return Problem(STATUS[type(error)], error.code, str(error))
    if error.retryable:
        detail = "A part of the system is not available now; nothing was changed. Send the same again in a few seconds."
        return Problem(503, error.code, detail, headers={"Retry-After": "2"})
    return our_failure()


def render(problem: Problem) -> Response:
    body = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": int(problem.status),
        "code": problem.code,
        "detail": problem.detail,
        **problem.more,
    }
    answer = Response(json.dumps(body, ensure_ascii=False), status=int(problem.status), mimetype=MEDIA_TYPE)
    answer.headers.update(problem.headers)
    return answer
