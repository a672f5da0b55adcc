"""The ticket with which a page opens its live stream."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from config.live_ticket import LiveTicket, make_live_ticket
from console.desk import desk, office, person

pages = Blueprint("live", __name__, url_prefix="/console/live")


@pages.post("/ticket")
def ticket() -> ResponseReturnValue:
    secret = desk().settings.secret_key.get_secret_value()
    return jsonify(ticket=make_live_ticket(secret, LiveTicket(person().id, person().role), office().clock.now()))
