"""One case: the page, what it fetches while it is open, the caller's number, the recording."""

from typing import Any

from flask import jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, NotFound

from console.article_view import ANSWER_KEY, ArticleTile, reference
from console.case_context import case_context, is_asking, missing_of, provenances, route_of
from console.case_form import read_form, values
from console.case_view import EDITABLE
from console.desk import desk, office, person
from console.sessions import wants_json
from console.views.cases import pages
from intake.audit import record_access
from intake.confirmation import release_case, take_case
from intake.errors import UnknownCall
from intake.events import last_position
from intake.queries_case import CasePage, case_page
from intake.recordings import find_recording
from intake.revealing import reveal_number

_CASE = "/cases/<string(length=12):case_no>"


@pages.get(_CASE)
def show(case_no: str) -> ResponseReturnValue:
    position = last_position(office())
    page = case_page(office(), case_no)
    record_access(office(), person().actor, "case.read", case_no)
    return render_template("case.html", position=position, **case_context(page))


@pages.get(f"{_CASE}/fresh")
def fresh(case_no: str) -> ResponseReturnValue:
    """The parts of the page as they are now; its script puts them where nobody is at work."""
    page = case_page(office(), case_no)
    return jsonify(_fresh(page))


@pages.get(f"{_CASE}/route")
def route(case_no: str) -> ResponseReturnValue:
    """Where the form, as it stands on the screen, would go."""
    page = case_page(office(), case_no)
    try:
        fields = read_form({**values(page.fields), "version": str(page.version), **request.args}).fields
    except ValueError:
        raise BadRequest from None
    questions = page.proposal.questions if page.proposal and fields.category_code == page.fields.category_code else ()
    asked = route_of(fields, questions)
    return jsonify(html=render_template("parts/route.html", route=asked, asks=is_asking(page)), missing=missing_of(page, asked))


@pages.get(f"{_CASE}/articles/<string(maxlength=40):identity>")
def article(case_no: str, identity: str) -> ResponseReturnValue:
    """One that a search found, to be read aloud."""
    page, found = case_page(office(), case_no), office().articles().article(identity)
    if found is None:
        raise NotFound
    tile = ArticleTile(found, reference(found), ANSWER_KEY)
    return jsonify(html=render_template("parts/found_article.html", tile=tile, page=page, asks_something=True))


@pages.post(f"{_CASE}/take")
def take(case_no: str) -> ResponseReturnValue:
    take_case(office(), case_no, person().actor)
    return jsonify(taken=True) if wants_json() else redirect(url_for("cases.show", case_no=case_no))


@pages.post(f"{_CASE}/release")
def release(case_no: str) -> ResponseReturnValue:
    release_case(office(), case_no, person().actor)
    return jsonify(taken=False) if wants_json() else redirect(url_for("cases.index"))


@pages.post(f"{_CASE}/calls/<string(length=32):call_id>/number")
def reveal(case_no: str, call_id: str) -> ResponseReturnValue:
    try:
        number = reveal_number(office(), case_no, call_id, person().actor)
    except UnknownCall:
        raise NotFound from None
    if wants_json():
        return jsonify(number=number)
    page = case_page(office(), case_no)
    return render_template("case.html", position=last_position(office()), revealed={call_id: number}, **case_context(page))


@pages.get("/recordings/<string(length=32):recording_id>")
def recording(recording_id: str) -> ResponseReturnValue:
    """The audio, whole or the range that was asked for. On record once a listening, not once a range."""
    found = find_recording(office(), recording_id)
    var = desk().settings.var.resolve()
    path = (var / found.path).resolve() if found else var
    if found is None or not path.is_relative_to(var) or not path.is_file():
        raise NotFound
    if request.headers.get("Range", "bytes=0-").startswith("bytes=0-"):
        record_access(office(), person().actor, "recording.heard", found.case_no)
    answer = send_file(path, conditional=True, max_age=0)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _fresh(page: CasePage) -> dict[str, Any]:
    context = case_context(page)
    parts = ("case_head", "calling", "transcript", "recordings", "history", "categories", "places", "related", "articles")
    rendered = {part: render_template(f"parts/{part}.html", **context) for part in parts}
    is_editable = page.state in EDITABLE
    return {
        "state": page.state,
        "version": page.version,
        "is_editable": is_editable,
        "fields": {("location" if name == "place" else name): value for name, value in values(page.fields).items()},
        "provenance": provenances(page),
        "done": None if is_editable else render_template("parts/case_done.html", **context),
        "ways": render_template("parts/ways.html", **context) if is_editable else None,
        **rendered,
    }
