"""Accounts of people: made by an administrator, opened by name and password."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from config.errors import HotlineError
from config.ids import new_id
from intake.actors import Actor, ActorKind
from intake.audit import audit
from intake.office import Office
from models.account import Account, LoginAttempt, Role
from models.inserting import insert_new
from models.locking import lock_name

__all__ = [
    "AccountView",
    "Actor",
    "ActorKind",
    "Role",
    "add_account",
    "change_password",
    "check_login",
    "close_account",
    "find_account",
    "list_accounts",
    "set_password",
]

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 256
WINDOW = timedelta(minutes=15)
MOST_PER_NAME = 8
"""Failures with one name within the window; then it is refused, right password or not."""
MOST_PER_ADDRESS = 60
"""Failures from one address: a whole office may stand behind one."""
PEOPLE = (Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN)


class LoginRefused(HotlineError):
    """The name or the password is wrong."""

    code = "login_refused"


class TooManyAttempts(HotlineError):
    """Too many failed attempts with this name or from this address."""

    code = "too_many_attempts"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"Too many failed attempts. Wait {retry_after_s} seconds, then try again.")
        self.retry_after_s = retry_after_s


class AccountProblem(HotlineError):
    """The account cannot be made or changed like this; the text says what to do."""

    code = "account"


@dataclass(frozen=True, slots=True)
class AccountView:
    """`session_epoch` grows with every change of password: a session that carries an older one is over."""

    id: str
    name: str
    title: str
    role: Role
    active: bool
    session_epoch: int
    last_login_at: datetime | None

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.PERSON, self.id, self.name)


def add_account(
    office: Office, name: str, password: str, role: Role, title: str = "", *, by: Actor | None = None
) -> AccountView:
    """Raises AccountProblem: name taken or empty, password too short, a role that only tokens have."""
    login, now = _login_name(name), office.clock.now()
    if role not in PEOPLE:
        raise AccountProblem(f"People have a role of {', '.join(PEOPLE)}. For {role} use `flask token add`.")
    hashed = _hash(office, password)
    with office.database.transaction() as session:
        made = insert_new(
            session,
            Account,
            id=new_id(),
            name=login,
            title=title.strip()[:64] or login,
            role=role,
            password_hash=hashed,
            created_at=now,
        )
        if not made:
            raise AccountProblem(f"There is an account {login} already: choose another name, or `flask user passwd {login}`.")
        audit(session, by or _COMMAND_LINE, "user.added", login, now)
        return _view(_by_name(session, login))


def check_login(office: Office, name: str, password: str, address: str) -> AccountView:
    """The account of the right name and password. Raises LoginRefused, TooManyAttempts.

    An unknown name takes as long as a wrong password. The attempt is on record before the password is looked at, so that
    many at once do not slip through. `address` is the caller's network address.
    """
    login = name.strip().lower()[:64]
    attempt_id = _note_attempt(office, login, address[:64])
    with office.database.reading() as session:
        account = session.scalar(select(Account).where(Account.name == login))
    is_right = _verify(office, account.password_hash if account else _nobodys_hash(office.passwords), password)
    if account is None or not is_right or not account.active:
        raise LoginRefused("Name or password is wrong.")
    return _welcome(office, account.id, attempt_id, password)


def change_password(office: Office, account_id: str, old: str, new: str) -> AccountView:
    """A person changes their own; all their other sessions end. Raises LoginRefused when `old` is wrong, AccountProblem."""
    with office.database.reading() as session:
        account = session.get(Account, account_id)
    if account is None or not _verify(office, account.password_hash, old):
        raise LoginRefused("The present password is wrong.")
    return set_password(office, account.name, new, _view(account).actor)


def set_password(office: Office, name: str, password: str, by: Actor | None = None) -> AccountView:
    """Somebody who may gives an account a new password. Raises AccountProblem."""
    login, hashed, now = _login_name(name), _hash(office, password), office.clock.now()
    with office.database.transaction() as session:
        account = _by_name(session, login)
        account.password_hash = hashed
        account.session_epoch += 1
        audit(session, by or _COMMAND_LINE, "user.password", login, now)
        return _view(account)


def close_account(office: Office, name: str, by: Actor) -> None:
    """Nobody logs in with it any more; what it did stays on record. Raises AccountProblem."""
    with office.database.transaction() as session:
        account = _by_name(session, _login_name(name))
        account.active = False
        account.session_epoch += 1
        audit(session, by, "user.closed", account.name, office.clock.now())


def find_account(office: Office, account_id: str) -> AccountView | None:
    """An active account, for a session that carries its id; compare `session_epoch` with the session's."""
    with office.database.reading() as session:
        account = session.get(Account, account_id)
        return _view(account) if account and account.active else None


def list_accounts(office: Office) -> list[AccountView]:
    with office.database.reading() as session:
        return [_view(account) for account in session.scalars(select(Account).order_by(Account.name))]


_COMMAND_LINE = Actor(ActorKind.MACHINE, "", "command line")


def _hash(office: Office, password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise AccountProblem(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.")
    return office.passwords.hash(password)


def _verify(office: Office, hashed: str, password: str) -> bool:
    try:
        return office.passwords.verify(hashed, password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash(passwords: PasswordHasher) -> str:
    """Looked at in place of an unknown name's, so that the answer takes as long."""
    return passwords.hash(new_id())


def _note_attempt(office: Office, login: str, address: str) -> int:
    now = office.clock.now()
    with office.database.transaction() as session:
        for key in sorted((f"login name {login}", f"login address {address}")):
            lock_name(session, key)
        _refuse_many(session, LoginAttempt.name == login, MOST_PER_NAME, now)
        _refuse_many(session, LoginAttempt.address == address, MOST_PER_ADDRESS, now)
        attempt = LoginAttempt(at=now, name=login, address=address, succeeded=False)
        session.add(attempt)
        session.flush()
        return attempt.id


def _refuse_many(session: Session, whose: ColumnElement[bool], most: int, now: datetime) -> None:
    recent = whose, LoginAttempt.at > now - WINDOW, LoginAttempt.succeeded.is_(False)
    count, first = session.execute(select(func.count(), func.min(LoginAttempt.at)).where(*recent)).one()
    if count >= most:
        raise TooManyAttempts(max(1, int((first + WINDOW - now).total_seconds())))


def _welcome(office: Office, account_id: str, attempt_id: int, password: str) -> AccountView:
    now = office.clock.now()
    with office.database.transaction() as session:
        account = session.get_one(Account, account_id, with_for_update=True)
        session.execute(update(LoginAttempt).where(LoginAttempt.id == attempt_id).values(succeeded=True))
        account.last_login_at = now
        if office.passwords.check_needs_rehash(account.password_hash):
            account.password_hash = office.passwords.hash(password)
        view = _view(account)
        audit(session, view.actor, "user.login", account.name, now)
        return view


def _login_name(name: str) -> str:
    login = name.strip().lower()
    if not login or len(login) > 64 or any(character.isspace() for character in login):
        raise AccountProblem("A login name has 1 to 64 characters and no spaces.")
    return login


def _by_name(session: Session, login: str) -> Account:
    account = session.scalar(select(Account).where(Account.name == login).with_for_update())
    if account is None:
        raise AccountProblem(f"There is no account {login}: `flask user list` shows all.")
    return account


def _view(account: Account) -> AccountView:
    return AccountView(
        account.id, account.name, account.title, account.role, account.active, account.session_epoch, account.last_login_at
    )
