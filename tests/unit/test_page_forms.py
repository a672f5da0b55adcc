"""What pages read from a request, and what they show of a number."""

import pytest

from console.case_form import read_form, values
from console.views.login import own_address
from intake.queries_case import mask_number


def test_a_form_read_and_written_again_is_the_same() -> None:
    sent = {
        "version": "3",
        "category_code": "010101",
        "place": "110114/110114008/",
        "address": "5号楼",
        "urgency": "urgent",
        "kind": "help",
        "summary": "暖气不热",
        "caller_name": "",
        "confidential": "1",
        "note": "",
    }
    read = read_form(sent)
    assert read.version == 3
    assert values(read.fields) == {name: value for name, value in sent.items() if name != "version"}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"version": "x"},
        {"version": "1", "urgency": "very"},
        {"version": "1", "kind": "<script>"},
        {"version": "1", "place": "110114"},
        {"version": "1", "place": "110114/../x"},
        {"version": "1", "place": "११०/२/३"},
    ],
)
def test_a_form_that_no_page_sends_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        read_form(fields)


def test_control_characters_and_overlong_texts_are_cut() -> None:
    fields = read_form({"version": "1", "summary": "a\x00b\x1b[31m\r\nc" + "长" * 900}).fields
    assert fields.summary is not None
    assert fields.summary.startswith("ab[31m\nc")
    assert len(fields.summary) == 500


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+8613800138000", "138****8000"),
        ("+861062345678", "010****5678"),
        ("+867551234567", "0755****4567"),
        ("+85261234567", "+852****4567"),
        ("12345", "12345"),
    ],
)
def test_a_number_is_shown_without_its_middle(number: str, shown: str) -> None:
    assert mask_number(number) == shown


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "x\n"]
)
def test_nobody_is_sent_away_by_a_link(address: str) -> None:
    assert own_address(address) == ""


def test_an_own_address_is_followed() -> None:
    assert own_address("/console/cases/260105000001?tab=all") == "/console/cases/260105000001?tab=all"
