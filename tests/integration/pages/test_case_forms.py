"""The case page as a form: what it sends, what comes back, and that no second sending does harm."""

from collections.abc import Callable
from typing import Any

import pytest

from console.case_form import values
from intake.audit import list_audit
from intake.confirmation import CaseChange, change_case
from intake.events import read_events
from intake.mass_events import watch_mass_events
from intake.queries_case import case_page
from intake.queries_mass_events import mass_events
from intake.queries_queue import Part, list_orders
from tests.integration.pages.conftest import Visitor
from tests.town import Caller, Telephone, Town

Visit = Callable[[str], Visitor]


def form_of(town: Town, caller: Caller, **changed: str) -> dict[str, Any]:
    page = case_page(town.office, caller.case_no)
    return {"version": str(page.version), **values(page.fields), **changed}


def address(caller: Caller, way: str = "") -> str:
    return f"/console/cases/{caller.case_no}{way}"


def test_a_confirmed_case_is_one_order_however_often_the_form_is_sent(visit: Visit, town: Town) -> None:
    caller = town.cold_flat()
    operator = visit("li")
    form = form_of(town, caller, summary="催供暖")
    for _ in range(3):
        answer = operator.post(address(caller, "/confirm"), form)
        assert (answer.status_code, answer.location) == (302, address(caller))
    orders = list_orders(town.office, Part.LEAVING).rows
    assert [(order.case_no, order.summary) for order in orders] == [(caller.case_no, "催供暖")]
    assert "天通苑北街道办事处" in operator.get("/console/queue?part=leaving").text


def test_the_same_words_from_another_operator_are_a_conflict(visit: Visit, town: Town) -> None:
    caller = town.cold_flat()
    form = form_of(town, caller)
    visit("li").post(address(caller, "/confirm"), form)
    answer = visit("wang").post(address(caller, "/confirm"), form)
    assert answer.status_code == 409
    assert "它已经不能再改" in answer.text
    assert "按所选内容提交" not in answer.text


def test_a_stale_form_shows_both_versions_and_saves_neither(visit: Visit, town: Town) -> None:
    caller = town.cold_flat()
    form = form_of(town, caller, summary="我的")
    version = case_page(town.office, caller.case_no).version
    change_case(town.office, caller.case_no, CaseChange(version, summary="别人的"), town.people["wang"].actor)
    answer = visit("li").post(address(caller, "/confirm"), form)
    assert answer.status_code == 409
    assert 'value="我的"' in answer.text
    assert 'value="别人的"' in answer.text
    assert f'name="version" value="{version + 1}"' in answer.text
    assert "王磊" in answer.text
    assert town.state(caller.case_no) == "proposed"


def test_an_empty_place_is_not_filled_behind_the_operators_back(visit: Visit, town: Town) -> None:
    caller = town.cold_flat()
    answer = visit("li").post(address(caller, "/confirm"), form_of(town, caller, place=""))
    assert answer.status_code == 422
    assert "缺少地点" in answer.text
    assert town.state(caller.case_no) == "proposed"


def test_what_the_operator_wrote_is_still_there_when_something_is_missing(visit: Visit, town: Town) -> None:
    caller = town.cold_flat()
    answer = visit("li").post(address(caller, "/confirm"), form_of(town, caller, place="", summary="写了很久的摘要"))
    assert "写了很久的摘要" in answer.text


def test_a_place_that_does_not_exist_is_refused_in_words(visit: Visit, town: Town) -> None:
    caller = town.cold_flat()
    answer = visit("li").post(address(caller, "/confirm"), form_of(town, caller, place="110114/110101001/"))
    assert answer.status_code == 422
    assert "对不上" in answer.text


@pytest.mark.parametrize("field", ["version", "urgency", "place"])
def test_a_form_that_no_page_sends_is_a_bad_request(visit: Visit, town: Town, field: str) -> None:
    caller = town.cold_flat()
    assert visit("li").post(address(caller, "/confirm"), form_of(town, caller, **{field: "x"})).status_code == 400


