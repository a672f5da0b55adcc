"""Error pages in the house's style. Addresses of machines (/api, /webhooks) keep their own."""

import logging
from dataclasses import dataclass

from flask import Flask, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from config.errors import HotlineError
from console.saying import say as _
from console.sessions import wants_json
from intake.errors import UnknownCase

log = logging.getLogger(__name__)

MACHINES = ("/api/", "/webhooks/", "/healthz", "/readyz", "/metrics")


@dataclass(frozen=True, slots=True)
class Failure:
    status: int
    title: str
    advice: str


def add_failures(app: Flask) -> None:
    app.register_error_handler(HTTPException, _say)
    app.register_error_handler(CSRFError, _say_form_is_old)
    app.register_error_handler(UnknownCase, _say_no_such_case)
    app.register_error_handler(HotlineError, _say_trouble)
    app.register_error_handler(Exception, _say_our_failure)


def _say(error: HTTPException) -> ResponseReturnValue:
    if request.path.startswith(MACHINES):
        return error
    status = error.code or 500
    if status < 400:
        return error
    answer = _page(_known(status, error))
    headers = {name: value for name, value in error.get_headers() if name in ("Retry-After", "Allow", "Content-Range")}
    return answer[0], status, headers


def _known(status: int, error: HTTPException) -> Failure:
    match status:
        case 401:
            return Failure(status, _("请先登录"), _("登录已过期，请重新登录后再试。"))
        case 403:
            own = error.description if error.response is None and error.description != type(error).description else None
            return Failure(status, _("没有权限"), own or _("您的账号不能打开这一页，请换用有权限的账号，或联系管理员。"))
        case 404:
            return Failure(status, _("没有这一页"), _("地址可能写错了，或者这一页已经不在。"))
        case 405:
            return Failure(status, _("不能这样打开"), _("请从页面上的按钮操作。"))
        case 409:
            return Failure(status, _("内容已被别人修改"), _("请返回，重新打开后再操作。"))
        case 413:
            return Failure(status, _("内容太长"), _("提交的内容超出了限制，请删减后再试。"))
        case 416:
            return Failure(status, _("录音没有这一段"), _("请从头播放。"))
        case 429:
            return Failure(status, _("操作太频繁"), _("请稍等片刻再试。"))
        case 503:
            return Failure(status, _("系统正忙"), _("数据库暂时不可用，请过几秒再试。您填写的内容可以用浏览器的“后退”找回。"))
        case _ if status < 500:
            return Failure(status, _("请求有误"), _("系统没有看懂这个请求，请返回重试。"))
        case _:
            return Failure(500, _("系统出错了"), _("问题已经记录。请稍后再试；若仍不行，请联系管理员。"))


def _say_form_is_old(_error: CSRFError) -> ResponseReturnValue:
    return _page(Failure(400, _("页面已经过期"), _("请返回，刷新页面后再提交一次。")))


def _say_no_such_case(_error: UnknownCase) -> ResponseReturnValue:
    return _page(Failure(404, _("没有这个工单"), _("请核对工单号。")))


def _say_trouble(error: HotlineError) -> ResponseReturnValue:
    """A use case refused, and the page had no better word for it."""
    log.warning("a page could not be answered", extra={"code": error.code, "endpoint": request.endpoint})
    status = 503 if error.retryable else 500
    return _page(_known(status, InternalServerError()))


def _say_our_failure(error: Exception) -> ResponseReturnValue:
    if request.path.startswith(MACHINES):
        raise error
    log.error("a page failed", exc_info=error, extra={"endpoint": request.endpoint})
    return _page(_known(500, InternalServerError()))


def _page(failure: Failure) -> tuple[Response | str, int]:
    if wants_json():
        return jsonify(error=failure.title, advice=failure.advice), failure.status
    return render_template("failure.html", failure=failure), failure.status
