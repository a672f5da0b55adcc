"""Cases over the API: list, read, confirm."""

import re
from typing import Any

from flask import Request

from console.api.bearers import Bearer
from console.api.bodies import ConfirmBody, ListQuery, read_body, read_query
from console.api.problems import Problem
from console.api.rendering import case_detail, case_summary
from intake.audit import record_access
from intake.case_records import follow_cases, read_case
from intake.confirmation import confirm_case
from intake.errors import MoveForbidden, StaleCase, UnknownCase
from intake.filing import CaseChange, PlaceChange
from intake.office import Office

_CASE_NO = re.compile(r"[0-9]{12}", re.ASCII)


def list_cases(office: Office, bearer: Bearer, request: Request) -> dict[str, Any]:
    query = read_query(request, ListQuery)
    found = follow_cases(office, area=bearer.area, state=query.state, after=query.after, limit=query.limit + 1)
    page = found[: query.limit]
    if page:
        # One entry for a list: whoever follows the cases asks every few seconds.
        record_access(office, bearer.actor, "case.listed", f"{page[0].case.case_no}-{page[-1].case.case_no}")
    return {
        "cases": [case_summary(each.case, each.category_path) for each in page],
        "next_after": page[-1].case.case_no if len(found) > len(page) else None,
    }


def show_case(office: Office, bearer: Bearer, _request: Request, case_no: str) -> dict[str, Any]:
    found = _read(office, bearer, case_no)
    record_access(office, bearer.actor, "case.read", case_no)
    return found


def confirm(office: Office, bearer: Bearer, request: Request, case_no: str) -> dict[str, Any]:
    body = read_body(request, ConfirmBody)
    _read(office, bearer, case_no)
    try:
        done = confirm_case(office, case_no, _change(body), bearer.actor)
    except (StaleCase, MoveForbidden) as error:
        raise Problem(409, error.code, str(error), more={"case": show_case(office, bearer, request, case_no)}) from None
    return {"case": show_case(office, bearer, request, case_no), "order_id": done.order_id}


def _read(office: Office, bearer: Bearer, case_no: str) -> dict[str, Any]:
    if not _CASE_NO.fullmatch(case_no):
        raise UnknownCase
    return case_detail(read_case(office, case_no, area=bearer.area))


def _change(body: ConfirmBody) -> CaseChange:
    place = PlaceChange(**body.location.model_dump()) if body.location else None
    return CaseChange(
        version=body.version,
        kind=body.kind,
        urgency=body.urgency,
        category_code=body.category_code,
        location=place,
        summary=body.summary,
        note=body.note,
    )
