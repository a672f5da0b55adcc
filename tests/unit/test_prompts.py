import shutil
import struct
import wave
from pathlib import Path

import pytest

from commands.make_prompts import FOLDER, measure, write_wav
from config.errors import DataError
from ivr.actions import Fixed
from ivr.events import Reading
from ivr.prompts import RATE, load_prompts, load_texts
from ivr.state import Reason, opening
from ivr.wording import FAILURE, TRANSFERS, Prompt, closing, open_question, read_back, transfer


def copy_of_the_book(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "prompts"))


def test_every_prompt_has_its_words_and_its_audio() -> None:
    book = load_prompts(FOLDER)
    assert set(book.texts) == set(Prompt)
    assert book.missing == ()
    for prompt in Prompt:
        assert book.text(prompt)
        assert book.gloss(prompt).isascii()
        assert 0.1 < len(book.audio(prompt)) / 2 / RATE < 20


def test_no_stray_audio_lies_in_the_book() -> None:
    assert {path.stem for path in FOLDER.glob("*.wav")} == set(Prompt)


def test_prompts_speak_160_to_180_characters_a_minute() -> None:
    paces = measure()
    assert len(paces) > 20
    assert [pace for pace in paces if not 160 <= pace.per_minute <= 180] == []


def test_prompts_keep_a_level_that_a_telephone_carries() -> None:
    book = load_prompts(FOLDER)
    for prompt in set(Prompt) - {Prompt.PAUSE}:
        peak = max(abs(sample) for (sample,) in struct.iter_unpack("<h", book.audio(prompt)))
        assert 3000 < peak < 32000, prompt


def test_the_danger_sentence_is_the_prescribed_one() -> None:
    assert load_prompts(FOLDER).text(Prompt.DANGER) == "如有危险请立即拨打119或110。"


def test_nobody_is_addressed_without_respect() -> None:
    assert [prompt for prompt, words in load_texts(FOLDER / "prompts.toml").items() if "你" in words.text] == []


def test_what_is_synthesised_has_no_figures_to_be_read_as_numbers() -> None:
    texts = load_texts(FOLDER / "prompts.toml")
    assert [prompt for prompt, words in texts.items() if any(sign.isascii() and sign.isalnum() for sign in words.say)] == []


def test_a_missing_file_is_named_and_its_words_remain(tmp_path: Path) -> None:
    folder = copy_of_the_book(tmp_path)
    (folder / "goodbye.wav").unlink()
    book = load_prompts(folder)
    assert book.missing == ("goodbye.wav",)
    assert book.say(Prompt.GOODBYE)
    with pytest.raises(DataError, match=r"goodbye\.wav is missing"):
        book.audio(Prompt.GOODBYE)


def test_a_human_voice_replaces_one_file(tmp_path: Path) -> None:
    folder = copy_of_the_book(tmp_path)
    write_wav(folder / "goodbye.wav", b"\x01\x00" * RATE)
    assert load_prompts(folder).audio(Prompt.GOODBYE) == b"\x01\x00" * RATE


def test_a_file_of_another_format_is_refused_by_name(tmp_path: Path) -> None:
    folder = copy_of_the_book(tmp_path)
    with wave.open(str(folder / "goodbye.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44100)
        file.writeframes(bytes(400))
    with pytest.raises(DataError, match=r"goodbye\.wav: has 44100 Hz, 16 bit, 2 channels"):
        load_prompts(folder)


def test_a_file_that_is_no_audio_is_refused_by_name(tmp_path: Path) -> None:
    folder = copy_of_the_book(tmp_path)
    (folder / "goodbye.wav").write_bytes(b"RIFF")
    with pytest.raises(DataError, match=r"goodbye\.wav: is no readable wav"):
        load_prompts(folder)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[goodbye", "cannot be read"),
        ('[hello]\ntext = "a"\ngloss = "b"', "no prompt of this program: hello"),
        ('[goodbye]\ntext = "a"\ngloss = "b"', "missing: "),
    ],
)
def test_a_broken_book_says_what_is_wrong(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "prompts.toml").write_text(text, "utf-8")
    with pytest.raises(DataError, match=complaint):
        load_prompts(tmp_path)


@pytest.mark.parametrize(
    "fields", ['text = "a"', 'text = 1\ngloss = "b"', 'text = ""\ngloss = "b"', 'text = "a"\ngloss = "b"\nloud = true']
)
def test_a_prompt_with_wrong_fields_is_refused(tmp_path: Path, fields: str) -> None:
    whole = (FOLDER / "prompts.toml").read_text("utf-8")
    start = whole.index("[goodbye]")
    (tmp_path / "prompts.toml").write_text(
        whole[:start] + f"[goodbye]\n{fields}\n\n" + whole[whole.index("[danger]") :], "utf-8"
    )
    with pytest.raises(DataError, match="goodbye"):
        load_prompts(tmp_path)


def test_every_prompt_that_the_conversation_plays_is_in_the_book() -> None:
    played = [
        *open_question(recognises=True),
        *open_question(recognises=False),
        *read_back(Reading("暖气不热", "天通苑北一区", ""), ""),
        *closing(opening("260702000123", recognises=True)),
        *(piece for reason in Reason for piece in transfer(reason)),
        *transfer("voice_unavailable", medical=True),
    ]
    book = load_prompts(FOLDER)
    assert all(book.audio(piece.prompt_id) for piece in played if isinstance(piece, Fixed))


def test_each_reason_has_its_own_words_or_is_a_failure_of_ours() -> None:
    assert {reason for reason in Reason if reason not in TRANSFERS} == {
        Reason.CONFIRMED,
        Reason.RECORDED,
        Reason.HUNG_UP,
        Reason.NOBODY_CAME,
        Reason.RECOGNITION_FAILED,
        Reason.UNDERSTANDING_FAILED,
        Reason.FAILED,
    }
    assert transfer("anything") == tuple(Fixed(prompt) for prompt in FAILURE)
