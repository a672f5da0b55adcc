"""Who is logged in: a signed cookie that names the account, ends when nobody works, and opens only the pages of a role."""

from datetime import datetime, timedelta

from flask import Flask, g, redirect, request, session, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import Forbidden, Unauthorized
from werkzeug.wrappers import Response

from config.settings import Settings
from console.desk import office, person, person_or_none
from console.saying import say as _
from intake.accounts import AccountView, Role, find_account

IDLE = timedelta(hours=1)
"""Without a click for so long a session is over; what a page fetches by itself is none."""
LONGEST = timedelta(hours=14)
"""A shift and some: then everybody logs in again."""
_SEEN_EVERY = timedelta(minutes=1)

WORKERS = frozenset({Role.OPERATOR, Role.SUPERVISOR})
LEADERS = frozenset({Role.SUPERVISOR, Role.ADMIN})
EVERYBODY = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN})

ALLOWED = {
    "login": EVERYBODY,
    "live": EVERYBODY,
    "cases": WORKERS,
    "search": WORKERS,
    "queue": WORKERS,
    "seat": frozenset({Role.OPERATOR}),
    "wallboard": LEADERS,
    "admin": frozenset({Role.ADMIN}),
}
"""Group of pages (blueprint) and the roles that may open it."""
OPEN_TO_ALL = frozenset({"login.login", "login.language", "login.home"})


def add_sessions(app: Flask, settings: Settings) -> None:
    app.config.update(
        SESSION_COOKIE_NAME="hotline_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https://"),
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=LONGEST,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    csrf = CSRFProtect(app)

    def _guard() -> Response | None:
        if request.blueprint not in ALLOWED:
            return None
        g.person = _whose_session()
        csrf.protect()
        return None if request.endpoint in OPEN_TO_ALL else _admit()

    app.before_request(_guard)


def log_in(account: AccountView) -> None:
    now = office().clock.now().timestamp()
    session.clear()
    session.permanent = True
    session.update(account=account.id, epoch=account.session_epoch, since=now, seen=now)


def log_out() -> None:
    session.clear()


def home_of(account: AccountView) -> str:
    """Where a person begins."""
    return {Role.SUPERVISOR: "wallboard.index", Role.ADMIN: "admin.index"}.get(account.role, "cases.index")


def _whose_session() -> AccountView | None:
    if "account" not in session:
        return None
    now = office().clock.now()
    since, seen = _stamp("since", now), _stamp("seen", now)
    if now - since > LONGEST or now - seen > IDLE:
        session.clear()
        return None
    account = find_account(office(), str(session["account"]))
    if account is None or account.session_epoch != session.get("epoch"):
        session.clear()
        return None
    if "X-By-Itself" not in request.headers and now - seen > _SEEN_EVERY:
        session["seen"] = now.timestamp()
    return account


def _stamp(name: str, now: datetime) -> datetime:
    return datetime.fromtimestamp(float(session.get(name, 0)), now.tzinfo)


def _admit() -> Response | None:
    """Raises Unauthorized for a page's own request without a session, Forbidden for another role."""
    if person_or_none() is None:
        if wants_json() or request.method != "GET":
            raise Unauthorized
        return redirect(url_for("login.login", next=request.full_path.rstrip("?")))
    if person().role not in ALLOWED[request.blueprint or ""]:
        raise Forbidden(_("%(name)s 的账号不能打开这一页，请换用有权限的账号，或联系管理员。", name=person().title))
    return None


def wants_json() -> bool:
    """Whether a script of ours asks, not a person."""
    return request.accept_mimetypes.best == "application/json"
