"""What an open page fetches to go on: a ticket for its live stream, and a form token after a new login."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from config.live_ticket import LiveTicket, make_live_ticket
from console.desk import desk, office, person

pages = Blueprint("live", __name__, url_prefix="/console/live")


@pages.post("/ticket")
def ticket() -> ResponseReturnValue:
    secret = desk().settings.secret_key.get_secret_value()
    return jsonify(ticket=make_live_ticket(secret, LiveTicket(person().id, person().role), office().clock.now()))


@pages.get("/token")
def form_token() -> ResponseReturnValue:
    """The form token of this session, for a page that outlived the session it was opened in. No other site can read it."""
    return jsonify(token=generate_csrf())
