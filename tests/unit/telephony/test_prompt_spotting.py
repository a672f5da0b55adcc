from asr.g711 import pcm_to_mulaw
from commands.call.sound import silence
from commands.call.spotter import UNKNOWN, Spotter
from config.settings import ROOT
from ivr.prompts import load_prompts

BOOK = load_prompts(ROOT / "config" / "prompts")
SPOTTER = Spotter(BOOK)


def sound(*names: str) -> bytes:
    return b"".join(pcm_to_mulaw(BOOK.audio(name)) for name in names)


def test_prompts_are_named_by_their_sound_in_their_order() -> None:
    assert SPOTTER.name(sound("notice", "ask_matter")) == BOOK.text("notice") + BOOK.text("ask_matter")


def test_each_digit_of_a_case_number_is_told_apart() -> None:
    digits = [f"digit_{digit}" for digit in "2611230420"]

    assert SPOTTER.name(sound(*digits)) == "二六幺幺二三零四二零"


def test_a_sentence_after_digits_begins_with_a_pause() -> None:
    assert SPOTTER.name(sound("digit_2", "digit_6", "goodbye")) == "二六，" + BOOK.text("goodbye")


def test_what_a_voice_has_made_is_a_gap() -> None:
    made = bytes([1, 2, 3, 4] * 2000)

    assert SPOTTER.name(sound("readback_matter") + made + sound("readback_question")) == (
        BOOK.text("readback_matter") + UNKNOWN + BOOK.text("readback_question")
    )


def test_nothing_is_made_up_for_unknown_sound_or_silence() -> None:
    assert SPOTTER.name(bytes([1, 2, 3, 4] * 8000)) == ""
    assert SPOTTER.name(silence(3000)) == ""
    assert SPOTTER.name(b"") == ""


def test_a_prompt_that_was_cut_off_is_not_named_as_whole() -> None:
    assert SPOTTER.name(sound("notice")[:8000]) == ""
