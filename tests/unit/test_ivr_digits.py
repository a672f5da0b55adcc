import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.digits import digit_groups, spoken_digits


@pytest.mark.parametrize(
    ("number", "groups", "spoken"),
    [
        ("260702000123", ("2607", "0200", "0123"), "二六零七，零二零零，零幺二三"),
        ("13800138000", ("138", "0013", "8000"), "幺三八，零零幺三，八零零零"),
        ("12345", ("12", "345"), "幺二，三四五"),
        ("119", ("119",), "幺幺九"),
        ("7", ("7",), "七"),
        ("", (), ""),
        ("26-07 02", ("26", "0702"), "二六，零七零二"),
    ],
)
def test_numbers_are_said_digit_by_digit_in_groups(number: str, groups: tuple[str, ...], spoken: str) -> None:
    assert digit_groups(number) == groups
    assert spoken_digits(number) == spoken


@given(st.text(alphabet="0123456789", min_size=2, max_size=40))
@settings(deadline=None)
def test_no_digit_is_lost_and_none_stands_alone(number: str) -> None:
    groups = digit_groups(number)
    assert "".join(groups) == number
    assert all(2 <= len(group) <= 4 for group in groups)


@given(st.text(max_size=40))
@settings(deadline=None)
def test_what_is_no_digit_is_not_said(number: str) -> None:
    assert "".join(digit_groups(number)) == "".join(sign for sign in number if sign in "0123456789")
