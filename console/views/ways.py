"""What an operator decides about a case: confirm, answered, called back, cancelled. A stale copy meets the present one."""

from collections.abc import Callable
from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from config.clock import CITY_ZONE
from console import words
from console.case_context import cancel_reasons, case_context, problem_text, route_of
from console.case_form import Submitted, read_form
from console.conflict import are_equal, compare
from console.desk import office, person
from console.formats import spaced
from console.saying import say as _
from console.views.cases import pages
from intake.audit import AuditView, list_audit
from intake.confirmation import change_case, confirm_case, release_case
from intake.errors import MissingForDispatch, MoveForbidden, StaleCase, UnknownCase
from intake.events import last_position
from intake.queries_case import CaseFields, CasePage, case_page
from intake.queries_names import category_name, category_path, find_places, place_name
from intake.settling import answer_case, called_back, cancel_case, merge_case, part_case
from models.case import CaseState

_CASE = "/cases/<string(length=12):case_no>"
_CHANGES = frozenset({"case.changed", "case.confirmed", "case.answered", "case.cancelled", "case.proposed", "case.merged"})
_EXTRAS = ("answer_text", "callback_text", "cancel_reason", "cancel_text", "outcome", "into", "article")

Way = Callable[[str, Submitted], ResponseReturnValue]


@pages.post(f"{_CASE}/confirm")
def confirm(case_no: str) -> ResponseReturnValue:
    return go(case_no, _confirm)


@pages.post(f"{_CASE}/answer")
def answer(case_no: str) -> ResponseReturnValue:
    return go(case_no, _answer)


@pages.post(f"{_CASE}/called-back", endpoint="called_back")
def record_call_back(case_no: str) -> ResponseReturnValue:
    return go(case_no, _called_back)


@pages.post(f"{_CASE}/cancel")
def cancel(case_no: str) -> ResponseReturnValue:
    return go(case_no, _cancel)


@pages.post(f"{_CASE}/join")
def join(case_no: str) -> ResponseReturnValue:
    return go(case_no, _join)


@pages.post(f"{_CASE}/part")
def part(case_no: str) -> ResponseReturnValue:
    """The sheet of a joined case has no form: its version alone is sent."""
    try:
        part_case(office(), case_no, request.form.get("version", 0, type=int), person().actor)
    except (StaleCase, MoveForbidden):
        flash(_("工单刚有变化，请看现在的情况。"), "mind")
    else:
        flash(_("工单 %(no)s 已拆出，单独办理。", no=spaced(case_no)), "good")
    return redirect(url_for("cases.show", case_no=case_no))


def _confirm(case_no: str, sent: Submitted) -> ResponseReturnValue:
    # The form was on the screen: what stands empty in it is missing, not to be filled from a proposal unseen.
    missing = route_of(sent.fields).problems
    if missing:
        return _with_problems(case_no, sent, {problem.field: problem.text for problem in missing})
    try:
        confirm_case(office(), case_no, sent.change, person().actor)
    except MissingForDispatch as refusal:
        return _with_problems(case_no, sent, {problem.field: problem_text(problem) for problem in refusal.problems})
    flash(_("工单 %(no)s 已确认。", no=spaced(case_no)), "good")
    return redirect(url_for("cases.show", case_no=case_no))


def _answer(case_no: str, sent: Submitted) -> ResponseReturnValue:
    identity, _at, its_version = _text("article", 60).partition("@")
    article = office().articles().article(identity) if identity else None
    if identity and (article is None or article.version != its_version):
        return _with_problems(case_no, sent, {"answer_text": _("知识库的这一条刚有更新，请重新查看后再答复")})
    told = f"《{article.title}》{article.answer}" if article else _text("answer_text", 1000)
    if not told:
        return _with_problems(case_no, sent, {"answer_text": _("请写下答复了什么")})
    version = change_case(office(), case_no, sent.change, person().actor)
    source = (article.id, article.version) if article else None
    answer_case(office(), case_no, version, person().actor, _joined(sent.fields.note, told), article=source)
    flash(_("工单 %(no)s 已记为当场答复。", no=spaced(case_no)), "good")
    return redirect(url_for("cases.show", case_no=case_no))


def _join(case_no: str, sent: Submitted) -> ResponseReturnValue:
    into = _text("into", 12)
    version = change_case(office(), case_no, sent.change, person().actor)
    try:
        merge_case(office(), case_no, version, into, person().actor)
    except UnknownCase:
        raise BadRequest from None
    flash(_("工单 %(no)s 已并入 %(into)s。", no=spaced(case_no), into=spaced(into)), "good")
    return redirect(url_for("cases.show", case_no=case_no))


def _called_back(case_no: str, sent: Submitted) -> ResponseReturnValue:
    said, outcome = _text("callback_text", 200), request.form.get("outcome", "")
    noted = {"reached": _("回拨已接通"), "answered": _("回拨已接通，当场答复"), "no_answer": _("回拨无人接听")}
    if outcome not in noted:
        raise BadRequest
    line = f"{office().clock.now().astimezone(CITY_ZONE):%m-%d %H:%M} {noted[outcome]}{'：' + said if said else ''}"
    note = _joined(sent.fields.note, line)
    kept = replace(sent, fields=replace(sent.fields, note=note))
    version = change_case(office(), case_no, kept.change, person().actor)
    match outcome:
        case "reached":
            called_back(office(), case_no, version, person().actor)
            flash(_("已记录回拨。请核对内容后确认派发。"), "good")
            return redirect(url_for("cases.show", case_no=case_no))
        case "answered":
            answer_case(office(), case_no, version, person().actor, note)
            flash(_("工单 %(no)s 已记为当场答复。", no=spaced(case_no)), "good")
        case _:
            release_case(office(), case_no, person().actor)
            flash(_("已记录：工单 %(no)s 回拨无人接听，留在回拨名单里。", no=spaced(case_no)), "good")
    return redirect(url_for("cases.index", tab="callback"))


