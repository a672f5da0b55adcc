"""What the API writes: cases as JSON objects, exactly as openapi.json describes them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from intake.case_records import CaseRecord, MoveRecord, OrderRecord
from models.case import Case

STAMPS = (
    "answered_at",
    "first_partial_at",
    "speech_ended_at",
    "final_text_at",
    "proposed_at",
    "hung_up_at",
    "opened_at",
    "confirmed_at",
    "queued_at",
)


def stamp(at: datetime | None) -> str | None:
    """RFC 3339 in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds") if at else None


def case_summary(case: Case, category_path: Sequence[str]) -> dict[str, Any]:
    return {
        "case_no": case.case_no,
        "state": str(case.state),
        "version": case.version,
        "urgent": case.urgent,
        "kind": case.kind,
        "urgency": case.urgency,
        "category": {"code": case.category_code, "path": list(category_path)} if case.category_code else None,
        "location": {
            "district_code": case.district_code,
            "subdistrict_code": case.subdistrict_code,
            "community_code": case.community_code,
            "address": case.address,
        },
        "summary": case.summary,
        "organisation": {"code": case.organisation_code, "name": case.organisation_name} if case.organisation_code else None,
        "deadline": stamp(case.deadline),
        "confidential": case.confidential,
        "created_at": stamp(case.created_at),
        **{name: stamp(getattr(case, name)) for name in STAMPS},
    }


def case_detail(record: CaseRecord) -> dict[str, Any]:
    case = record.case
    return {
        **case_summary(case, record.category_path),
        "narrative": case.narrative,
        "note": case.note,
        "caller": {"name": record.caller_name, "phone": record.caller_phone},
        "callback_reason": case.callback_reason,
        "refusal": case.refusal,
        "provenance": case.provenance,
        "proposal": record.proposal,
        "history": [_move(each) for each in record.moves],
        "orders": [_order(each) for each in record.orders],
    }


def _move(record: MoveRecord) -> dict[str, Any]:
    return {
        "at": stamp(record.at),
        "actor": record.actor,
        "from": str(record.before) if record.before else None,
        "to": str(record.after),
        "reason": record.reason,
    }


def _order(record: OrderRecord) -> dict[str, Any]:
    return {
        "order_id": record.order_id,
        "delivery": record.delivery,
        "queued_at": stamp(record.queued_at),
        "answer": record.answer,
        "reason_code": record.reason_code,
        "text": record.text,
        "answered_at": stamp(record.answered_at),
    }
