"""A caller and a human talk over a real Asterisk: each side is heard by itself, and nothing that listens can hurt them."""

import asyncio
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from rapidfuzz.fuzz import ratio
from sqlalchemy import select

from asr.contract import EnginePlan
from asr.g711 import alaw_to_pcm, mulaw_to_alaw, pcm_to_mulaw
from asr.registry import make_engine
from commands.call.sip.sipp import Clip
from intake.accounts import Role, add_account
from intake.seats import ready, sit_down, stand_up
from models.call import CallState
from models.case import CaseState
from models.utterance import Utterance
from tests.integration.sip.hotline import Hotline, likeness, open_hotline, pcm
from tests.integration.sip.human import LISTENS_MS, talking_human
from tests.integration.sip.operators import telephone
from tests.speech_parts import real_model_folder, sentences

SEAT = "seat1001"
HEARD, UNHEARD = "13800000101", "13800000102"
NEEDED = pytest.mark.timeout(240)


def text_of(sound: bytes) -> str:
    """What the same engine makes of it without any telephone."""
    engine = make_engine(EnginePlan("pocketsphinx", real_model_folder() / "pocketsphinx-zh-8k"))
    session = engine.open(None)
    session.feed(sound)
    return session.finish().text


@pytest.fixture(scope="module")
def said() -> tuple[bytes, bytes]:
    """A resident's sentence and a human's, 16-bit PCM at 8 kHz."""
    real_model_folder()  # Skips where neither the model nor the sentences are there.
    first, second = sorted(sentences(12), key=len)[-2:]
    return first, second


@pytest.fixture(scope="module")
def day(said: tuple[bytes, bytes]) -> Iterator[Hotline]:
    models = str(real_model_folder())
    with (
        open_hotline(ASR__ENGINE="pocketsphinx", ASR__MODELS=models) as hotline,
        talking_human(hotline.settings, pcm_to_mulaw(said[1])),
    ):
        asyncio.run(_play(hotline, *said))
        yield hotline


async def _play(hotline: Hotline, sentence: bytes, answer: bytes) -> None:
    await _talk(hotline, sentence, answer)
    await _talk_on_without_media(hotline, sentence)
    for number in (HEARD, UNHEARD):
        await hotline.until("recordings of both sides", lambda number=number: len(hotline.announced(number)) >= 2)  # type: ignore[misc]


async def _talk(hotline: Hotline, sentence: bytes, answer: bytes) -> None:
    """With an operator, whose telephone is registered at a seat."""
    wang = add_account(hotline.office, "wang", "a long password", Role.OPERATOR).actor
    sit_down(hotline.office, SEAT, wang)
    async with telephone(hotline, SEAT, _track(hotline.settings.var / "answer.wav", answer)):
        ready(hotline.office, wang)
        await _talk_with_the_operator(hotline, sentence)
    await hotline.until_step(HEARD, CallState.ENDED)
    stand_up(hotline.office, wang)


async def _talk_with_the_operator(hotline: Hotline, sentence: bytes) -> None:
    async with hotline.ring(HEARD, Clip(keys="0"), Clip(pcm_to_mulaw(sentence)), longest_s=90) as call:
        await hotline.until_talking(HEARD)
        await asyncio.sleep(0.5)
        call.play(0)
        await hotline.until("a talk", lambda: sides(hotline) == 2)
        call.play(1)
        await hotline.until(
            "words of both sides", lambda: {row.channel for row in words(hotline, HEARD)} == {"caller", "human"}
        )
        await hotline.until("a form that fills", lambda: hotline.case(HEARD).narrative)
        assert not call.over.done()


async def _talk_on_without_media(hotline: Hotline, sentence: bytes) -> None:
    """With the human on the trunk: the operator has left."""
    async with hotline.ring(UNHEARD, Clip(keys="0"), Clip(pcm_to_mulaw(sentence)), longest_s=90) as call:
        await hotline.until_talking(UNHEARD)
        await asyncio.sleep(0.5)
        call.play(0)
        await hotline.until("a talk", lambda: sides(hotline) == 4)
        hotline.kill_media()
        call.play(1)
        await asyncio.sleep(LISTENS_MS / 1000 + len(sentence) / 16000 + 1)
        assert not call.over.done()


def sides(hotline: Hotline) -> int:
    """Sides of talks that the media process has listened to so far."""
    return hotline.figure("talk_sides_total")


def words(hotline: Hotline, number: str) -> list[Utterance]:
    view = hotline.view(number)
    assert view is not None
    with hotline.office.database.reading() as session:
        return list(session.scalars(select(Utterance).where(Utterance.call_id == view.id).order_by(Utterance.created_at)))


@NEEDED
def test_each_side_of_a_talk_is_heard_as_a_channel_of_its_own(day: Hotline, said: tuple[bytes, bytes]) -> None:
    expected = dict(zip(("caller", "human"), map(text_of, said), strict=True))
    for channel, own in expected.items():
        heard = "".join(row.raw for row in words(day, HEARD) if row.channel == channel)
        other = next(text for name, text in expected.items() if name != channel)
        assert ratio(heard, own) > 60 > ratio(heard, other)


def test_the_form_fills_with_the_callers_words_alone(day: Hotline) -> None:
    case = day.case(HEARD)
    assert case.narrative == "\n".join(row.text for row in words(day, HEARD) if row.channel == "caller")
    assert (case.state, case.owner_id is not None) == (CaseState.PROPOSED, True)


def test_what_was_said_to_the_human_has_its_time_in_the_call(day: Hotline) -> None:
    rows = [row for row in words(day, HEARD) if row.channel == "caller"]
    assert all(row.words[0]["start_ms"] >= row.start_ms - 500 for row in rows)
    assert rows[0].start_ms > 1000


def test_a_media_process_that_dies_in_a_talk_is_not_noticed_by_the_two(day: Hotline, said: tuple[bytes, bytes]) -> None:
    heard = day.recordings(UNHEARD)
    for name, sound in zip(("exchange caller", "exchange human"), said, strict=True):
        sent = pcm(alaw_to_pcm(mulaw_to_alaw(pcm_to_mulaw(sound))))
        assert likeness(pcm(_recorded(heard[name])), sent) > 0.99
    assert day.case(UNHEARD).state is CaseState.PROPOSED


def _track(path: Path, sentence: bytes) -> Path:
    """Some seconds of silence, the sentence, and silence again: baresip hangs up where its file ends."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(LISTENS_MS * 16) + sentence + bytes(16 * 60_000))
    return path


def _recorded(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        return bytes(file.readframes(file.getnframes()))
