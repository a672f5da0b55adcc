"""In and out: login, logout, own password, language, and the way home."""

from contextlib import suppress
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from console.desk import desk, office, person, person_or_none
from console.languages import COOKIE, LANGUAGES
from console.saying import say as _
from console.sessions import home_of, log_in, log_out
from intake.accounts import AccountProblem, LoginRefused, TooManyAttempts, change_password, check_login
from intake.seats import SeatBusy, stand_up

pages = Blueprint("login", __name__)

_YEAR_S = 365 * 24 * 3600


@pages.get("/")
def home() -> ResponseReturnValue:
    account = person_or_none()
    return redirect(url_for(home_of(account)) if account else url_for("login.login"))


@pages.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    if request.method == "GET":
        if person_or_none():
            return redirect(url_for("login.home"))
        return _login_page("", None, own_address(request.args.get("next", "")))
    name, wanted = request.form.get("name", "").strip(), own_address(request.form.get("next", ""))
    try:
        account = check_login(office(), name, request.form.get("password", ""), request.remote_addr or "")
    except LoginRefused:
        return _login_page(name, _("账号或密码不对，请再试一次。"), wanted), 401
    except TooManyAttempts as refusal:
        minutes = max(1, -(-refusal.retry_after_s // 60))
        answer = _login_page(name, _("试错次数太多，请 %(n)s 分钟后再试，或请管理员重置密码。", n=minutes), wanted)
        return answer, 429, {"Retry-After": str(refusal.retry_after_s)}
    log_in(account)
    return redirect(wanted or url_for(home_of(account)))


@pages.post("/logout")
def logout() -> ResponseReturnValue:
    leaving = person_or_none()
    if leaving is not None:
        with suppress(SeatBusy):
            stand_up(office(), leaving.actor)
    log_out()
    return redirect(url_for("login.login"))


@pages.route("/password", methods=["GET", "POST"])
def password() -> ResponseReturnValue:
    if request.method == "GET":
        return render_template("password.html", problem=None)
    new = request.form.get("new", "")
    if new != request.form.get("again", ""):
        return render_template("password.html", problem=_("两次输入的新密码不一样。")), 400
    try:
        account = change_password(office(), person().id, request.form.get("old", ""), new)
    except LoginRefused:
        return render_template("password.html", problem=_("现在的密码不对。")), 400
    except AccountProblem:
        return render_template("password.html", problem=_("新密码至少 10 个字符，最多 256 个。")), 400
    log_in(account)
    flash(_("密码已修改，其他地方的登录已退出。"), "good")
    return redirect(url_for("login.home"))


@pages.post("/language")
def language() -> ResponseReturnValue:
    code = request.form.get("language", "")
    if code not in LANGUAGES:
        raise BadRequest
    answer = redirect(own_address(request.form.get("back", "")) or url_for("login.home"))
    secure = desk().settings.public_url.startswith("https://")
    answer.set_cookie(COOKIE, code, max_age=_YEAR_S, httponly=True, samesite="Lax", secure=secure)
    return answer


def own_address(text: str) -> str:
    """The address if it leads to a page of this house, else nothing: nobody is sent away by a link."""
    parts = urlsplit(text)
    is_own = not parts.scheme and not parts.netloc and text.startswith("/") and not text.startswith(("//", "/\\"))
    return text if is_own and text.isprintable() and "\\" not in text else ""


def _login_page(name: str, problem: str | None, wanted: str) -> str:
    return render_template("login.html", name=name, problem=problem, next=wanted)
