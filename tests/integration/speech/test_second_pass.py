"""Two real engines in two real processes: one writes along, the other hears each finished utterance whole."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from asr.contract import Script, Transcript
from asr.events import Final, Revised
from asr.g711 import pcm_to_mulaw
from asr.pool import SpeechPool
from asr.ring import Piece
from asr.second_pass import LATE_MS, MOST_WAITING, SecondPass
from asr.stream import Passage
from config.errors import SettingsError
from tests.speech_parts import Ear, Mouth, sample_turn, silence, speech_settings
from tests.toy_kaldi import build_toy_model
from tests.toy_whisper import build_toy_whisper

SAID = (sample_turn("lift-stands-still", 3), silence(2), sample_turn("rubbish", 2), silence(2))


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toys")
    build_toy_model(folder / "vosk-model-toy")
    build_toy_whisper(folder / "faster-whisper-toy")
    return folder


@asynccontextmanager
async def two_passes(
    var: Path, toys: Path, second: str = "whisper"
) -> AsyncIterator[tuple[SpeechPool, SecondPass, Counter[str]]]:
    settings = speech_settings(var, "vosk", models=toys)
    settings = settings.model_copy(update={"asr": settings.asr.model_copy(update={"second_engine": second})})
    outcomes: Counter[str] = Counter()
    again = SecondPass(settings, outcomes)
    pool = SpeechPool(settings, again=again.hear_again)
    await asyncio.gather(again.start(), pool.start())
    try:
        yield pool, again, outcomes
    finally:
        await pool.stop()
        await again.stop()


def revisions(ear: Ear) -> list[Revised]:
    return [event for event in ear.events if isinstance(event, Revised)]


def test_each_finished_utterance_is_heard_again_by_the_other_engine(tmp_path: Path, toys: Path) -> None:
    async def run() -> None:
        async with two_passes(tmp_path, toys) as (pool, again, outcomes):
            assert (pool.engine, again.engine, again.recognises) == ("vosk", "whisper", True)
            ear = Ear()
            stream = pool.open("call", ear)
            await Mouth(stream.feed).say(*SAID)
            await stream.finish(60)
            stream.close()  # the last words are heard again all the same
            await ear.wait_for(lambda ear: len(revisions(ear)) == len([f for f in ear.finals if f.transcript.text]))
            assert not stream.is_revising
            assert [one.sequence for one in revisions(ear)] == [f.sequence for f in ear.finals if f.transcript.text]
            assert len(revisions(ear)) == 2
            assert {one.engine for one in revisions(ear)} == {"whisper"}
            assert {final.engine for final in ear.finals} == {"vosk"}
            for final, one in zip(ear.finals, revisions(ear), strict=True):
                assert ear.events.index(final) < ear.events.index(one)
                assert one.transcript.text
                assert all(final.start_ms - 400 <= word.start_ms <= final.end_ms + 1000 for word in one.transcript.words)
            assert outcomes == {"done": 2}

    asyncio.run(run())


def test_a_sample_that_brings_its_words_is_not_heard_again(tmp_path: Path, toys: Path) -> None:
    async def run() -> None:
        async with two_passes(tmp_path, toys) as (pool, _, outcomes):
            ear = Ear()
            stream = pool.open("call", ear, script=Script(("家里暖气不热",)))
            await Mouth(stream.feed).say(*SAID[:2])
            await stream.finish(60)
            assert [final.transcript.text for final in ear.finals] == ["家里暖气不热"]
            assert (revisions(ear), outcomes) == ([], {})

    asyncio.run(run())


def a_passage() -> Passage:
    sound = pcm_to_mulaw(SAID[0])
    length_ms = len(sound) // 8
    final = Final(1, Transcript("x", "x"), 300, length_ms - 300, "vosk")
    return Passage("call", final, [Piece(sound, 0, length_ms)], "mulaw", 0)


def test_where_the_machine_is_behind_or_the_queue_is_full_the_first_text_stands(tmp_path: Path, toys: Path) -> None:
    async def run() -> None:
        async with two_passes(tmp_path, toys) as (_, again, outcomes):
            passage = a_passage()
            answers: list[Revised | None] = []
            assert not again.hear_again(replace(passage, lag_ms=LATE_MS + 1), answers.append)
            taken = [again.hear_again(passage, answers.append) for _ in range(MOST_WAITING + 2)]
            assert taken == [True] * MOST_WAITING + [False] * 2
            os.kill(again.worker_pids[0], signal.SIGKILL)  # its worker's death costs no answer
            async with asyncio.timeout(60):
                while len(answers) < MOST_WAITING:
                    await asyncio.sleep(0.02)
            assert len({answer.transcript.text for answer in answers if answer}) == 1
            assert outcomes == {"behind": 1, "full": 2, "done": MOST_WAITING}

    asyncio.run(run())


def test_a_second_engine_that_is_not_installed_costs_no_call(tmp_path: Path, toys: Path) -> None:
    async def run() -> None:
        async with two_passes(tmp_path, toys, "sherpa-offline") as (pool, again, outcomes):
            assert not again.recognises
            ear = Ear()
            stream = pool.open("call", ear)
            await Mouth(stream.feed).say(*SAID[:2])
            await stream.finish(60)
            assert any(isinstance(event, Final) for event in ear.events)
            assert (revisions(ear), outcomes) == ([], {})

    asyncio.run(run())


def test_an_unknown_second_engine_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    settings = speech_settings(tmp_path, "none")
    wrong = settings.model_copy(update={"asr": settings.asr.model_copy(update={"second_engine": "wisper"})})
    with pytest.raises(SettingsError, match="whisper"):
        SecondPass(wrong, Counter())
