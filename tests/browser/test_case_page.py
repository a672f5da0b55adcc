"""One case before an operator's eyes: fill, hear, confirm, and what happens when two do it at once."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from intake.confirmation import CaseChange, change_case
from intake.queries_case import case_page
from tests.browser.stage import Stage
from tests.town import COLD, PASSWORD, Caller, cold_proposal

SitDown = Callable[[str], Page]


def open_case(stage: Stage, page: Page, caller: Caller) -> None:
    page.goto(f"{stage.address}/console/cases/{caller.case_no}")
    expect(page.locator("#live")).to_have_class("live on")


def test_a_prefilled_case_is_confirmed_by_one_stroke(stage: Stage, sit_down: SitDown) -> None:
    caller = stage.cold_flat()
    page = sit_down("li")
    open_case(stage, page, caller)
    expect(page.locator('[data-key="1"] input')).to_be_checked()
    expect(page.locator("#route")).to_contain_text("天通苑北街道办事处")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".done")).to_contain_text("正在送往派单队列")
    assert stage.state(caller.case_no) == "confirmed"


def test_from_login_to_confirmation_by_keyboard_alone(stage: Stage, sit_down: SitDown) -> None:
    caller = stage.cold_flat()
    page = sit_down("li")
    page.context.clear_cookies()
    page.goto(stage.address)
    page.keyboard.type("li")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console")
    page.keyboard.press("n")
    page.wait_for_url(f"**/cases/{caller.case_no}")
    page.keyboard.press("2")
    expect(page.locator('[data-mark="category_code"]')).to_have_text("已改")
    page.keyboard.press("/")
    page.keyboard.type("施工噪声")
    expect(page.locator(".found:visible li").first).to_contain_text("施工噪声")
    page.keyboard.press("Enter")
    expect(page.locator("#categories .own input")).to_be_checked()
    page.keyboard.press("e")
    page.keyboard.press("Control+a")
    page.keyboard.type("夜里施工吵得睡不着")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".done")).to_contain_text("夜里施工吵得睡不着")
    assert stage.state(caller.case_no) == "confirmed"


def test_enter_in_a_field_sends_nothing(stage: Stage, sit_down: SitDown) -> None:
    caller = stage.cold_flat()
    page = sit_down("li")
    open_case(stage, page, caller)
    page.focus("#address")
    page.keyboard.press("Enter")
    expect(page.locator("#form")).to_be_visible()
    assert stage.state(caller.case_no) == "proposed"


def test_the_form_fills_while_the_call_goes_on_and_leaves_the_operators_words(stage: Stage, sit_down: SitDown) -> None:
    caller = stage.ring()
    page = sit_down("li")
    open_case(stage, page, caller)
    page.fill("#note", "市民很着急")
    page.focus("#summary")
    page.keyboard.type("我自己写的摘要")
    stage.say(caller, COLD)
    stage.propose(caller, cold_proposal(), "".join(COLD))
    expect(page.locator("#transcript")).to_contain_text("受不了啊")
    expect(page.locator('[data-key="1"] input')).to_be_checked()
    expect(page.locator("#address")).to_have_value("天通苑北一区5号楼2单元301")
    expect(page.locator("#summary")).to_have_value("我自己写的摘要")
    expect(page.locator("#summary")).to_be_focused()
    expect(page.locator('[data-mark="summary"]')).to_have_text("手填")
    expect(page.locator("#confirm")).to_be_disabled()
    stage.hang_up(caller)
    expect(page.locator("#confirm")).to_be_enabled()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".done")).to_contain_text("我自己写的摘要")
    fields = case_page(stage.office, caller.case_no).fields
    assert (fields.summary, fields.note, fields.category_code) == ("我自己写的摘要", "市民很着急", "010101")


def test_two_operators_see_both_versions_side_by_side(stage: Stage, sit_down: SitDown) -> None:
    caller = stage.cold_flat()
    page = sit_down("li")
    open_case(stage, page, caller)
    page.fill("#summary", "李静的摘要")
    version = case_page(stage.office, caller.case_no).version
    change = CaseChange(version, summary="王磊的摘要", note="王磊的备注")
    change_case(stage.office, caller.case_no, change, stage.people["wang"].actor)
    expect(page.locator("#note")).to_have_value("王磊的备注")
    page.keyboard.press("Control+Enter")
    expect(page.locator("h1 + .chip")).to_be_visible()
    row = page.locator("tr.differs")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("李静的摘要")
    expect(row).to_contain_text("王磊的摘要")
    expect(page.locator(".notice.mind")).to_contain_text("王磊")
    page.check('input[name="summary"][value="王磊的摘要"]')
    page.click("text=按所选内容提交")
    expect(page.locator(".done")).to_contain_text("王磊的摘要")
    assert case_page(stage.office, caller.case_no).fields.note == "王磊的备注"


def test_what_is_missing_stands_beside_its_field(stage: Stage, sit_down: SitDown) -> None:
    caller = stage.ring()
    stage.say(caller, COLD[:1])
    stage.propose(caller, replace(cold_proposal(), locations=(), categories=()), COLD[0])
    stage.hang_up(caller)
    page = sit_down("li")
    open_case(stage, page, caller)
    expect(page.locator('[data-problem="location"]')).to_contain_text("缺少地点")
    page.keyboard.press("Control+Enter")
    expect(page.locator('.problem[data-problem="location"]')).to_contain_text("缺少地点")
    page.fill("#place-words", "昌平区")
    page.locator(".found:visible li", has_text="昌平区").first.click()
    expect(page.locator('[data-problem="location"]')).to_be_hidden()
    expect(page.locator("#route")).to_contain_text("昌平区人民政府")
    assert stage.state(caller.case_no) == "proposed"


def test_a_click_plays_that_second_of_the_recording(stage: Stage, sit_down: SitDown) -> None:
    caller = stage.cold_flat()
    page = sit_down("li")
    open_case(stage, page, caller)
    page.locator(".at").nth(1).click()
    expect(page.locator(".line.playing")).to_contain_text("家里有八十多岁")
    audio = page.locator("audio")
    assert audio.evaluate("player => player.currentTime") > 7.8
    page.keyboard.press("p")
    assert audio.evaluate("player => player.paused")


def test_words_that_led_to_a_candidate_light_up(stage: Stage, sit_down: SitDown) -> None:
    caller = stage.cold_flat()
    page = sit_down("li")
    open_case(stage, page, caller)
    page.hover('[data-evidence-of="c1"]')
    expect(page.locator(".piece.lit")).to_have_count(page.locator('[data-evidence~="c1"]').count())
    assert "".join(page.locator(".piece.lit").all_text_contents()) == "暖气三天没热"


def test_a_samples_own_text_stands_beside_the_recognised_one(stage: Stage, sit_down: SitDown) -> None:
    caller = stage.cold_flat(sample="no-heating")
    page = sit_down("li")
    open_case(stage, page, caller)
    expect(page.locator(".spoken").first).to_contain_text("样例原文")
    expect(page.locator(".raw").first).to_be_hidden()
    page.check("#show-raw")
    expect(page.locator(".raw").first).to_contain_text("识别原文")


def test_the_number_is_masked_until_somebody_asks_for_it(stage: Stage, sit_down: SitDown) -> None:
    caller = stage.cold_flat()
    page = sit_down("li")
    open_case(stage, page, caller)
    expect(page.locator("[data-number]")).to_have_text("138****8000")
    page.click("text=显示号码")
    expect(page.locator("[data-number]")).to_have_text("+8613800138000")


def test_a_call_back_is_worked_off(stage: Stage, sit_down: SitDown) -> None:
    caller = stage.ring()
    stage.hang_up(caller, heard=False)
    page = sit_down("li")
    open_case(stage, page, caller)
    page.fill("#callback_text", "家里没人")
    page.click("text=无人接听，稍后再拨")
    expect(page.locator(".notice.good")).to_contain_text("无人接听")
    assert "家里没人" in (case_page(stage.office, caller.case_no).fields.note or "")
    open_case(stage, page, caller)
    page.fill("#summary", "暖气不热")
    page.click("text=已接通，继续办理")
    expect(page.locator("#confirm")).to_be_enabled()
    assert stage.state(caller.case_no) == "proposed"


def test_a_request_is_settled_on_the_phone(stage: Stage, sit_down: SitDown) -> None:
    caller = stage.cold_flat()
    page = sit_down("li")
    open_case(stage, page, caller)
    page.click("summary:has-text('当场答复')")
    page.fill("#answer_text", "已告知供暖时间和报修电话")
    page.click("text=记为已答复")
    expect(page.locator(".done")).to_contain_text("已告知供暖时间和报修电话")
    assert stage.state(caller.case_no) == "answered"


def test_a_likely_duplicate_is_joined_by_one_stroke(stage: Stage, sit_down: SitDown) -> None:
    first = stage.cold_flat(number="+8613800138001")
    second = stage.cold_flat(number="+8613800138002")
    page = sit_down("li")
    open_case(stage, page, second)
    expect(page.locator("[data-related]")).to_contain_text("同一楼号")
    page.keyboard.press("m")
    expect(page.locator(".done")).to_contain_text("拆单，单独办理")
    assert case_page(stage.office, second.case_no).merged_into == first.case_no


def test_a_question_is_answered_from_an_article_by_one_stroke(stage: Stage, sit_down: SitDown) -> None:
    caller = stage.cold_flat()
    page = sit_down("li")
    open_case(stage, page, caller)
    page.fill("#article-words", "居住证")
    page.locator(".found:visible li").first.click()
    expect(page.locator("#found-article")).to_contain_text("住满半年")
    page.keyboard.press("a")
    expect(page.locator(".done")).to_contain_text("住满半年")
    assert stage.state(caller.case_no) == "answered"


def test_words_of_callers_and_operators_are_never_markup(stage: Stage, sit_down: SitDown) -> None:
    evil = "<script>document.title='taken'</script><img src=x onerror=document.title='taken'>"
    caller = stage.ring()
    stage.say(caller, [evil])
    stage.propose(caller, replace(cold_proposal(), categories=(), locations=(), summary=evil), evil)
    page = sit_down("li")
    expect(page.locator("#live")).to_have_class("live on")
    stage.hang_up(caller)
    expect(page.locator("#rows")).to_contain_text("<script>")
    open_case(stage, page, caller)
    expect(page.locator("#transcript")).to_contain_text("<script>document.title")
    assert "taken" not in page.title()


def test_what_was_written_survives_the_end_of_a_session(stage: Stage, sit_down: SitDown) -> None:
    caller = stage.cold_flat()
    page = sit_down("li")
    open_case(stage, page, caller)
    page.fill("#summary", "写了很久")
    page.context.clear_cookies()
    page.keyboard.press("Tab")
    expect(page.locator("#session-over")).to_contain_text("不会丢失")
    page.context.add_cookies([{"name": "hotline_session", "value": stage.cookie_of("li"), "url": stage.address}])
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator("#session-over")).to_have_count(0)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".done")).to_contain_text("写了很久")


def test_the_pages_speak_english(stage: Stage, sit_down: SitDown) -> None:
    caller = stage.cold_flat()
    page = sit_down("li")
    page.click("button:has-text('English')")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("h1")).to_have_text("Cases")
    open_case(stage, page, caller)
    expect(page.locator("#confirm")).to_contain_text("Confirm and dispatch")
    page.click("button:has-text('中文')")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_the_essential_path_works_without_javascript(stage: Stage, browser: Browser) -> None:
    caller = stage.cold_flat()
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(stage.address)
    page.fill("#name", "li")
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.click(f'[data-case="{caller.case_no}"] a')
    page.fill("#place-words", "天通苑南街道")
    page.click("#confirm")
    expect(page.locator("#places .tile:has(input:checked)")).to_contain_text("天通苑南街道")
    page.click("#confirm")
    expect(page.locator(".done")).to_contain_text("天通苑南街道办事处")
    context.close()


@pytest.mark.parametrize("width", [390, 820])
def test_narrow_screens_need_no_sideways_scrolling(stage: Stage, sit_down: SitDown, width: int) -> None:
    caller = stage.cold_flat()
    page = sit_down("li")
    page.set_viewport_size({"width": width, "height": 844})
    for path in ("/console", f"/console/cases/{caller.case_no}", "/console/queue"):
        page.goto(stage.address + path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
