"""Who gets in, what their browser is told, and what a failure looks like."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from config.clock import FixedClock
from config.settings import Settings
from console.headers import content_policy, live_address
from intake.accounts import close_account, set_password
from intake.audit import list_audit
from models.errors import DatabaseUnavailable
from tests.integration.pages.conftest import Visitor
from tests.town import PASSWORD, Town

Visit = Callable[[str], Visitor]


def test_a_stranger_is_sent_to_the_login_and_back_again(visit: Visit, town: Town) -> None:
    caller = town.cold_flat()
    stranger = visit("")
    answer = stranger.get(f"/console/cases/{caller.case_no}")
    assert answer.location == f"/login?next=/console/cases/{caller.case_no}"
    stranger.get(answer.location)
    entered = stranger.post("/login", {"name": "li", "password": PASSWORD, "next": f"/console/cases/{caller.case_no}"})
    assert entered.location == f"/console/cases/{caller.case_no}"


def test_nobody_is_sent_to_another_site_after_the_login(visit: Visit) -> None:
    stranger = visit("")
    stranger.get("/login")
    assert stranger.post("/login", {"name": "li", "password": PASSWORD, "next": "//evil.example/"}).location == "/console"


def test_a_wrong_password_is_answered_politely_and_many_are_slowed_down(visit: Visit) -> None:
    stranger = visit("")
    stranger.get("/login")
    answer = stranger.post("/login", {"name": "li", "password": "wrong"})
    assert (answer.status_code, "账号或密码不对" in answer.text) == (401, True)
    unknown = stranger.post("/login", {"name": "nobody", "password": "wrong"})
    assert "账号或密码不对" in unknown.text
    for _ in range(8):
        answer = stranger.post("/login", {"name": "li", "password": "wrong"})
    assert answer.status_code == 429
    assert "分钟后再试" in answer.text
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        ("li", "/console", 200),
        ("li", "/console/queue", 200),
        ("li", "/wallboard", 403),
        ("li", "/admin", 403),
        ("li", "/admin/tokens", 403),
        ("chen", "/console", 200),
        ("chen", "/wallboard", 200),
        ("chen", "/admin/audit", 403),
        ("admin", "/admin", 200),
        ("admin", "/admin/accounts", 200),
        ("admin", "/admin/tokens", 200),
        ("admin", "/admin/audit", 200),
        ("admin", "/wallboard", 200),
        ("admin", "/console", 403),
    ],
)
def test_each_role_opens_its_own_pages_only(visit: Visit, name: str, path: str, status: int) -> None:
    assert visit(name).get(path).status_code == status


def test_scripts_and_forms_without_a_session_are_told_so(visit: Visit) -> None:
    stranger = visit("")
    stranger.get("/login")
    asked = stranger.get("/console/rows", headers={"Accept": "application/json"})
    assert (asked.status_code, asked.mimetype) == (401, "application/json")
    assert stranger.post("/console/next").status_code == 401


def test_a_form_without_its_token_changes_nothing(visit: Visit, town: Town) -> None:
    caller = town.cold_flat()
    operator = visit("li")
    operator.token = "forged"
    answer = operator.post(f"/console/cases/{caller.case_no}/take")
    assert answer.status_code == 400
    assert "页面已经过期" in answer.text


def test_a_session_ends_when_nobody_works(visit: Visit, clock: FixedClock) -> None:
    operator = visit("li")
    for _ in range(3):
        clock.advance(timedelta(minutes=50))
        assert operator.get("/console").status_code == 200
    for _ in range(2):
        clock.advance(timedelta(minutes=40))
        last = operator.get("/console/counts", headers={"X-By-Itself": "1", "Accept": "application/json"})
    assert last.status_code == 401


def test_a_session_ends_after_a_shift_even_when_somebody_works(visit: Visit, clock: FixedClock) -> None:
    operator = visit("li")
    for _ in range(15 * 2):
        clock.advance(timedelta(minutes=29))
        last = operator.get("/console")
    assert last.status_code == 302


def test_a_new_password_or_a_closed_account_ends_sessions(visit: Visit, town: Town) -> None:
    first, second = visit("li"), visit("wang")
    set_password(town.office, "li", "another password")
    close_account(town.office, "wang", town.people["admin"].actor)
    assert first.get("/console").status_code == 302
    assert second.get("/console").status_code == 302


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(visit: Visit) -> None:
    stranger = visit("")
    stranger.get("/login")
    cookie = stranger.post("/login", {"name": "li", "password": PASSWORD}).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_cookies_are_secure_where_the_system_is_reached_by_https(town: Town) -> None:
    from tests.town import make_app

    public = town.settings.model_copy(update={"public_url": "https://12345.example"})
    app = make_app(public, town.office)
    answer = app.test_client().get("/login")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in answer.headers


def test_browsers_are_told_to_load_nothing_from_elsewhere(visit: Visit) -> None:
    headers = visit("").get("/login").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


def test_the_live_process_is_found_at_the_name_by_which_the_page_was_reached(town: Town) -> None:
    local: Settings = town.settings
    assert live_address(local, "localhost:8000") == "http://localhost:8002"
    assert live_address(local, "[::1]:8000") == "http://[::1]:8002"
    assert live_address(local.model_copy(update={"public_url": "https://12345.example"}), "12345.example") == ""
    assert content_policy("").count("connect-src 'self';") == 1


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nowhere", 404, "没有这一页"),
        ("/console/cases/999999999999", 404, "没有这个工单"),
        ("/console/cases/abc", 404, "没有这一页"),
    ],
)
def test_an_unknown_address_is_answered_in_the_houses_style(visit: Visit, path: str, status: int, words: str) -> None:
    answer = visit("li").get(path)
    assert (answer.status_code, words in answer.text) == (status, True)


def test_an_oversized_form_is_refused(visit: Visit) -> None:
    answer = visit("li").post("/language", {"language": "x" * 2_000_000})
    assert (answer.status_code, "内容太长" in answer.text) == (413, True)


def test_a_failure_shows_no_trace_and_a_lost_database_asks_for_patience(app: Flask) -> None:
    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("secret detail")

    @app.get("/away")
    def away() -> str:
        raise DatabaseUnavailable("locked")

    client = app.test_client()
    answer = client.get("/broken")
    assert (answer.status_code, "系统出错了" in answer.text, "secret" in answer.text) == (500, True, False)
    assert client.get("/away").status_code == 503
    client.set_cookie("hotline_language", "en")
    assert "Something went wrong" in client.get("/broken").text


def test_the_administrator_sees_who_did_what(visit: Visit, town: Town) -> None:
    caller = town.cold_flat()
    visit("li").get(f"/console/cases/{caller.case_no}")
    answer = visit("admin").get(f"/admin/audit?subject={caller.case_no}")
    assert "查看了工单" in answer.text
    assert [entry.action for entry in list_audit(town.office, caller.case_no)] == ["case.read"]


def test_accounts_and_tokens_are_made_and_ended_by_the_administrator(visit: Visit) -> None:
    admin = visit("admin")
    made = admin.post("/admin/accounts", {"name": "zhao", "title": "赵敏", "role": "operator", "password": PASSWORD})
    assert made.status_code == 302
    assert "赵敏" in admin.get("/admin/accounts").text
    twice = admin.post("/admin/accounts", {"name": "zhao", "title": "", "role": "operator", "password": PASSWORD})
    assert twice.status_code == 400
    assert admin.post("/admin/accounts/close", {"name": "admin"}).status_code == 400
    token = admin.post("/admin/tokens", {"role": "receiver", "area": "110114008", "name": "天北"})
    assert "hl_" in token.text
    assert "hl_" not in admin.get("/admin/tokens").text
    assert admin.post("/admin/tokens", {"role": "receiver", "area": "999999"}).status_code == 400
    assert admin.post("/admin/tokens", {"role": "admin"}).status_code == 400
