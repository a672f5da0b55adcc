"""Cases over the API: list, read, confirm."""

import re
from typing import Any

from flask import Request
from intake.audit import record_access
from intake.confirmation import confirm_case

from console.api.bearers import Bearer
from console.api.bodies import ConfirmBody, ListQuery, read_body, read_query
from console.api.problems import Problem
from console.api.rendering import case_detail, case_summary
from intake.case_records import follow_cases, read_case
from intake.errors import MoveForbidden, StaleCase, UnknownCase
from intake.office import Office

_CASE_NO = re.compile(r"[0-9]{12}", re.ASCII)


def list_cases(office: Office, bearer: Bearer, request: Request) -> dict[str, Any]:
    query = read_query(request, ListQuery)
    found = follow_cases(office, area=bearer.area, state=query.state, after=query.after, limit=query.limit + 1)
    page = found[: query.limit]
    record_access(office, bearer.actor, "case.listed", [each.case.case_no for each in page])
    return {
        "cases": [case_summary(each.case, each.category_path) for each in page],
        "next_after": page[-1].case.case_no if len(found) > len(page) else None,
    }


def show_case(office: Office, bearer: Bearer, _request: Request, case_no: str) -> dict[str, Any]:
    return _read(office, bearer, case_no)


def confirm(office: Office, bearer: Bearer, request: Request, case_no: str) -> dict[str, Any]:
    body = read_body(request, ConfirmBody)
    _read(office, bearer, case_no)
    try:
        done = confirm_case(office, case_no, _change(body), bearer.actor)
    except (StaleCase, MoveForbidden) as error:
        current = _read(office, bearer, case_no)
        raise Problem(409, error.code, str(error), more={"case": current}) from None
    return {"case": _read(office, bearer, case_no), "order_id": done.order_id}


def _read(office: Office, bearer: Bearer, case_no: str) -> dict[str, Any]:
    if not _CASE_NO.fullmatch(case_no):
        raise UnknownCase
    record = read_case(office, case_no, area=bearer.area)
    record_access(office, bearer.actor, "case.read", case_no)
    return case_detail(record)
