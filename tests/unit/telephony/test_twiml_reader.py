import pytest

from commands.call.twiml import Gather, Hangup, Record, Redirect, Say, TwimlRefused, read_twiml

HERE = "https://hotline.example.cn/webhooks/twilio/voice"


def read(body: str, *, allows_plain_ws: bool = False):  # type: ignore[no-untyped-def]
    return read_twiml(f"<Response>{body}</Response>".encode(), HERE, allows_plain_ws=allows_plain_ws).verbs


def stream(url: str) -> str:
    return f'<Connect><Stream url="{url}"/></Connect>'


def test_addresses_are_made_whole_by_the_documents_own() -> None:
    assert read("<Redirect>next</Redirect>") == (Redirect("https://hotline.example.cn/webhooks/twilio/next"),)
    assert read("<Redirect>/a</Redirect>") == (Redirect("https://hotline.example.cn/a"),)


@pytest.mark.parametrize(
    "url",
    [
        "wss://host/media?call=1",
        "wss://host/media?",
        "ws://host/media",
        "ws://127.0.0.1:8001/media",
        "https://host/media",
        "wss:///media",
        "",
    ],
)
def test_a_stream_that_twilio_would_refuse_is_refused(url: str) -> None:
    with pytest.raises(TwimlRefused, match="stream's address"):
        read(stream(url))


def test_plain_ws_is_for_loopback_alone_and_only_where_the_system_is_local() -> None:
    assert read(stream("ws://127.0.0.1:8001/media/twilio"), allows_plain_ws=True)
    with pytest.raises(TwimlRefused):
        read(stream("ws://192.168.0.7:8001/media/twilio"), allows_plain_ws=True)


def test_a_parameter_is_shorter_than_five_hundred_characters() -> None:
    for size, is_fine in ((494, True), (495, False)):
        body = f'<Connect><Stream url="wss://h/m"><Parameter name="token" value="{"x" * size}"/></Stream></Connect>'
        if is_fine:
            assert read(body)
        else:
            with pytest.raises(TwimlRefused, match="500"):
                read(body)


@pytest.mark.parametrize(
    "body",
    [
        "<Nonsense/>",
        "<Say></Say>",
        "<Dial></Dial>",
        "<Dial><Number>1</Number><Number>2</Number></Dial>",
        "<Record maxLength='long'/>",
        "<Redirect>ftp://host/x</Redirect>",
        '<Redirect method="GET">/x</Redirect>',
        "<Connect/>",
        "<Gather><Dial>1</Dial></Gather>",
        "<Say>",
    ],
)
def test_what_is_no_twiml_is_refused(body: str) -> None:
    with pytest.raises(TwimlRefused):
        read(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe\x00",
        b"<html></html>",
        b"<Response>" + b" " * 65536 + b"</Response>",
        b'<!DOCTYPE x [<!ENTITY a "aaa">]><Response/>',
    ],
)
def test_a_body_that_is_no_response_is_refused(body: bytes) -> None:
    with pytest.raises(TwimlRefused):
        read_twiml(body, HERE, allows_plain_ws=False)


def test_a_recorder_without_an_action_asks_its_own_document_again() -> None:
    (recorder,) = read("<Record/>")

    assert recorder == Record("", 3600, 5, "1234567890*#", True, "")


def test_a_gather_speaks_and_waits_for_keys() -> None:
    (gather,) = read('<Gather numDigits="1" action="/keys"><Say language="zh-CN">请按键</Say></Gather>')

    assert gather == Gather((Say("请按键", "zh-CN"),), "https://hotline.example.cn/keys", 1, 5, "#")


def test_an_empty_response_is_one() -> None:
    assert read("") == ()
    assert read("<Hangup/>") == (Hangup(),)
