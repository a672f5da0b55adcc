"""The operator's seat: sit down, ready, pause, write up, leave. A bar at the top of every page of an operator."""

from collections.abc import Callable, Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from config.errors import HotlineError
from console import words
from console.desk import office, person
from console.views.login import own_address
from intake.actors import Actor
from intake.office import Office
from intake.seats import CHOSEN, Pause, SeatView, pause, ready, sit_down, stand_up, wrap_up

pages = Blueprint("seat", __name__, url_prefix="/console/seat")

MOVES: Mapping[str, Callable[[Office, Actor], SeatView | None]] = {"ready": ready, "wrap_up": wrap_up, "leave": stand_up}


@pages.get("/bar")
def bar() -> ResponseReturnValue:
    """The bar alone, for the page's script."""
    return render_template("parts/seat_bar.html", back=own_address(request.args.get("back", "")))


@pages.post("/sit")
def sit() -> ResponseReturnValue:
    return _done(lambda: sit_down(office(), request.form.get("seat", ""), person().actor))


@pages.post("/pause")
def take_pause() -> ResponseReturnValue:
    reason = request.form.get("reason", "")
    if reason not in CHOSEN:
        raise BadRequest
    return _done(lambda: pause(office(), person().actor, Pause(reason)))


@pages.post("/<any(ready, wrap_up, leave):move>")
def change(move: str) -> ResponseReturnValue:
    return _done(lambda: MOVES[move](office(), person().actor))


def _done(change: Callable[[], object]) -> ResponseReturnValue:
    try:
        change()
    except HotlineError as refusal:
        if refusal.code not in words.SEAT_PROBLEMS:
            raise
        flash(str(words.SEAT_PROBLEMS[refusal.code]), "bad")
    return redirect(own_address(request.form.get("back", "")) or url_for("cases.index"))
