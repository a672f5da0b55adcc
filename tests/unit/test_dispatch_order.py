import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from dispatch.order import Caller, Category, Location, Order, Organisation, build_order, from_json, to_json
from models.case import Case, CaseState

HEARD = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
ORDER = Order(
    order_id="a" * 32,
    dedupe_key="260105000001-" + "a" * 32,
    case_no="260105000001",
    heard_at=HEARD,
    confirmed_at=HEARD + timedelta(minutes=1),
    kind="complaint",
    urgency="normal",
    deadline=None,
    category=Category("0101", ("环境保护", "噪声", "夜间施工")),
    location=Location("110105", "110105001", None, "建国路88号"),
    organisation=Organisation("110105001", "建外街道办事处"),
    summary="夜间施工扰民",
    narrative=None,
    confidential=False,
    recording=None,
)
KEYS = [
    "schema", "order_id", "dedupe_key", "case_no", "heard_at", "confirmed_at", "kind", "urgency", "deadline", "category",
    "location", "organisation", "summary", "narrative", "caller", "confidential", "recording",
]  # fmt: skip


def confirmed_case() -> Case:
    return Case(
        id="c" * 32,
        case_no="260105000001",
        state=CaseState.CONFIRMED,
        kind="complaint",
        urgency="normal",
        category_code="0101",
        district_code="110105",
        subdistrict_code=None,
        community_code=None,
        address="",
        summary="夜间施工扰民",
        narrative="",
        organisation_code="110105",
        organisation_name="朝阳区",
        deadline=HEARD + timedelta(days=7),
        confidential=False,
        created_at=HEARD,
        answered_at=None,
        confirmed_at=HEARD + timedelta(minutes=1),
    )


def test_the_message_has_exactly_the_fields_of_the_contract() -> None:
    message = to_json(ORDER)

    assert list(message) == KEYS
    assert message["schema"] == "hotline.order.v1"
    assert list(message["location"]) == [
        "district_code", "subdistrict_code", "community_code", "address", "longitude", "latitude",
    ]  # fmt: skip
    assert message["caller"] == {"name": None, "phone": None}


def test_what_was_written_is_read_back_the_same() -> None:
    assert from_json(json.loads(json.dumps(to_json(ORDER)))) == ORDER


def test_times_carry_an_offset_whatever_zone_they_came_in() -> None:
    in_the_city = replace(ORDER, heard_at=HEARD.astimezone(timezone(timedelta(hours=8))))

    assert to_json(in_the_city)["heard_at"] == "2026-01-05T01:00:00.000+00:00"


def test_the_caller_is_filled_in_when_the_order_leaves() -> None:
    leaving = ORDER.with_caller(Caller("王女士", "+8613800138000"))

    assert to_json(leaving)["caller"] == {"name": "王女士", "phone": "+8613800138000"}
    assert to_json(ORDER)["caller"]["phone"] is None


def test_a_confidential_case_keeps_its_caller_to_itself() -> None:
    leaving = replace(ORDER, confidential=True).with_caller(Caller("王女士", "+8613800138000"))

    assert to_json(leaving)["caller"] == {"name": None, "phone": None}


def test_an_order_is_built_from_a_confirmed_case() -> None:
    order = build_order(confirmed_case(), order_id="a" * 32, category_path=("环境保护", "噪声"), recording="r" * 32)

    assert (order.case_no, order.organisation.code, order.recording) == ("260105000001", "110105", "r" * 32)
    assert order.heard_at == HEARD
    assert order.location == Location("110105", None, None, None)
    assert len(order.dedupe_key) <= 64
    assert order.dedupe_key.endswith("a" * 32)


@pytest.mark.parametrize(
    "field",
    ["confirmed_at", "kind", "urgency", "category_code", "district_code", "organisation_code", "organisation_name", "summary"],
)
def test_a_case_that_lacks_what_the_receiver_needs_is_no_order(field: str) -> None:
    case = confirmed_case()
    setattr(case, field, None)

    with pytest.raises(ValueError, match=field):
        build_order(case, order_id="a" * 32, category_path=())


def test_a_body_of_another_schema_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match=r"hotline\.order\.v1"):
        from_json({**to_json(ORDER), "schema": "hotline.order.v2"})
