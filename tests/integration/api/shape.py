"""Does a JSON value have the shape that openapi.json promises? The part of JSON Schema that our description uses."""

import json
import re
from pathlib import Path
from typing import Any

DESCRIPTION: dict[str, Any] = json.loads((Path(__file__).parents[3] / "console/api/openapi.json").read_text("utf-8"))
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_STRUCTURE = {
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "pattern",
    "format",
    "$ref",
    "oneOf",
}
_KNOWN = _STRUCTURE | {"minimum", "maximum", "maxLength", "default", "description"}


def faults(value: object, schema: dict[str, Any], at: str = "$") -> list[str]:
    """Every place where the value is not what the schema says; empty: it fits."""
    unknown = set(schema) - _KNOWN
    if unknown:
        return [f"{at}: this checker does not know {sorted(unknown)}"]
    if "$ref" in schema:
        return faults(value, _resolved(schema["$ref"]), at)
    if "oneOf" in schema:
        fitting = [each for each in schema["oneOf"] if not faults(value, each, at)]
        return [] if len(fitting) == 1 else [f"{at}: fits {len(fitting)} of oneOf"]
    wanted = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(_is(value, each) for each in wanted):
        return [f"{at}: {value!r} is no {wanted}"]
    return [*_scalar_faults(value, schema, at), *_inner_faults(value, schema, at)]


def answer_schema(path: str, method: str, status: int) -> dict[str, Any]:
    """What the description says of an answer's body."""
    answer = DESCRIPTION["paths"][path][method]["responses"][str(status)]
    if "$ref" in answer:
        answer = _resolved(answer["$ref"])
    (content,) = answer["content"].values()
    schema: dict[str, Any] = content["schema"]
    return schema


def _resolved(reference: str) -> dict[str, Any]:
    place: Any = DESCRIPTION
    for part in reference.removeprefix("#/").split("/"):
        place = place[part]
    found: dict[str, Any] = place
    return found


def _is(value: object, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, _TYPES[name])


def _scalar_faults(value: object, schema: dict[str, Any], at: str) -> list[str]:
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: {value!r} is none of {schema['enum']}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{at}: {value!r} is not {schema['const']!r}")
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            found.append(f"{at}: {value!r} does not match {schema['pattern']}")
        if schema.get("format") == "date-time" and not re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", value
        ):
            found.append(f"{at}: {value!r} is no time with offset")
    return found


def _inner_faults(value: object, schema: dict[str, Any], at: str) -> list[str]:
    if isinstance(value, list) and "items" in schema:
        return [fault for number, each in enumerate(value) for fault in faults(each, schema["items"], f"{at}[{number}]")]
    if not isinstance(value, dict):
        return []
    named = schema.get("properties", {})
    found = [f"{at}: lacks {name}" for name in schema.get("required", []) if name not in value]
    for name, each in value.items():
        if name in named:
            found += faults(each, named[name], f"{at}.{name}")
        elif schema.get("additionalProperties") is False:
            found.append(f"{at}: has {name}, which is not described")
        elif isinstance(schema.get("additionalProperties"), dict):
            found += faults(each, schema["additionalProperties"], f"{at}.{name}")
    return found
