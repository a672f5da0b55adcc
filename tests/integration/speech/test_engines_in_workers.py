"""The pool with engines that decode callers together, and with those that hear whole utterances: nobody waits for another."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from asr.events import SpeechLost
from asr.pool import SpeechPool
from asr.slot import Rules
from tests.speech_parts import Ear, Mouth, heard_at, sample_turn, silence, speech_settings
from tests.toy_onnx import build_toy_sense_voice, build_toy_zipformer
from tests.toy_whisper import build_toy_whisper

SAID = (sample_turn("lift-stands-still", 3), silence(2), sample_turn("rubbish", 2), silence(2))


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toys")
    build_toy_zipformer(folder / "sherpa-onnx-streaming-zipformer-toy")
    build_toy_sense_voice(folder / "sherpa-onnx-sense-voice-toy")
    build_toy_whisper(folder / "faster-whisper-toy")
    return folder


@asynccontextmanager
async def pool_of(var: Path, engine: str, toys: Path) -> AsyncIterator[SpeechPool]:
    pool = SpeechPool(speech_settings(var, engine, models=toys), rules=Rules(hang_s=3.0, tick_s=0.1))
    await pool.start()
    try:
        yield pool
    finally:
        await pool.stop()


async def call(pool: SpeechPool, number: int) -> Ear:
    ear = Ear()
    stream = pool.open(f"call {number}", ear)
    await asyncio.sleep(number * 0.03)
    await Mouth(stream.feed, pause_s=0.01).say(*SAID)
    await stream.finish(60)
    stream.close()
    return ear


@pytest.mark.parametrize("engine", ["sherpa", "sherpa-offline", "whisper"])
def test_callers_who_speak_at_once_are_each_heard_whole(tmp_path: Path, toys: Path, engine: str) -> None:
    async def run() -> None:
        async with pool_of(tmp_path, engine, toys) as pool:
            assert (pool.engine, pool.recognises) == (engine, True)
            ears = await asyncio.gather(*(call(pool, number) for number in range(4)))
        expected = heard_at(*SAID)
        texts = [[final.transcript.raw for final in ear.finals] for ear in ears]
        assert all(texts[0])
        assert texts == [texts[0]] * 4
        for ear in ears:
            assert [final.sequence for final in ear.finals] == [1, 2]
            assert bool(ear.partials) is (engine == "sherpa")
            assert not any(isinstance(event, SpeechLost) for event in ear.events)
            for final, (start_ms, end_ms) in zip(ear.finals, expected, strict=True):
                assert (final.start_ms, final.end_ms) == (start_ms, end_ms)
                assert all(start_ms - 400 <= word.start_ms <= word.end_ms <= end_ms + 400 for word in final.transcript.words)

    asyncio.run(run())


@pytest.mark.parametrize("engine", ["sherpa", "sherpa-offline"])
def test_the_last_words_before_hanging_up_are_waited_for(tmp_path: Path, toys: Path, engine: str) -> None:
    async def run() -> None:
        async with pool_of(tmp_path, engine, toys) as pool:
            ear = Ear()
            stream = pool.open("call", ear)
            await Mouth(stream.feed).say(SAID[0], silence(2), SAID[2][:24_000])
            await stream.finish(30)
            assert len(ear.finals) == 2
            assert all(final.transcript.raw for final in ear.finals)
            assert stream.lag_ms == 0

    asyncio.run(run())


def test_ten_callers_who_are_decoded_together_survive_the_death_of_their_worker(tmp_path: Path, toys: Path) -> None:
    async def run() -> None:
        async with pool_of(tmp_path, "sherpa", toys) as pool:
            calls = asyncio.gather(*(call(pool, number) for number in range(10)))
            for _ in range(2):
                await asyncio.sleep(0.6)
                while not pool.worker_pids:
                    await asyncio.sleep(0.02)
                os.kill(pool.worker_pids[0], signal.SIGKILL)
            ears = await calls
        for ear in ears:
            assert [final.sequence for final in ear.finals] == [1, 2]
            assert all(final.transcript.raw for final in ear.finals)
            assert not any(isinstance(event, SpeechLost) for event in ear.events)

    asyncio.run(run())


def test_a_second_engine_takes_over_what_the_first_cannot_load(tmp_path: Path, toys: Path) -> None:
    async def run() -> None:
        async with pool_of(tmp_path, "fallback:whisper:faster-whisper-broken,sherpa", toys) as pool:
            ear = await call(pool, 0)
            assert (pool.engine, pool.recognises) == ("fallback", True)
            assert [bool(final.transcript.raw) for final in ear.finals] == [True, True]
            assert ear.partials

    (toys / "faster-whisper-broken").mkdir(exist_ok=True)
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.json"):
        (toys / "faster-whisper-broken" / name).write_bytes(b"damaged")
    asyncio.run(run())
    shutil.rmtree(toys / "faster-whisper-broken")