def test_an_open_call_cannot_be_confirmed(visit: Visit, town: Town) -> None:
    caller = town.ring()
    form = form_of(town, caller, category_code="010101", place="110114//", kind="help", urgency="normal", summary="x")
    assert visit("li").post(address(caller, "/confirm"), form).status_code == 409


def test_a_cancelled_case_keeps_its_reason(visit: Visit, town: Town) -> None:
    caller = town.cold_flat()
    operator = visit("li")
    without = operator.post(address(caller, "/cancel"), form_of(town, caller, cancel_reason="other"))
    assert without.status_code == 422
    operator.post(address(caller, "/cancel"), form_of(town, caller, cancel_reason="wrong_number"))
    assert town.state(caller.case_no) == "cancelled"
    assert "拨错号码" in operator.get(address(caller)).text


def test_an_answer_needs_its_words_and_keeps_the_form(visit: Visit, town: Town) -> None:
    caller = town.cold_flat()
    operator = visit("li")
    assert operator.post(address(caller, "/answer"), form_of(town, caller)).status_code == 422
    operator.post(address(caller, "/answer"), form_of(town, caller, summary="问供暖时间", answer_text="已告知"))
    page = case_page(town.office, caller.case_no)
    assert (page.state, page.fields.summary, page.fields.note) == ("answered", "问供暖时间", "已告知")


def test_markup_in_any_field_is_shown_as_text(visit: Visit, town: Town) -> None:
    evil = '"><script>alert(1)</script>'
    caller = town.cold_flat()
    operator = visit("li")
    form = form_of(town, caller, summary=evil, address=evil, note=evil, caller_name=evil)
    operator.post(address(caller, "/confirm"), form)
    for path in (address(caller), "/console?tab=sent", "/console/queue?part=leaving", f"/console?words={evil}"):
        assert "<script>alert" not in operator.get(path).text


def test_the_next_case_is_never_given_to_two(visit: Visit, town: Town) -> None:
    first, second = town.cold_flat(), town.cold_flat(number="+8613900001111", urgent=True)
    assert visit("li").post("/console/next").location == address(second)
    assert visit("wang").post("/console/next").location == address(first)
    assert visit("wang").post("/console/next").location == address(first)


def test_nothing_to_do_is_said(visit: Visit) -> None:
    operator = visit("li")
    assert operator.post("/console/next").location == "/console"
    assert "没有等候确认的工单" in operator.get("/console").text


def test_showing_a_number_is_on_record(visit: Visit, town: Town) -> None:
    caller = town.cold_flat()
    operator = visit("li")
    answer = operator.post(f"{address(caller)}/calls/{caller.call_id}/number")
    assert "+8613800138000" in answer.text
    assert [entry.action for entry in list_audit(town.office, caller.case_no)] == ["number.revealed"]
    assert operator.post(f"{address(caller)}/calls/{'0' * 32}/number").status_code == 404


def test_numbers_appear_nowhere_else(visit: Visit, town: Town) -> None:
    caller = town.cold_flat()
    operator = visit("li")
    for path in ("/console", address(caller), f"{address(caller)}/fresh", "/console/rows"):
        assert "13800138000" not in operator.get(path).text


def test_a_case_is_found_by_number_of_case_and_caller_words_district_and_day(visit: Visit, town: Town) -> None:
    caller = town.cold_flat()
    town.cold_flat(number="+8613900001111")
    operator = visit("li")
    assert f'data-case="{caller.case_no}"' in operator.get(f"/console?tab=all&words={caller.case_no}").text
    by_caller = operator.get("/console?tab=all&words=138 0013 8000").text
    assert by_caller.count('<li class="row') == 2
    assert operator.get("/console?tab=all&words=100%").text.count('<li class="row') == 1
    assert operator.get("/console?tab=all&district=110101").text.count('<li class="row') == 1
    assert operator.get("/console?tab=all&district=110114&day=2026-01-05").text.count('<li class="row') == 3
    assert operator.get("/console?tab=all&day=2026-01-04").text.count('<li class="row') == 1
    assert operator.get("/console?tab=%27&day=x&page=-3&district=%00").status_code == 200


