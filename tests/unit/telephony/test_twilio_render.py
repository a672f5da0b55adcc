from dataclasses import replace
from pathlib import Path

from commands.call.twiml import Dial, Document, Hangup, Play, Record, Redirect, Say, Stream, read_twiml
from config.settings import ROOT
from ivr.prompts import load_prompts
from ivr.wording import Prompt
from webhooks.twilio.render import Addresses, Renderer

BASE = "https://hotline.example.cn"
BOOK = load_prompts(ROOT / "config" / "prompts")
RENDERER = Renderer(Addresses(BASE, "wss://hotline.example.cn"), BOOK)


def strictly(twiml: str) -> Document:
    """As a carrier reads it that refuses what Twilio refuses."""
    return read_twiml(twiml.encode(), f"{BASE}/webhooks/twilio/voice", allows_plain_ws=False)


def test_the_audio_is_connected_and_then_we_are_asked_again() -> None:
    verbs = strictly(RENDERER.converse("t.oken", 1)).verbs

    status = f"{BASE}/webhooks/twilio/stream"
    assert verbs == (
        Stream("wss://hotline.example.cn/media/twilio", "1", status, {"token": "t.oken"}),
        Redirect(f"{BASE}/webhooks/twilio/next"),
    )


def test_a_transfer_says_so_and_asks_how_it_went() -> None:
    verbs = strictly(RENDERER.transfer((Prompt.TRANSFER,), "+861012345678", 20)).verbs

    assert verbs == (
        Play(f"{BASE}/webhooks/twilio/prompts/transfer.wav"),
        Dial("+861012345678", 20, f"{BASE}/webhooks/twilio/next"),
    )


def test_a_message_is_asked_for_and_recorded_with_patience() -> None:
    said, recorder, thanks, end = strictly(RENDERER.take_message((Prompt.CALL_BACK,), (Prompt.GOODBYE,))).verbs

    assert said == Play(f"{BASE}/webhooks/twilio/prompts/call_back.wav")
    assert isinstance(recorder, Record)
    assert (recorder.silence_s, recorder.limit_s, recorder.finish) == (8, 300, "#")
    assert recorder.action == f"{BASE}/webhooks/twilio/next"
    assert recorder.status_url == f"{BASE}/webhooks/twilio/recording"
    assert (thanks, end) == (Play(f"{BASE}/webhooks/twilio/prompts/goodbye.wav"), Hangup())


def test_a_prompt_without_audio_is_said_by_the_carrier_in_mandarin() -> None:
    mute = Renderer(RENDERER.addresses, replace(BOOK, sounds={}))

    assert strictly(mute.hang_up((Prompt.GOODBYE,))).verbs == (Say(BOOK.say("goodbye"), "zh-CN"), Hangup())


def test_the_fallback_is_twiml_that_records_in_mandarin_and_needs_no_address_of_ours() -> None:
    path = Path(ROOT / "deploy" / "twilio" / "fallback.xml")

    verbs = read_twiml(path.read_bytes(), "", allows_plain_ws=False).verbs

    assert [type(verb) for verb in verbs] == [Say, Record, Say, Hangup]
    assert all(verb.language == "zh-CN" for verb in verbs if isinstance(verb, Say))
    assert "http" not in path.read_text("utf-8").split("<Response>")[1]
