"""The first minute of a new system: first accounts, one sample call, and where to go. A supervisor's visitor; it runs once."""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from secrets import token_urlsafe

import requests
from sqlalchemy import func, select

from commands.lifeline import hold_lifeline
from config.settings import ROOT, Settings, load_settings
from intake.accounts import Role, add_account
from intake.office import Office, build_office
from models.account import Account
from models.case import Case
from webhooks.outgoing import open_session

SAMPLE = "samples/no-heating"
FIRST_ACCOUNTS = (
    ("operator", Role.OPERATOR, "一号坐席"),
    ("supervisor", Role.SUPERVISOR, "值班班长"),
    ("admin", Role.ADMIN, "系统管理员"),
)
_READY_S = 60.0


def main(arguments: Sequence[str]) -> int:
    # It ends with the supervisor, whichever way that ends, and takes the call with it.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    hold_lifeline()
    settings = load_settings()
    if not _wait_until_up(settings):
        print("The system did not come up within a minute: look at the lines above, and at " + settings.public_url + "/readyz")
        return 1
    office = build_office(settings)
    print(_greeting(settings, _make_first_accounts(office)), flush=True)
    if settings.samples and "--no-sample-call" not in arguments and _is_empty(office, Case):
        print("One sample call, because there is no case yet; its page fills while it goes on:\n", flush=True)
        subprocess.run([sys.executable, "-m", "flask", "call", SAMPLE], cwd=ROOT, check=False, timeout=180)
        print(f"\nThe case waits to be confirmed: {settings.public_url}/console\n", flush=True)
    return 0


def _wait_until_up(settings: Settings) -> bool:
    addresses = [f"http://{settings.host}:{port}/healthz" for port in (settings.port, settings.media_port, settings.live_port)]
    until = time.monotonic() + _READY_S
    while addresses and time.monotonic() < until:
        addresses = [address for address in addresses if not _answers(address)]
        if addresses:
            time.sleep(0.25)
    return not addresses


def _answers(address: str) -> bool:
    try:
        return open_session(address).get(address, timeout=2).ok
    except requests.RequestException:
        return False


def _is_empty(office: Office, table: type[Account] | type[Case]) -> bool:
    with office.database.reading() as session:
        return not session.scalar(select(func.count()).select_from(table))


def _make_first_accounts(office: Office) -> list[tuple[str, str]]:
    """Names and passwords of the accounts that were made now; empty where there are accounts already."""
    if not _is_empty(office, Account):
        return []
    made = []
    for name, role, title in FIRST_ACCOUNTS:
        password = token_urlsafe(9)
        add_account(office, name, password, role, title)
        made.append((name, password))
    return made


def _greeting(settings: Settings, accounts: Sequence[tuple[str, str]]) -> str:
    lines = ["", "─" * 72, f"  The system is up.  Operators:    {settings.public_url}/console"]
    lines.append(f"                     Supervisors:  {settings.public_url}/wallboard")
    if accounts:
        lines += ["", "  Accounts (these passwords are shown only now):"]
        lines += [f"      {name:<11} {password}" for name, password in accounts]
    else:
        lines.append("  Accounts exist: `.venv/bin/flask user list`, a new password by `.venv/bin/flask user passwd NAME`.")
    lines += ["", "  Another caller, from a second shell:  .venv/bin/flask call samples/gas-smell"]
    lines.append("  Ctrl-C stops everything.")
    return "\n".join([*lines, "─" * 72, ""])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
