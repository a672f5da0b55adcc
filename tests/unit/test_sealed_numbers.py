import pytest
from cryptography.fernet import Fernet

from models.sealed import SealBroken, Sealer, normalise_number

MOBILE = "+8613800138000"
BEIJING = "+861062345678"


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("13800138000", MOBILE),
        ("+8613800138000", MOBILE),
        ("+86 138-0013-8000", MOBILE),
        ("008613800138000", MOBILE),
        ("8613800138000", MOBILE),
        ("013800138000", MOBILE),
        ("+86013800138000", MOBILE),
        ("01062345678", BEIJING),
        ("010-62345678", BEIJING),
        ("+86 10 6234 5678", BEIJING),
        ("+8601062345678", BEIJING),
        ("62345678", BEIJING),
        ("02112345678", "+862112345678"),
        ("+85212345678", "+85212345678"),
        ("0085212345678", "+85212345678"),
        ("+12025550123", "+12025550123"),
        ("12345", "12345"),
        ("10086", "10086"),
        ("anonymous", None),
        ("", None),
        (None, None),
        ("+", None),
    ],
)
def test_one_number_has_one_form(given: str | None, normal: str | None) -> None:
    assert normalise_number(given) == normal


def test_the_normal_form_is_its_own_normal_form() -> None:
    for number in (MOBILE, BEIJING, "+85212345678", "12345"):
        assert normalise_number(number) == number


def test_a_sealed_number_opens_and_does_not_show() -> None:
    sealer = Sealer([Fernet.generate_key().decode()], "secret")
    sealed = sealer.seal(MOBILE)
    assert sealer.unseal(sealed) == MOBILE
    assert b"13800138000" not in sealed
    assert sealer.seal(MOBILE) != sealed


def test_an_older_key_still_opens_and_the_newest_seals() -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    both = Sealer([new, old], "secret")
    assert both.unseal(Sealer([old], "secret").seal(MOBILE)) == MOBILE
    assert Sealer([new], "secret").unseal(both.seal(MOBILE)) == MOBILE


def test_a_lost_key_is_named_as_the_reason() -> None:
    sealed = Sealer([Fernet.generate_key().decode()], "secret").seal(MOBILE)
    with pytest.raises(SealBroken, match="HOTLINE_DATA_KEYS"):
        Sealer([Fernet.generate_key().decode()], "secret").unseal(sealed)


def test_the_trace_finds_the_same_number_and_needs_the_secret() -> None:
    key = Fernet.generate_key().decode()
    one, same, other = Sealer([key], "secret"), Sealer([Fernet.generate_key().decode()], "secret"), Sealer([key], "guess")
    assert one.trace(MOBILE) == same.trace(MOBILE) != other.trace(MOBILE)
    assert one.trace(MOBILE) != one.trace(BEIJING)


def test_without_keys_nothing_is_sealed() -> None:
    with pytest.raises(SealBroken):
        Sealer([], "secret")
    with pytest.raises(SealBroken):
        Sealer([Fernet.generate_key().decode()], "")
