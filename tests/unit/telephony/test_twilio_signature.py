import base64
import hashlib
import hmac

import pytest
from werkzeug.datastructures import MultiDict

from commands.call.exchange import sign
from config.settings import Settings
from webhooks.twilio.verify import is_signed, verify_upgrade

TOKEN = "12345"
PATH = "/webhooks/twilio/voice"


def settings(**values: object) -> Settings:
    given = {"public_url": "https://hotline.example.cn", "twilio": {"account_sid": "AC1", "auth_token": TOKEN}}
    return Settings.model_validate({**given, **values})


def signature(text: str) -> str:
    """HMAC-SHA1 over a text that was put together by hand."""
    return base64.b64encode(hmac.new(TOKEN.encode(), text.encode(), hashlib.sha1).digest()).decode()


def test_the_signature_is_over_the_public_address_and_the_sorted_form() -> None:
    form = MultiDict([("To", "12345"), ("CallSid", "CA1")])
    signed = signature("https://hotline.example.cn/webhooks/twilio/voiceCallSidCA1To12345")

    assert is_signed(settings(), PATH, form, signed)
    assert not is_signed(settings(public_url="https://elsewhere.example.cn"), PATH, form, signed)
    assert not is_signed(settings(), "/webhooks/twilio/next", form, signed)


def test_a_key_that_repeats_counts_with_each_of_its_values() -> None:
    form = MultiDict([("CallSid", "CA1"), ("Digits", "2"), ("Digits", "1")])

    assert is_signed(
        settings(), PATH, form, signature("https://hotline.example.cn/webhooks/twilio/voiceCallSidCA1Digits1Digits2")
    )
    assert not is_signed(settings(), PATH, form, signature("https://hotline.example.cn/webhooks/twilio/voiceCallSidCA1Digits2"))


def test_a_query_belongs_to_the_address() -> None:
    signed = signature("https://hotline.example.cn/webhooks/twilio/voice?a=1CallSidCA1")

    assert is_signed(settings(), PATH + "?a=1", MultiDict({"CallSid": "CA1"}), signed)
    assert not is_signed(settings(), PATH, MultiDict({"CallSid": "CA1"}), signed)


@pytest.mark.parametrize("given", ["", "x", "签名", "A" * 10_000])
def test_a_missing_or_made_up_signature_is_refused(given: str) -> None:
    assert not is_signed(settings(), PATH, MultiDict({"CallSid": "CA1"}), given)


def test_an_empty_token_signs_for_nobody() -> None:
    without = settings(twilio={"account_sid": "AC1", "auth_token": ""})
    forged = base64.b64encode(
        hmac.new(b"", b"https://hotline.example.cn/webhooks/twilio/voice", hashlib.sha1).digest()
    ).decode()

    assert not is_signed(without, PATH, MultiDict(), forged)


def test_the_simulated_carrier_signs_as_the_system_checks() -> None:
    form = {"CallSid": "CA1", "From": "+8613800138000", "Text": "暖气 不热"}

    assert is_signed(settings(), PATH, MultiDict(form), sign(TOKEN, "https://hotline.example.cn" + PATH, form))


def test_a_websockets_upgrade_is_refused_only_with_a_wrong_signature() -> None:
    verify = verify_upgrade(settings())
    right = signature("wss://hotline.example.cn/media/twilio")

    assert verify("/media/twilio", {"x-twilio-signature": right})
    assert verify("/media/twilio", {})
    assert not verify("/media/twilio", {"X-Twilio-Signature": "x"})
