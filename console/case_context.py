"""What the templates of the case page need beside the case itself."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from console import words
from console.article_view import ANSWERABLE, article_tiles
from console.case_view import EDITABLE, case_view
from console.desk import office, person
from console.related_view import neighbours
from console.saying import say as _
from intake.accounts import Role, list_accounts
from intake.errors import FieldProblem
from intake.queries_articles import likely_answers
from intake.queries_call_backs import call_back_of
from intake.queries_case import CaseFields, CasePage
from intake.queries_mass_events import MassEventSeen, mass_event_of
from intake.queries_names import place_name
from intake.queries_related import Related, related_cases
from intake.queries_route import RoutePreview, preview_route
from models.case import CaseState


@dataclass(frozen=True, slots=True)
class Choice:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Missing:
    """`name` is what the page calls the field, `text` what is to be done."""

    field: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Route:
    """Where the order goes, in words; `problems` is what keeps it here."""

    organisation: str | None
    why: str
    deadline: datetime | None
    span_text: str
    problems: tuple[Missing, ...]
    questions: tuple[str, ...]


def case_context(page: CasePage, problems: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Everything for the whole page and for each of its parts."""
    articles = article_tiles(likely_answers(office(), page)) if page.state in ANSWERABLE else ()
    view = case_view(page, {article.evidence: article.spans for article in articles})
    event = mass_event_of(office(), page) if view.is_editable else None
    route = route_of(page.fields, page.proposal.questions if page.proposal else ())
    return {
        "view": view,
        "page": page,
        "neighbours": neighbours(page, _related(page, event)),
        "articles": articles,
        "asks_something": page.fields.kind == "consultation",
        "mass_event": event,
        "show_raw": False,
        "no_text": no_text(page),
        "taken_by_other": view.is_editable and page.owner_id is not None and page.owner_id != person().id,
        # An operator who opens a case that nobody has is at work on it; a supervisor may look without taking it.
        "takes": view.is_editable and person().role is Role.OPERATOR and page.owner_id in {None, person().id},
        "problems": problems or {},
        "marks": provenances(page),
        "mark_words": json.dumps({code: str(word) for code, word in words.PROVENANCES.items()}, ensure_ascii=False),
        "urgencies": words.URGENCIES,
        "kinds": words.KINDS,
        "route": route,
        "asks": is_asking(page),
        "missing": missing_of(page, route),
        "names": {account.name: account.title for account in list_accounts(office())},
        "callback_outcomes": callback_outcomes(),
        "calling": call_back_of(office(), page.case_no),
        "cancel_reasons": cancel_reasons(),
        "done_title": words.word(words.STATES, page.state),
    }


def _related(page: CasePage, event: MassEventSeen | None) -> tuple[Related, ...]:
    """Within a mass event every case is like every other: its first case stands for them, beside the resident's own."""
    found = related_cases(office(), page.case_no) if page.state in EDITABLE else ()
    return tuple(case for case in found if event is None or case.is_same_caller)


def route_of(fields: CaseFields, questions: tuple[str, ...] = ()) -> Route:
    preview = preview_route(office(), fields)
    return Route(
        organisation=preview.organisation,
        why=_why(preview, fields),
        deadline=preview.deadline,
        span_text=_span_text(preview.deadline_h),
        problems=tuple(
            Missing(problem.field, words.word(words.FIELDS, problem.field), problem_text(problem))
            for problem in preview.problems
        ),
        questions=tuple(dict.fromkeys((*questions, *preview.questions)))[:4],
    )


def missing_of(page: CasePage, route: Route) -> dict[str, str]:
    """What is said beside each field. Not while the resident still speaks: then it is only summed up."""
    return {} if page.state is CaseState.OPEN else {problem.field: problem.text for problem in route.problems}


def is_asking(page: CasePage) -> bool:
    """Whether the resident is or will be on the phone, so that more can be asked."""
    return page.state in {CaseState.OPEN, CaseState.CALLBACK}


def problem_text(problem: FieldProblem) -> str:
    texts = {
        "kind_missing": _("请选择诉求类型"),
        "urgency_missing": _("请选择紧急程度"),
        "category_missing": _("请选择事项，办理时限由它决定"),
        "category_unknown": _("这个事项已停用，请另选一个"),
        "place_missing": _("缺少地点，无法确定由谁承办：至少选到区"),
        "place_unknown": _("区、街道、社区对不上，请重新选择地点"),
        "summary_missing": _("请写诉求摘要，承办单位要看"),
    }
    return texts.get(problem.code, problem.text)


def filled(fields: CaseFields) -> dict[str, bool]:
    return {**{name: bool(value) for name, value in asdict(fields).items()}, "location": bool(fields.district_code)}


def provenances(page: CasePage) -> dict[str, str]:
    """Where each filled field comes from; the address goes with its place."""
    has = filled(page.fields)
    named = {name: str(page.provenance.get(name, "machine")) for name in has if has[name]}
    return {**named, **({"address": named.get("location", "machine")} if has["address"] else {})}


def no_text(page: CasePage) -> str:
    if any(call.engine == "none" for call in page.calls):
        return _("没有安装语音识别模型，所以没有文字。请听录音，手工填写。")
    if page.state is CaseState.OPEN:
        return _("正在听市民讲述，文字会随时出现。")
    return _("没有听到市民说话，或没有识别出文字。")


def callback_outcomes() -> tuple[Choice, ...]:
    return (
        Choice("reached", _("已接通，继续办理")),
        Choice("answered", _("已接通，当场答复")),
        Choice("no_answer", _("无人接听，稍后再拨")),
    )


def cancel_reasons() -> tuple[Choice, ...]:
    return (
        Choice("wrong_number", _("拨错号码")),
        Choice("withdrawn", _("市民撤回")),
        Choice("no_request", _("没有诉求")),
        Choice("nuisance", _("骚扰电话")),
        Choice("unreachable", _("多次回拨未接通")),
        Choice("other", _("其他")),
    )


def _why(preview: RoutePreview, fields: CaseFields) -> str:
    if preview.organisation is None:
        return ""
    if preview.by_subdistrict:
        place = place_name(office(), fields.district_code, fields.subdistrict_code, None)
        return _("因为地点在%(place)s，由属地承办", place=place)
    place = place_name(office(), fields.district_code, None, None)
    return _("因为地点只到%(place)s，先由区里承办；选到街道可直接派到街道", place=place)


def _span_text(hours: int | None) -> str:
    if hours is None:
        return ""
    return _("%(n)s 小时内", n=hours) if hours < 48 else _("%(n)s 天内", n=hours // 24)