def test_a_long_list_has_pages(visit: Visit, town: Town) -> None:
    for number in range(43):
        town.hang_up(town.ring(f"+86139{number:08d}"), heard=False)
    operator = visit("li")
    first, second = operator.get("/console?tab=callback"), operator.get("/console?tab=callback&page=2")
    assert first.text.count('<li class="row') == 41
    assert 'rel="next"' in first.text
    assert second.text.count('<li class="row') == 4
    assert 'rel="next"' not in second.text


def test_a_recording_is_served_whole_or_in_part(visit: Visit, town: Town) -> None:
    caller = town.ring()
    recording_id = town.record(caller, seconds=2)
    operator = visit("li")
    path = f"/console/recordings/{recording_id}"
    whole = operator.get(path)
    assert (whole.status_code, whole.mimetype, len(whole.data)) == (200, "audio/x-wav", 32044)
    part = operator.get(path, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.headers["Content-Range"], len(part.data)) == (206, "bytes 100-199/32044", 100)
    assert part.data == whole.data[100:200]
    assert operator.get(path, headers={"Range": "bytes=99999-"}).status_code == 416
    assert [entry.action for entry in list_audit(town.office, caller.case_no)] == ["recording.heard"]
    assert operator.get(f"/console/recordings/{'0' * 32}").status_code == 404


def test_a_recording_outside_of_its_folder_is_not_served(visit: Visit, town: Town) -> None:
    from intake.recordings import recording_stored

    caller = town.ring()
    recording_id = recording_stored(town.office, caller.call_id, "../../../../etc/hostname", 1000)
    assert visit("li").get(f"/console/recordings/{recording_id}").status_code == 404


def test_categories_and_places_are_found_while_typing(visit: Visit) -> None:
    operator = visit("li")
    found = operator.get("/console/search/categories?words=停暖").json
    assert found is not None
    assert found["results"][0]["value"] == "010102"
    places = operator.get("/console/search/places?words=天通苑北街道").json
    assert places is not None
    assert places["results"][0]["value"] == "110114/110114008/"
    assert operator.get("/console/search/places?words=").json == {"results": []}


def test_the_route_is_explained_before_anything_is_sent(visit: Visit, town: Town) -> None:
    caller = town.cold_flat()
    operator = visit("li")
    told = operator.get(f"{address(caller)}/route?place=110114//").json
    assert told is not None
    assert "昌平区人民政府" in told["html"]
    assert "选到街道" in told["html"]
    empty = operator.get(f"{address(caller)}/route?place=&summary=").json
    assert empty is not None
    assert set(empty["missing"]) == {"location", "summary"}


def test_a_likely_duplicate_is_joined_with_what_was_written_and_parted_again(visit: Visit, town: Town) -> None:
    first, second = town.cold_flat(number="+8613800138001"), town.cold_flat(number="+8613800138002")
    operator = visit("li")
    page = operator.get(address(second)).text
    assert "可能重复" in page
    assert "同一楼号" in page
    form = form_of(town, second, note="邻居也打过", into=first.case_no)
    for _ in range(2):
        assert operator.post(address(second, "/join"), form).status_code == 302
    joined = operator.get(address(second)).text
    assert "拆单，单独办理" in joined
    assert "邻居也打过" in joined
    assert "另有 1 件并入此单" in operator.get(address(first)).text
    version = str(case_page(town.office, second.case_no).version)
    for _ in range(2):
        assert operator.post(address(second, "/part"), {"version": version}).status_code == 302
    assert town.state(second.case_no) == "proposed"


@pytest.mark.parametrize("into", ["", "260105999999", "itself"])
def test_joining_to_no_case_is_refused(visit: Visit, town: Town, into: str) -> None:
    caller = town.cold_flat()
    form = form_of(town, caller, into=caller.case_no if into == "itself" else into)
    assert visit("li").post(address(caller, "/join"), form).status_code == 400
    assert town.state(caller.case_no) == "proposed"


