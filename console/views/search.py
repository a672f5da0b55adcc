"""What the form's boxes find while somebody types."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from console.case_view import place_value
from console.desk import office
from intake.queries_names import PlaceFound, find_places

pages = Blueprint("search", __name__, url_prefix="/console/search")

_LONGEST = 40


@pages.get("/categories")
def categories() -> ResponseReturnValue:
    found = office().taxonomy().search(_words())
    return jsonify(
        results=[
            {"value": leaf.code, "name": leaf.name, "detail": " › ".join(leaf.path[:-1]), "note": leaf.definition}
            for leaf in found
        ]
    )


@pages.get("/articles")
def articles() -> ResponseReturnValue:
    found = office().articles().search(_words())
    return jsonify(results=[{"value": each.id, "name": each.title, "detail": each.office, "note": ""} for each in found])


@pages.get("/places")
def places() -> ResponseReturnValue:
    return jsonify(results=[_place(found) for found in find_places(office(), _words())])


def _words() -> str:
    return request.args.get("words", "").strip()[:_LONGEST]


def _place(found: PlaceFound) -> dict[str, str]:
    value = place_value(found.district_code, found.subdistrict_code, found.community_code)
    return {"value": value, "name": found.name, "detail": found.around, "address": found.address}
