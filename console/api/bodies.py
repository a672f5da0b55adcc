"""What the API reads: strict JSON, then one model for each request. Whatever is wrong names the field and the fix."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from flask import Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from console.api.problems import Problem, problem_of_status
from models.case import CaseState

MAX_BODY = 64 * 1024
"""Bytes."""
Body = TypeVar("Body", bound=BaseModel)
_LINE_CONTROLS = {"\n", "\r", "\t"}


def _is_plain(text: str) -> str:
    if any(ord(character) < 32 and character not in _LINE_CONTROLS for character in text):
        raise ValueError("holds a control character; send plain text")
    return text


def _text(longest: int, shortest: int = 0) -> Any:
    """Unicode text without control characters, stripped; lengths in characters."""
    return StringConstraints(strip_whitespace=True, min_length=shortest, max_length=longest)


Plain = AfterValidator(_is_plain)


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class PlaceBody(_Strict):
    district_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None
    subdistrict_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{9}$")] | None = None
    community_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")] | None = None
    address: Annotated[str, _text(500), Plain] | None = None


class ConfirmBody(_Strict):
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    kind: Annotated[str, _text(16, 1), Plain] | None = None
    urgency: Annotated[str, _text(16, 1), Plain] | None = None
    category_code: Annotated[str, _text(32, 1), Plain] | None = None
    location: PlaceBody | None = None
    summary: Annotated[str, _text(2000, 1), Plain] | None = None
    note: Annotated[str, _text(5000), Plain] | None = None


class ClaimBody(_Strict):
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    lease_s: Annotated[int, Field(ge=1, le=86_400)] = 300


class AcceptBody(_Strict):
    reason_code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,32}$")] | None = None
    text: Annotated[str, _text(2000), Plain] | None = None


class RefuseBody(_Strict):
    reason_code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,32}$")]
    text: Annotated[str, _text(2000), Plain] = ""


class ListQuery(BaseModel):
    """Values of a query string are text: digits become numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: CaseState | None = None
    after: Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


def read_body(request: Request, kind: type[Body]) -> Body:
    """The request's body. Raises Problem."""
    if not request.is_json:
        raise problem_of_status(415)
    return _checked(kind, _parse(_data_of(request)))


def read_optional_body(request: Request, kind: type[Body]) -> Body:
    """The same; no body at all is an empty object."""
    return read_body(request, kind) if _data_of(request) else kind()


def read_query(request: Request, kind: type[Body]) -> Body:
    repeated = [name for name, values in request.args.lists() if len(values) > 1]
    if repeated:
        raise _invalid([{"field": name, "code": "repeated", "detail": "Give it once."} for name in repeated])
    return _checked(kind, request.args.to_dict())


def _data_of(request: Request) -> bytes:
    """The body, at most MAX_BODY bytes. Raises Problem 413."""
    # A body without a length is cut at the limit without a word: one byte more than we take tells it apart.
    request.max_content_length = MAX_BODY + 1
    data = request.get_data()
    if len(data) > MAX_BODY:
        raise problem_of_status(413)
    return data


def _parse(data: bytes) -> object:
    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique_names,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, _NotOurJson) else "is not valid JSON in UTF-8, or nested too deep"
        raise Problem(400, "malformed_json", f"The body {reason}. Send one JSON object.") from None


class _NotOurJson(ValueError):
    """JSON that some readers take and others do not."""


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _value in pairs}) < len(pairs):
        raise _NotOurJson("names a field twice; only one can count")
    return dict(pairs)


def _refuse_constant(_name: str) -> float:
    raise _NotOurJson("holds NaN or Infinity, which JSON does not have")


def _checked(kind: type[Body], given: object) -> Body:
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise _invalid([_field_problem(each, kind) for each in error.errors(include_url=False, include_input=False)]) from None


def _field_problem(error: Mapping[str, Any], kind: type[BaseModel]) -> dict[str, str]:
    """Without the value that was given: it may be a caller's."""
    field = ".".join(str(part)[:64] for part in error["loc"]) or "(body)"
    detail = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        detail = f"Unknown here; known are {', '.join(kind.model_fields)}"
    return {"field": field, "code": error["type"], "detail": detail}


def _invalid(fields: list[dict[str, str]]) -> Problem:
    named = "; ".join(f"{each['field']}: {each['detail']}" for each in fields[:8])
    return Problem(422, "invalid_fields", f"Some fields cannot be used. {named}", more={"fields": fields[:50]})
