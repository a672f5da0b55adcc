"""The button that calls a resident back: what was written is kept, then the operator's own telephone rings."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from config.errors import HotlineError
from console import words
from console.case_form import Submitted
from console.desk import dialler, office, person
from console.formats import day_and_time
from console.saying import say as _
from console.views.cases import pages
from console.views.ways import go
from intake.call_backs import CallBackRefused, start_call_back
from intake.confirmation import change_case
from intake.errors import MoveForbidden


@pages.post("/cases/<string(length=12):case_no>/call-back")
def call_back(case_no: str) -> ResponseReturnValue:
    return go(case_no, _call)


def _call(case_no: str, sent: Submitted) -> ResponseReturnValue:
    change_case(office(), case_no, sent.change, person().actor)
    try:
        start_call_back(office(), dialler(), case_no, person().actor)
    except CallBackRefused as refusal:
        flash(_refused(refusal), "mind")
    except MoveForbidden:
        flash(_("工单刚有变化，请看现在的情况。"), "mind")
    except HotlineError as problem:
        if problem.code not in words.CALL_BACK_PROBLEMS:
            raise
        flash(str(words.CALL_BACK_PROBLEMS[problem.code]), "bad")
    else:
        flash(_("您的话机马上振铃，请接听；随后自动呼叫市民。"), "good")
    return redirect(url_for("cases.show", case_no=case_no))


def _refused(refusal: CallBackRefused) -> str:
    if refusal.until is not None:
        return _("现在不是回拨时间，请在 %(time)s 以后再拨。", time=day_and_time(refusal.until, office().clock.now()))
    texts = {
        "already_calling": _("这件工单正在回拨。"),
        "no_number": _("来电没有显示号码，无法回拨。"),
    }
    return texts.get(refusal.code, _("现在不能回拨。"))
