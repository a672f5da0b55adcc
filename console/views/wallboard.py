"""The supervisors' wallboard: first from the tables, then by live messages."""

import json

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue

from console import words
from console.board import Span
from console.desk import office
from console.feed import board_json, count_board, line_json
from console.saying import say as _
from intake.events import last_position
from intake.queries_line import line_figures
from intake.queries_mass_events import mass_events

SEATS = ("ready", "ringing", "talking", "wrap_up", "paused")
"""States of seats where somebody sits, as the wallboard lists them."""

pages = Blueprint("wallboard", __name__, url_prefix="/wallboard")


@pages.get("")
def index() -> ResponseReturnValue:
    position, now = last_position(office()), office().clock.now()
    figures, line = count_board(office(), now).figures(), line_figures(office())
    return render_template(
        "wallboard.html",
        position=position,
        figures=figures,
        counted_at=now,
        mass_events=mass_events(office()),
        states=_states(),
        first=json.dumps(board_json(figures, now, line)),
        words=json.dumps(_words(), ensure_ascii=False),
        none=Span(None, None, 0),
        line=line,
        first_line=json.dumps(line_json(line)),
        seats=SEATS,
    )


@pages.get("/mass-events")
def fresh_mass_events() -> ResponseReturnValue:
    return jsonify(html=render_template("parts/mass_events.html", mass_events=mass_events(office())))


def _states() -> dict[str, str]:
    """Code of a state and what the wallboard calls it, in the order of a case's way."""
    return {
        "proposed": _("待确认"),
        "callback": _("待回拨"),
        "refused": _("被退回"),
        "confirmed": _("派发途中"),
        "dispatched": _("等待接收"),
        "accepted": _("已接收"),
        "answered": _("当场答复"),
        "cancelled": _("已取消"),
    }


def _words() -> dict[str, object]:
    return {
        "alarms": {name: str(text) for name, text in words.ALARMS.items()},
        "seconds": _("%(n)s 秒", n="{n}"),
        "hours": _("%(hours)s 小时 %(minutes)s 分", hours="{a}", minutes="{b}"),
        "days": _("%(days)s 天 %(hours)s 小时", days="{a}", hours="{b}"),
        "count": _("%(n)s 件", n="{n}"),
        "old": _("数据已停在 {at}，不是最新"),
        "fresh": _("数据时间 {at}"),
    }
