"""The live list of cases, and the next one to work on."""

import json
from datetime import date
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden, NotFound

from console import words
from console.desk import desk, office, person
from console.saying import say as _
from console.system_state import recognition
from intake.accounts import Role
from intake.errors import UnknownCase
from intake.events import last_position
from intake.mass_events import set_notice
from intake.next_case import take_next_case
from intake.queries_cases import TABS, CaseFilter, CaseList, CaseRow, Tab, list_cases, tab_counts
from intake.queries_mass_events import mass_events
from models.case import CaseState

pages = Blueprint("cases", __name__, url_prefix="/console")

_SORTED_BY_WAITING = frozenset({Tab.WAITING, Tab.CALLBACK})


@pages.get("")
def index() -> ResponseReturnValue:
    # The position is read first: what happens while the list is read is then told once more, and does no harm.
    position = last_position(office())
    wanted = _wanted()
    return render_template(
        "cases.html",
        position=position,
        tabs=_tabs(wanted.tab),
        districts=office().places().districts(),
        is_filtered=_is_filtered(wanted),
        recognition=recognition(desk().settings),
        row_model=_row_model,
        mass_events=mass_events(office()),
        may_tell=person().role is Role.SUPERVISOR,
        **_rows_context(wanted),
    )


@pages.get("/rows")
def rows() -> ResponseReturnValue:
    html = render_template("parts/rows.html", **_rows_context(_wanted()))
    return jsonify(html=html, counts=tab_counts(office()))


@pages.get("/counts")
def counts() -> ResponseReturnValue:
    return jsonify(counts=tab_counts(office()))


@pages.get("/mass-events")
def fresh_mass_events() -> ResponseReturnValue:
    may_tell = person().role is Role.SUPERVISOR
    return jsonify(html=render_template("parts/mass_events.html", mass_events=mass_events(office()), may_tell=may_tell))


@pages.post("/mass-events/<string(length=32):event_id>/notice")
def tell_callers(event_id: str) -> ResponseReturnValue:
    """What operators tell the callers of a mass event is a supervisor's word."""
    if person().role is not Role.SUPERVISOR:
        raise Forbidden
    try:
        set_notice(office(), event_id, request.form.get("notice", "")[:300], person().actor)
    except UnknownCase:
        raise NotFound from None
    flash(_("答复口径已发给坐席。"), "good")
    return redirect(url_for("cases.index"))


@pages.post("/next")
def take_next() -> ResponseReturnValue:
    case_no = take_next_case(office(), person().actor)
    if case_no is None:
        flash(_("现在没有等候确认的工单。"), "good")
        return redirect(url_for("cases.index"))
    return redirect(url_for("cases.show", case_no=case_no))


def _wanted() -> CaseFilter:
    asked = request.args
    return CaseFilter(
        tab=Tab(asked["tab"]) if asked.get("tab") in set(Tab) else Tab.WAITING,
        words=asked.get("words", "").strip()[:60],
        district_code=asked.get("district", "")[:6],
        day=_day(asked.get("day", "")),
        page=max(1, asked.get("page", 1, type=int)),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _query(wanted: CaseFilter, page: int) -> dict[str, Any]:
    asked = {"tab": str(wanted.tab), "words": wanted.words, "district": wanted.district_code, "day": wanted.day, "page": page}
    return {name: value for name, value in asked.items() if value and (name, value) != ("page", 1)}


def _is_filtered(wanted: CaseFilter) -> bool:
    return bool(wanted.words or wanted.district_code or wanted.day)


def _rows_context(wanted: CaseFilter) -> dict[str, Any]:
    cases: CaseList = list_cases(office(), wanted)
    is_live = wanted.tab in _SORTED_BY_WAITING and not _is_filtered(wanted) and wanted.page == 1
    return {
        "wanted": wanted,
        "cases": cases,
        "list_query": _query(wanted, wanted.page),
        "live_states": " ".join(TABS[wanted.tab]) if is_live else "",
        "row_words": _row_words(),
        "empty_text": _("没有符合条件的工单。") if _is_filtered(wanted) else _empty_text(wanted.tab),
        "page_address": lambda page: url_for("cases.index", **_query(wanted, page)),
    }


def _row_words() -> str:
    """What the list's script writes into rows."""
    return json.dumps(
        {
            "states": {code: str(word) for code, word in words.STATES.items()},
            "urgencies": {code: str(word) for code, word in words.URGENCIES.items()},
            "listening": _("市民正在讲述……"),
            "nothing": _("没有识别到内容，请听录音"),
            "hours": _("%(hours)s 小时 %(minutes)s 分", hours="{a}", minutes="{b}"),
            "days": _("%(days)s 天 %(hours)s 小时", days="{a}", hours="{b}"),
        },
        ensure_ascii=False,
    )


def _empty_text(tab: Tab) -> str:
    match tab:
        case Tab.WAITING:
            return _("没有待办工单。新的来电会自动出现在这里。")
        case Tab.CALLBACK:
            return _("没有需要回拨的市民。")
        case _:
            return _("这里还没有工单。")


def _tabs(here: Tab) -> list[dict[str, Any]]:
    counted = tab_counts(office())
    names = {
        Tab.WAITING: _("待办"),
        Tab.CALLBACK: _("待回拨"),
        Tab.SENT: _("已派发"),
        Tab.ANSWERED: _("已答复"),
        Tab.ALL: _("全部"),
    }
    return [
        {
            "code": str(tab),
            "name": name,
            "count": counted.get(tab),
            "is_here": tab is here,
            "address": url_for("cases.index", tab=str(tab)),
        }
        for tab, name in names.items()
    ]


def _row_model() -> str:
    """A row without content, for the page's script to fill."""
    now = office().clock.now()
    empty = CaseRow(
        case_no="000000000000",
        state=CaseState.OPEN,
        urgent=False,
        kind=None,
        urgency=None,
        category=None,
        place=None,
        summary=None,
        sample=False,
        owner=None,
        version=1,
        created_at=now,
        hung_up_at=None,
        confirmed_at=None,
        queued_at=None,
    )
    return render_template("parts/row_model.html", case=empty)
