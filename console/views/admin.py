"""Administration: the state of the system, accounts, tokens, what could not be delivered, and who did what."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from console import words
from console.desk import desk, office, person
from console.saying import say as _
from console.system_state import ask_roles, disk, model_states, recognition
from intake.accounts import PEOPLE, AccountProblem, Role, add_account, close_account, list_accounts, set_password
from intake.audit import list_audit
from intake.tokens import TokenProblem, add_token, list_tokens, revoke_token
from intake.undelivered import list_undelivered, retry_orders

pages = Blueprint("admin", __name__, url_prefix="/admin")

_SHOWN_ENTRIES = 100
_TOKEN_ROLES = (Role.RECEIVER, Role.SERVICE, Role.OPERATOR, Role.SUPERVISOR)


@pages.get("")
def index() -> ResponseReturnValue:
    settings = desk().settings
    return render_template(
        "admin_system.html",
        roles=ask_roles(settings),
        role_names={"media": _("通话进程"), "live": _("实时更新")},
        recognition=recognition(settings),
        models=model_states(settings),
        disk=disk(settings),
        reserve_mb=settings.disk_reserve_mb,
        undelivered=list_undelivered(office()),
    )


@pages.post("/outbox")
def retry() -> ResponseReturnValue:
    asked = [order_id for order_id in request.form.getlist("order_id") if order_id]
    done = retry_orders(office(), asked, person().actor)
    flash(_("%(n)s 件派单重新送出。", n=len(done)), "good")
    return redirect(url_for("admin.index"))


@pages.get("/accounts")
def accounts() -> ResponseReturnValue:
    return _accounts_page()


@pages.post("/accounts")
def new_account() -> ResponseReturnValue:
    form = request.form
    try:
        role = Role(form.get("role", ""))
    except ValueError:
        raise BadRequest from None
    name, password, title = (form.get(field, "") for field in ("name", "password", "title"))
    try:
        made = add_account(office(), name, password, role, title, by=person().actor)
    except AccountProblem:
        return _accounts_page(_("没有建成：账号可能已经存在、含有空格，或者密码不足 10 个字符。")), 400
    flash(_("账号 %(name)s 已建立。", name=made.name), "good")
    return redirect(url_for("admin.accounts"))


@pages.post("/accounts/password")
def new_password() -> ResponseReturnValue:
    try:
        changed = set_password(office(), request.form.get("name", ""), request.form.get("password", ""), person().actor)
    except AccountProblem:
        return _accounts_page(_("密码没有修改：新密码至少 10 个字符。")), 400
    flash(_("账号 %(name)s 的密码已重置，原有登录已退出。", name=changed.name), "good")
    return redirect(url_for("admin.accounts"))


@pages.post("/accounts/close")
def close() -> ResponseReturnValue:
    name = request.form.get("name", "")
    if name == person().name:
        return _accounts_page(_("不能停用自己正在使用的账号。")), 400
    try:
        close_account(office(), name, person().actor)
    except AccountProblem:
        raise BadRequest from None
    flash(_("账号 %(name)s 已停用。", name=name), "good")
    return redirect(url_for("admin.accounts"))


@pages.get("/tokens")
def tokens() -> ResponseReturnValue:
    return _tokens_page()


@pages.post("/tokens")
def new_token() -> ResponseReturnValue:
    form = request.form
    if form.get("role") not in set(_TOKEN_ROLES):
        raise BadRequest
    try:
        plain = add_token(
            office(), Role(form["role"]), form.get("area", "").strip() or None, form.get("name", ""), by=person().actor
        )
    except TokenProblem:
        return _tokens_page(problem=_("没有建成：承办单位的令牌要填本市的区（6 位）或街道（9 位）代码。")), 400
    # Shown in this answer and nowhere else: a redirect would have to keep it somewhere.
    return _tokens_page(plain=plain)


@pages.post("/tokens/revoke")
def revoke() -> ResponseReturnValue:
    try:
        revoke_token(office(), request.form.get("token_id", ""), person().actor)
    except TokenProblem:
        raise BadRequest from None
    flash(_("令牌已作废。"), "good")
    return redirect(url_for("admin.tokens"))


@pages.get("/audit")
def audit() -> ResponseReturnValue:
    subject = request.args.get("subject", "").strip()[:64]
    entries = list_audit(office(), subject or None, _SHOWN_ENTRIES)
    return render_template("admin_audit.html", entries=entries, subject=subject, actions=words.ACTIONS, names=_names())


def _names() -> dict[str, str]:
    """Login name and the name to show beside it."""
    return {account.name: f"{account.title}（{account.name}）" for account in list_accounts(office())}


def _accounts_page(problem: str | None = None) -> str:
    return render_template("admin_accounts.html", accounts=list_accounts(office()), roles=PEOPLE, problem=problem)


def _tokens_page(plain: str | None = None, problem: str | None = None) -> str:
    found = list_tokens(office())
    names = {token.area: office().places().full_name(token.area) for token in found if token.area}
    return render_template("admin_tokens.html", tokens=found, names=names, roles=_TOKEN_ROLES, plain=plain, problem=problem)