def _cancel(case_no: str, sent: Submitted) -> ResponseReturnValue:
    reason, said = request.form.get("cancel_reason", ""), _text("cancel_text", 200)
    names = {choice.code: choice.name for choice in cancel_reasons()}
    if reason not in names:
        raise BadRequest
    if reason == "other" and not said:
        return _with_problems(case_no, sent, {"cancel_text": _("请说明为什么取消")})
    cancel_case(office(), case_no, sent.version, person().actor, said if reason == "other" else reason)
    flash(_("工单 %(no)s 已取消。", no=spaced(case_no)), "good")
    return redirect(url_for("cases.show", case_no=case_no))


def go(case_no: str, way: Way) -> ResponseReturnValue:
    """Takes the form that was sent on this way of the case; a stale copy is laid beside the present one."""
    try:
        sent = read_form(request.form)
    except ValueError:
        raise BadRequest from None
    asked = {name: request.form.get(name, "").strip() for name in ("category_words", "place_words")}
    if any(asked.values()):
        return _with_found(case_no, sent, asked)
    try:
        return way(case_no, sent)
    except (StaleCase, MoveForbidden):
        return _conflict(case_no, sent)


def _conflict(case_no: str, sent: Submitted) -> ResponseReturnValue:
    page = case_page(office(), case_no)
    if _was_this(page, sent):
        return redirect(url_for("cases.show", case_no=case_no))
    context = case_context(page)
    answer = render_template(
        "conflict.html",
        **context,
        comparisons=compare(office(), sent.fields, page.fields),
        way=request.endpoint,
        extras={name: request.form[name] for name in _EXTRAS if request.form.get(name)},
        last=_last_change(case_no),
        actions=words.ACTIONS,
    )
    return answer, 409


def _last_change(case_no: str) -> AuditView | None:
    """Who wrote last, among what is on record for the case; looking at it is no change."""
    entries = list_audit(office(), case_no)
    return next((entry for entry in entries if entry.action in _CHANGES), None)


def _was_this(page: CasePage, sent: Submitted) -> bool:
    """Whether the case is where this very form sent it: a second click, or a page that was sent again."""
    ends = {"cases.confirm": "confirmed", "cases.answer": "answered", "cases.cancel": "cancelled", "cases.join": "merged"}
    reached = [move for move in page.moves if move.to_state == ends.get(request.endpoint or "")]
    if not reached or reached[-1].actor != person().actor.name:
        return False
    if request.endpoint != "cases.confirm":
        return page.state is CaseState(ends[request.endpoint or ""])
    return page.version > sent.version and are_equal(sent.fields, page.fields)


def _with_problems(case_no: str, sent: Submitted, problems: dict[str, str]) -> ResponseReturnValue:
    context = case_context(_as_sent(case_no, sent), problems)
    return render_template("case.html", position=last_position(office()), **context), 422


def _with_found(case_no: str, sent: Submitted, asked: dict[str, str]) -> ResponseReturnValue:
    """Without the page's script: words in a search box are looked up, and the best match is chosen for the operator to see."""
    fields, problems = sent.fields, {}
    if text := asked["category_words"]:
        fields, found = _with_category(fields, text)
        problems["category_code"] = _("已按“%(words)s”选了一项，请核对。", words=text) if found else _("没有找到这个事项")
    if text := asked["place_words"]:
        fields, found = _with_place(fields, text)
        problems["location"] = _("已按“%(words)s”选了一处，请核对。", words=text) if found else _("没有找到这个地方")
    return _with_problems(case_no, replace(sent, fields=fields), problems)


def _with_category(fields: CaseFields, text: str) -> tuple[CaseFields, bool]:
    leaves = office().taxonomy().search(text)
    return (replace(fields, category_code=leaves[0].code), True) if leaves else (fields, False)


def _with_place(fields: CaseFields, text: str) -> tuple[CaseFields, bool]:
    places = find_places(office(), text)
    if not places:
        return fields, False
    best = places[0]
    found = replace(
        fields,
        district_code=best.district_code,
        subdistrict_code=best.subdistrict_code,
        community_code=best.community_code,
    )
    return found, True


def _as_sent(case_no: str, sent: Submitted) -> CasePage:
    """The case with what the operator wrote in its fields, still at the version that he read."""
    page, fields = case_page(office(), case_no), sent.fields
    return replace(
        page,
        version=sent.version,
        fields=fields,
        category=category_name(office(), fields.category_code),
        category_path=category_path(office(), fields.category_code),
        place=place_name(office(), fields.district_code, fields.subdistrict_code, fields.community_code),
    )


def _text(name: str, longest: int) -> str:
    return request.form.get(name, "").strip()[:longest]


def _joined(note: str | None, line: str) -> str:
    return f"{note}\n{line}" if note else line
