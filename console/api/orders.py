"""Orders over the API: a receiving organisation claims, accepts, refuses."""

import re
from datetime import timedelta
from typing import Any

from flask import Request

from console.api.bearers import Bearer
from console.api.bodies import AcceptBody, ClaimBody, RefuseBody, read_body, read_optional_body
from console.api.rendering import stamp
from dispatch.queue import Reply, UnknownOrder
from intake.answers import AnsweredOrder, answer_order, claim_orders
from intake.office import Office
from models.order import Answer

_ORDER_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def claim(office: Office, bearer: Bearer, request: Request) -> dict[str, Any]:
    body = read_body(request, ClaimBody)
    claimed = claim_orders(office, bearer.as_receiver(), body.limit, timedelta(seconds=body.lease_s))
    return {"orders": list(claimed.orders), "leased_until": stamp(claimed.leased_until)}


def accept(office: Office, bearer: Bearer, request: Request, order_id: str) -> dict[str, Any]:
    body = read_optional_body(request, AcceptBody)
    return _answer(office, bearer, order_id, Reply(Answer.ACCEPTED, body.reason_code, body.text or None))


def refuse(office: Office, bearer: Bearer, request: Request, order_id: str) -> dict[str, Any]:
    body = read_body(request, RefuseBody)
    return _answer(office, bearer, order_id, Reply(Answer.REFUSED, body.reason_code, body.text or None))


def _answer(office: Office, bearer: Bearer, order_id: str, reply: Reply) -> dict[str, Any]:
    if not _ORDER_ID.fullmatch(order_id):
        raise UnknownOrder
    return _rendered(answer_order(office, bearer.as_receiver(), order_id, reply))


def _rendered(answered: AnsweredOrder) -> dict[str, Any]:
    return {
        "order_id": answered.order_id,
        "case_no": answered.case_no,
        "answer": str(answered.answer),
        "answered_at": stamp(answered.answered_at),
    }
