"""An operator at work: the seat changes under his eyes, and the caller's case opens by itself."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from intake.calls import IncomingCall, open_call
from intake.seat_calls import seat_answered
from tests.browser.stage import Stage

SitDown = Callable[[str], Page]


def test_a_caller_who_is_put_through_opens_his_case_by_itself(stage: Stage, sit_down: SitDown) -> None:
    page = sit_down("li")
    expect(page.locator("#live")).to_have_class("live on")
    page.locator("#seat select").select_option("seat1001")
    page.get_by_role("button", name="就座").click()
    page.get_by_role("button", name="示闲").click()
    expect(page.locator("#seat .state")).to_have_text("空闲")
    expect(page.locator("#live")).to_have_class("live on")

    opened = open_call(stage.office, IncomingCall("sip", "1", "13800138000", may_be_seated=True))
    expect(page.locator("#seat .state")).to_have_text("来电接入中")

    seat_answered(stage.office, "sip", "1", "seat1001")
    expect(page.locator(f'#case[data-case="{opened.case_no}"]')).to_be_visible()
    expect(page.locator("#seat .state")).to_have_text("通话中")
