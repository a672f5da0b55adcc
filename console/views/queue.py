"""The dispatch queue: what left, what waits at which organisation, what was answered."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console.desk import office
from console.saying import say as _
from intake.events import last_position
from intake.queries_queue import Part, count_orders, list_orders

pages = Blueprint("queue", __name__, url_prefix="/console/queue")


@pages.get("")
def index() -> ResponseReturnValue:
    position = last_position(office())
    part, page = _part(), max(1, request.args.get("page", 1, type=int))
    counted = count_orders(office())
    names = {
        Part.WAITING: _("等待接收"),
        Part.ACCEPTED: _("已接收"),
        Part.REFUSED: _("被退回"),
        Part.LEAVING: _("正在送出"),
        Part.DEAD: _("送不出去"),
    }
    tabs = [
        {
            "name": name,
            "count": counted.get(tab),
            "is_here": tab is part,
            "is_bad": tab is Part.DEAD and counted.get(tab, 0) > 0,
            "address": url_for("queue.index", part=str(tab)),
        }
        for tab, name in names.items()
    ]
    return render_template(
        "queue.html",
        position=position,
        tabs=tabs,
        part=part,
        orders=list_orders(office(), part, page),
        page=page,
        page_address=lambda number: url_for("queue.index", part=str(part), page=number),
    )


def _part() -> Part:
    asked = request.args.get("part", "")
    return Part(asked) if asked in set(Part) else Part.WAITING
