"""Several processes that do the same at the same moment: `racer.py URL VAR WHAT ARGUMENT` prints a line for each.

One interpreter that forks, and not several that start: what takes the time is importing.
"""

import multiprocessing
import sys
from multiprocessing.synchronize import Barrier
from pathlib import Path

from config.clock import FixedClock
from config.errors import HotlineError
from intake.actors import Actor, ActorKind
from intake.calls import IncomingCall, open_call
from intake.confirmation import confirm_case
from intake.filing import CaseChange
from intake.office import Office
from models.session import Database
from tests.integration.records.bureau import build_test_office, places, proposal, taxonomy

PROCESSES = 4


def _open_calls(office: Office, argument: str, number: int) -> str:
    """A call that everybody opens, then five that nobody else does."""
    own = [f"{argument}-{number}-{count}" for count in range(5)]
    return " ".join(open_call(office, IncomingCall("twilio", each, "13800138000")).case_no for each in (argument, *own))


def _confirm(office: Office, argument: str, _number: int) -> str:
    case_no, version = argument.split(":")
    try:
        return confirm_case(office, case_no, CaseChange(int(version)), Actor(ActorKind.PERSON, "", "racer")).order_id
    except HotlineError as error:
        return error.code


def _stand_in_line(office: Office, argument: str, number: int) -> str:
    """Three calls that want a seat."""
    calls = [IncomingCall("sip", f"{argument}-{number}-{count}", may_be_seated=True) for count in range(3)]
    return " ".join(open_call(office, call).call_id for call in calls)


RACES = {"open": _open_calls, "confirm": _confirm, "line": _stand_in_line}


def _race(line: Barrier, number: int) -> None:
    url, var, what, argument = sys.argv[1:]
    office = build_test_office(Database(url), Path(var), FixedClock(), lambda _text: proposal())
    with office.database.reading() as session:
        session.connection()
    line.wait(30)
    sys.stdout.write(RACES[what](office, argument, number) + "\n")
    sys.stdout.flush()


def main() -> None:
    places()
    taxonomy()
    fork = multiprocessing.get_context("fork")
    line = fork.Barrier(PROCESSES)
    racers = [fork.Process(target=_race, args=(line, number)) for number in range(PROCESSES)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(60)


if __name__ == "__main__":
    main()
