"""Rows by the names that callers of use cases know, locked for change or read as they are."""

from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from intake.errors import StaleCase, UnknownCall, UnknownCase
from models.call import Call
from models.case import Case

Row = TypeVar("Row", Call, Case)


def lock_case(session: Session, case_no: str) -> Case:
    """The case, locked until the transaction ends. Raises UnknownCase."""
    case = session.scalar(_locked(select(Case).where(Case.case_no == case_no)))
    if case is None:
        raise UnknownCase
    return case


def lock_case_version(session: Session, case_no: str, version: int) -> Case:
    """The same, if it still is at `version`. Raises UnknownCase, StaleCase."""
    case = lock_case(session, case_no)
    if case.version != version:
        raise StaleCase(case_no, version, case.version)
    return case


def lock_call(session: Session, call_id: str) -> Call:
    """The call, locked until the transaction ends. Raises UnknownCall."""
    return _known(session.scalar(_locked(select(Call).where(Call.id == call_id))))


def lock_carrier_call(session: Session, carrier: str, carrier_call_id: str) -> Call:
    """The call by its carrier's id, locked until the transaction ends. Raises UnknownCall."""
    return _known(session.scalar(_locked(_by_carrier(carrier, carrier_call_id))))


def find_carrier_call(session: Session, carrier: str, carrier_call_id: str) -> Call | None:
    return session.scalar(_by_carrier(carrier, carrier_call_id))


def lock_case_of(session: Session, call: Call) -> Case:
    """The case of a call. Every use case locks the call before the case, so that no two wait for each other."""
    case = session.scalar(_locked(select(Case).where(Case.id == call.case_id)))
    if case is None:
        raise UnknownCase
    return case


def _by_carrier(carrier: str, carrier_call_id: str) -> Select[Call]:
    return select(Call).where(Call.carrier == carrier, Call.carrier_call_id == carrier_call_id)


def _locked(statement: Select[Row]) -> Select[Row]:
    return statement.with_for_update().execution_options(populate_existing=True)


def _known(call: Call | None) -> Call:
    if call is None:
        raise UnknownCall
    return call
