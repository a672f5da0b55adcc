"""The list and the wallboard change under the eyes of whoever looks, without a reload."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from intake.confirmation import take_case
from tests.browser.stage import Stage
from tests.town import COLD, cold_proposal

SitDown = Callable[[str], Page]


def test_a_new_call_appears_and_grows_without_a_reload(stage: Stage, sit_down: SitDown) -> None:
    page = sit_down("li")
    expect(page.locator("#live")).to_have_class("live on")
    expect(page.locator("#none")).to_be_visible()

    caller = stage.ring()
    row = page.locator(f'[data-case="{caller.case_no}"]')
    expect(row).to_contain_text("通话中")

    stage.say(caller, COLD)
    stage.propose(caller, cold_proposal(), "".join(COLD))
    expect(row).to_contain_text("暖气三天没热")

    stage.hang_up(caller)
    expect(row).to_contain_text("待确认")
    expect(page.locator('[data-tab="waiting"] .count')).to_have_text("1")


def test_an_urgent_case_comes_first(stage: Stage, sit_down: SitDown) -> None:
    first = stage.cold_flat()
    page = sit_down("li")
    expect(page.locator("#live")).to_have_class("live on")
    urgent = stage.cold_flat(number="+8613900001111", urgent=True)
    expect(page.locator("#rows .row").first).to_have_attribute("data-case", urgent.case_no)
    expect(page.locator("#rows .row").nth(1)).to_have_attribute("data-case", first.case_no)


def test_the_list_shows_who_is_at_work_on_a_case(stage: Stage, sit_down: SitDown) -> None:
    caller = stage.cold_flat()
    page = sit_down("li")
    expect(page.locator("#live")).to_have_class("live on")
    take_case(stage.office, caller.case_no, stage.people["wang"].actor)
    expect(page.locator(f'[data-case="{caller.case_no}"] [data-part="owner"]')).to_have_text("王磊")


def test_a_silent_call_goes_to_the_call_back_list(stage: Stage, sit_down: SitDown) -> None:
    page = sit_down("li")
    expect(page.locator("#live")).to_have_class("live on")
    caller = stage.ring()
    row = page.locator(f'[data-case="{caller.case_no}"]')
    expect(row).to_be_visible()
    stage.hang_up(caller, heard=False)
    expect(row).to_have_count(0)
    page.click("text=待回拨")
    expect(row).to_contain_text("待回拨")


def test_after_a_cut_the_page_goes_on_by_itself(stage: Stage, sit_down: SitDown) -> None:
    page = sit_down("li")
    expect(page.locator("#live")).to_have_class("live on")
    stage.stop_live()
    expect(page.locator("#live")).to_have_class("live off")
    caller = stage.ring()
    stage.start_live()
    expect(page.locator(f'[data-case="{caller.case_no}"]')).to_be_visible(timeout=30_000)
    expect(page.locator("#live")).to_have_class("live on")


def test_the_list_is_walked_by_keys(stage: Stage, sit_down: SitDown) -> None:
    stage.cold_flat()
    second = stage.cold_flat(number="+8613900001111")
    page = sit_down("li")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{second.case_no}")


def test_the_wallboard_counts_as_calls_come_and_go(stage: Stage, sit_down: SitDown) -> None:
    stage.cold_flat()
    page = sit_down("chen")
    expect(page.locator('[data-figure="calls_now"]')).to_have_text("0")
    expect(page.locator('[data-figure="calls_today"]')).to_have_text("1")
    caller = stage.ring()
    expect(page.locator('[data-figure="calls_now"]')).to_have_text("1")
    stage.hang_up(caller, heard=False)
    expect(page.locator('[data-figure="calls_now"]')).to_have_text("0")
    expect(page.locator('.big [data-state="callback"]')).to_have_text("1")
    expect(page.locator("#stamp")).to_contain_text("数据时间")


def test_old_figures_say_that_they_are_old(stage: Stage, sit_down: SitDown) -> None:
    page = sit_down("chen")
    expect(page.locator("#live")).to_have_class("live on")
    stage.stop_live()
    expect(page.locator("#stamp")).to_contain_text("不是最新", timeout=20_000)
    stage.start_live()
    expect(page.locator("#stamp")).to_contain_text("数据时间", timeout=30_000)