def test_a_case_is_answered_from_an_article_and_keeps_which_version_was_read(visit: Visit, town: Town) -> None:
    caller, operator = town.cold_flat(), visit("li")
    article = town.office.articles().article("heating-degrees")
    assert article is not None
    assert article.answer in operator.get(address(caller)).text
    form = form_of(town, caller, article=f"{article.id}@{article.version}")
    stale = operator.post(address(caller, "/answer"), {**form, "article": f"{article.id}@000000000000"})
    assert (stale.status_code, town.state(caller.case_no)) == (422, "proposed")
    assert operator.post(address(caller, "/answer"), form).status_code == 302
    page = case_page(town.office, caller.case_no)
    assert page.state == "answered"
    assert page.provenance["answer"] == f"{article.id}@{article.version}"
    assert article.answer in (page.fields.note or "")
    events = [event for event in read_events(town.office, 0) if event.kind == "case.answered"]
    assert [event.data for event in events] == [{"article": article.id, "version": article.version}]


def test_articles_are_searched_and_shown(visit: Visit, town: Town) -> None:
    caller, operator = town.cold_flat(), visit("li")
    found = operator.get("/console/search/articles?words=居住证").json
    assert found is not None
    assert found["results"][0]["value"] == "residence-permit"
    shown = operator.get(address(caller, "/articles/residence-permit")).json
    assert shown is not None
    assert "住满半年" in shown["html"]
    assert operator.get(address(caller, "/articles/none")).status_code == 404


def test_a_mass_event_stands_above_the_list_and_a_supervisor_says_what_callers_are_told(visit: Visit, town: Town) -> None:
    callers = [town.cold_flat(number=f"+861380013900{place}") for place in range(5)]
    watch_mass_events(town.office)
    operator, supervisor, admin = visit("li"), visit("chen"), visit("admin")
    (event,) = mass_events(town.office)
    notice = f"/console/mass-events/{event.id}/notice"
    assert operator.post(notice, {"notice": "不该由坐席写"}).status_code == 403
    assert supervisor.post("/console/mass-events/none/notice", {"notice": "x"}).status_code == 404
    assert supervisor.post(notice, {"notice": "管道破裂，预计 18 时恢复"}).status_code == 302
    for text in (operator.get("/console").text, admin.get("/wallboard").text, operator.get(address(callers[-1])).text):
        assert "预计 18 时恢复" in text
    assert "近 30 分钟 5 件" in operator.get("/console/mass-events").text.encode().decode("unicode_escape")
    assert operator.post(address(callers[-1], "/join"), form_of(town, callers[-1], into=event.head)).status_code == 302
    assert case_page(town.office, callers[-1].case_no).merged_into == event.head == callers[0].case_no


def test_a_resident_is_called_back_by_a_button_and_what_was_written_is_kept(
    visit: Visit, town: Town, telephone: Telephone
) -> None:
    caller = town.ring()
    town.hang_up(caller, heard=False)
    operator = visit("li")
    operator.post("/console/seat/sit", {"seat": "seat1001"})

    operator.post(address(caller, "/call-back"), form_of(town, caller, summary="回拨核实"))
    page = operator.get(address(caller)).text

    assert [seat for _call, seat in telephone.rung] == ["seat1001"]
    assert "您的话机马上振铃" in page and "坐席话机振铃中" in page and "回拨核实" in page
    operator.post(address(caller, "/call-back"), form_of(town, caller))
    assert "这件工单正在回拨" in operator.get(address(caller)).text


def test_an_operator_without_a_seat_is_told_to_sit_down_before_calling_back(
    visit: Visit, town: Town, telephone: Telephone
) -> None:
    caller = town.ring()
    town.hang_up(caller, heard=False)
    operator = visit("li")

    operator.post(address(caller, "/call-back"), form_of(town, caller))

    assert "请先选座席" in operator.get(address(caller)).text
    assert telephone.rung == []
