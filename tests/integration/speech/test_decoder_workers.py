"""The pool with real worker processes, voice activity and native decoders; what kills them, and what callers notice of it."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from asr.contract import Script
from asr.events import SpeechEnded, SpeechLost, SpeechStarted
from asr.pool import PoolFull, SpeechPool
from asr.slot import Rules
from asr.written import readable
from config.settings import ROOT
from tests.speech_parts import (
    NEEDS_SHARED,
    Ear,
    Mouth,
    clicks,
    heard_at,
    melody,
    noise,
    real_model_folder,
    sample_turn,
    sentences,
    silence,
    speech_settings,
)
from tests.toy_kaldi import build_toy_model

SCRIPT = Script(("家里暖气不热", "天通苑北一区三号楼", "对"))
QUICK = Rules(hang_s=3.0, tick_s=0.1)


@asynccontextmanager
async def pool_of(
    var: Path, engine: str, *, models: Path | None = None, rules: Rules = QUICK, workers: int = 1, streams: int = 60
) -> AsyncIterator[SpeechPool]:
    pool = SpeechPool(speech_settings(var, engine, models=models, workers=workers, streams=streams), rules=rules)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.stop()


@pytest.fixture
def toys(tmp_path: Path) -> Path:
    build_toy_model(tmp_path / "toys" / "vosk-model-toy")
    return tmp_path / "toys"


async def kill(pool: SpeechPool, with_signal: signal.Signals = signal.SIGKILL) -> int:
    await until(lambda: bool(pool.worker_pids))
    pid = pool.worker_pids[0]
    os.kill(pid, with_signal)
    return pid


async def until(happened: Callable[[], bool], limit_s: float = 60.0) -> None:
    async with asyncio.timeout(limit_s):
        while not happened():
            await asyncio.sleep(0.02)


def growing(turn: str) -> set[str]:
    """What may be shown while it is said."""
    return {readable(turn[:length]) for length in range(len(turn) + 1)}


def check_order(ear: Ear, first: int = 1) -> None:
    """No gap, no double, nothing before it began: what every listener may rely on."""
    assert [final.sequence for final in ear.finals] == list(range(first, first + len(ear.finals)))
    assert all(before.end_ms <= after.start_ms for before, after in pairwise(ear.finals))
    for final in ear.finals:
        assert final.start_ms < final.end_ms
        assert all(
            final.start_ms - 400 <= word.start_ms <= word.end_ms <= final.end_ms + 400 for word in final.transcript.words
        )
    assert len(ear.started) == len(ear.finals)


def test_a_sample_call_is_heard_turn_by_turn(tmp_path: Path) -> None:
    async def run() -> None:
        async with pool_of(tmp_path, "none") as pool:
            ear = Ear()
            stream = pool.open("call", ear, script=SCRIPT)
            assert (pool.engine, pool.recognises, stream.engine, stream.recognises) == ("none", False, "scripted", True)
            mouth = Mouth(stream.feed)
            for turn, expects in ((1, "matter"), (2, "place"), (3, "yes_no")):
                stream.expect(expects)
                await mouth.say(sample_turn("no-heating", turn), silence(2))
            await ear.wait_for(lambda ear: len(ear.finals) == 3)
            await stream.finish()
            stream.close()
            assert [final.transcript.raw for final in ear.finals] == list(SCRIPT.turns)
            assert ear.finals[1].transcript.text == "天通苑北一区3号楼"
            assert isinstance(ear.events[0], SpeechStarted)
            assert all(partial.text in growing(SCRIPT.turns[partial.sequence - 1]) for partial in ear.partials)
            check_order(ear)

    asyncio.run(run())


def test_without_an_engine_voices_are_still_noticed(tmp_path: Path) -> None:
    async def run() -> None:
        async with pool_of(tmp_path, "auto") as pool:
            ear = Ear()
            stream = pool.open("call", ear)
            assert (stream.engine, stream.recognises) == ("none", False)
            assert "flask models pull" in pool.why_silent
            await Mouth(stream.feed).say(sample_turn("rubbish", 1), silence(2))
            await stream.finish()
            assert [(final.transcript.text, final.transcript.words) for final in ear.finals] == [("", ())]
            assert ear.partials == []

    asyncio.run(run())


def test_a_script_is_played_only_where_samples_are_allowed(tmp_path: Path) -> None:
    async def run() -> None:
        settings = speech_settings(tmp_path, "none").model_copy(update={"samples": False})
        pool = SpeechPool(settings)
        await pool.start()
        ear = Ear()
        stream = pool.open("call", ear, script=SCRIPT)
        await Mouth(stream.feed).say(sample_turn("rubbish", 2), silence(2))
        await stream.finish()
        await pool.stop()
        assert stream.engine == "none"
        assert [final.transcript.text for final in ear.finals] == [""]

    asyncio.run(run())


SOUNDS = {
    "silence": silence(6),
    "line noise": noise(6, 60),
    "loud noise": noise(6, 4000),
    "hold music": melody(12),
    "clicks": clicks(6),
    "key tone": b"".join(silence(0.2) + melody(0.1) for _ in range(10)),
}


@pytest.mark.parametrize("engine", ["scripted", "vosk"])
def test_what_is_no_voice_brings_no_text_and_stops_no_prompt(tmp_path: Path, toys: Path, engine: str) -> None:
    async def listen(pool: SpeechPool, sound: bytes) -> Ear:
        ear = Ear()
        stream = pool.open("call", ear, script=SCRIPT if engine == "scripted" else None)
        await Mouth(stream.feed).say(sound, silence(2))
        await stream.finish(60)
        assert stream.lost_ms == 0
        stream.close()
        return ear

    async def run() -> None:
        async with pool_of(tmp_path, engine, models=toys) as pool:
            ears = await asyncio.gather(*(listen(pool, sound) for sound in SOUNDS.values()))
            assert {name: ear.events for name, ear in zip(SOUNDS, ears, strict=True)} == {name: [] for name in SOUNDS}

    asyncio.run(run())


@NEEDS_SHARED
def test_real_voices_over_the_telephone_are_heard_by_a_real_engine(tmp_path: Path) -> None:
    async def run() -> None:
        async with pool_of(tmp_path, "pocketsphinx", models=real_model_folder()) as pool:
            ear = Ear()
            stream = pool.open("call", ear)
            mouth = Mouth(stream.feed)
            for sentence in sentences(3):
                await mouth.say(sentence, silence(2))
            await stream.finish(30)
            check_order(ear)
            assert len(ear.finals) >= 3
            assert sum(len(final.transcript.words) for final in ear.finals) >= 15
            assert all(" " not in final.transcript.text for final in ear.finals)

    asyncio.run(run())


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("engine", ["scripted", "vosk", "pocketsphinx"])
def test_a_worker_that_dies_or_hangs_in_mid_call_costs_nothing(
    tmp_path: Path, toys: Path, engine: str, how: signal.Signals
) -> None:
    models = real_model_folder() if engine == "pocketsphinx" else toys
    said = sample_turn("no-heating", 2)
    parts = [said[:16_000], said[16_000:], silence(2), sample_turn("lift-stands-still", 2), silence(1), silence(1)]

    async def run() -> None:
        async with pool_of(tmp_path, engine, models=models) as pool:
            ear = Ear()
            stream = pool.open("call", ear, script=SCRIPT if engine == "scripted" else None)
            mouth = Mouth(stream.feed)
            await mouth.say(parts[0])
            await ear.wait_for(lambda ear: bool(ear.started))
            dead = await kill(pool, how)
            await mouth.say(*parts[1:4])
            await until(lambda: pool.worker_pids not in ((), (dead,)))
            await mouth.say(parts[4])
            if how is signal.SIGKILL:
                await kill(pool)
            await mouth.say(parts[5])
            await stream.finish(60)
            check_order(ear)
            assert not any(isinstance(event, SpeechLost) for event in ear.events)
            assert stream.lost_ms == 0
            assert len(ear.finals) == 2
            for got, (start_ms, end_ms) in zip(ear.finals, heard_at(*parts), strict=True):
                assert abs(got.start_ms - start_ms) <= 100
                assert abs(got.end_ms - end_ms) <= 100
            if engine == "scripted":
                assert [final.transcript.raw for final in ear.finals] == list(SCRIPT.turns[:2])

    asyncio.run(run())


def test_twenty_calls_survive_the_death_of_their_worker(tmp_path: Path, toys: Path) -> None:
    async def call(pool: SpeechPool, ear: Ear, number: int) -> None:
        stream = pool.open(f"call {number}", ear)
        mouth = Mouth(stream.feed, pause_s=0.02)
        await asyncio.sleep(number * 0.05)
        await mouth.say(sample_turn("lift-stands-still", 3), silence(2), sample_turn("rubbish", 2), silence(2))
        await stream.finish(60)
        stream.close()

    async def run() -> None:
        async with pool_of(tmp_path, "vosk", models=toys, workers=2) as pool:
            await until(lambda: len(pool.worker_pids) == 2)
            ears = [Ear() for _ in range(20)]
            calls = asyncio.gather(*(call(pool, ear, number) for number, ear in enumerate(ears)))
            for _ in range(3):
                await asyncio.sleep(0.7)
                await kill(pool)
            await calls
            for ear in ears:
                check_order(ear)
                assert len(ear.finals) == 2
            assert pool.open_streams == 0

    asyncio.run(run())


def test_a_key_that_is_held_makes_a_hole_but_no_error(tmp_path: Path) -> None:
    async def run() -> None:
        async with pool_of(tmp_path, "none") as pool:
            ear = Ear()
            stream = pool.open("call", ear)
            mouth = Mouth(stream.feed)
            await mouth.say(sample_turn("rubbish", 2))
            mouth.hold(7000)
            held_until = mouth.at_ms
            await mouth.say(sample_turn("rubbish", 2), silence(2))
            await stream.finish()
            check_order(ear)
            first, second = ear.finals
            assert first.end_ms < held_until - 7000 + 100
            assert held_until < second.start_ms < held_until + 1000

    asyncio.run(run())


def test_on_a_line_that_sends_nothing_in_pauses_an_utterance_ends_all_the_same(tmp_path: Path) -> None:
    async def run() -> None:
        async with pool_of(tmp_path, "scripted") as pool:
            ear = Ear()
            stream = pool.open("call", ear, script=SCRIPT)
            mouth = Mouth(stream.feed)
            await mouth.say(sample_turn("rubbish", 2))
            await ear.wait_for(lambda ear: bool(ear.started))
            stream.be_quiet(mouth.at_ms + 1000)
            stream.be_quiet(mouth.at_ms + 2500)
            await ear.wait_for(lambda ear: len(ear.finals) == 1)
            assert ear.finals[0].end_ms <= mouth.at_ms
            stream.be_quiet(mouth.at_ms + 4000)
            mouth.hold(5000)
            await mouth.say(sample_turn("rubbish", 2))
            stream.be_quiet(mouth.at_ms + 2500)
            await kill(pool)
            await ear.wait_for(lambda ear: len(ear.finals) == 2)
            check_order(ear)

    asyncio.run(run())


def test_quiet_alone_is_no_utterance(tmp_path: Path) -> None:
    async def run() -> None:
        async with pool_of(tmp_path, "scripted") as pool:
            ear = Ear()
            stream = pool.open("call", ear, script=SCRIPT)
            stream.be_quiet(3000)
            await Mouth(stream.feed).say(silence(1))
            stream.be_quiet(9000)
            await stream.finish()
            assert ear.events == []

    asyncio.run(run())


def test_what_comes_late_after_a_quiet_line_is_heard(tmp_path: Path) -> None:
    """The network stood still: we thought that nobody spoke, then all of it comes."""

    async def run() -> None:
        async with pool_of(tmp_path, "scripted") as pool:
            ear = Ear()
            stream = pool.open("call", ear, script=SCRIPT)
            mouth = Mouth(stream.feed)
            await mouth.say(sample_turn("rubbish", 2))
            stream.be_quiet(mouth.at_ms + 3000)
            await ear.wait_for(lambda ear: len(ear.finals) == 1)
            await mouth.say(silence(0.5), sample_turn("lift-stands-still", 2), silence(2))
            await stream.finish()
            check_order(ear)
            assert len(ear.finals) == 2

    asyncio.run(run())


def test_hanging_up_in_mid_word_keeps_what_was_said(tmp_path: Path) -> None:
    async def run() -> None:
        async with pool_of(tmp_path, "scripted") as pool:
            ear = Ear()
            stream = pool.open("call", ear, script=SCRIPT)
            await Mouth(stream.feed).say(sample_turn("rubbish", 1)[: 2 * 8000 * 3])
            await stream.finish()
            assert [final.transcript.text for final in ear.finals] == ["家里暖气不热"]
            await stream.finish()
            stream.close()
            stream.close()
            stream.feed(b"\xff" * 160, 0)
            assert pool.open_streams == 0

    asyncio.run(run())


def test_who_talks_without_a_breath_is_cut_at_twenty_seconds_and_goes_on(tmp_path: Path, toys: Path) -> None:
    async def run() -> None:
        async with pool_of(tmp_path, "vosk", models=toys) as pool:
            ear = Ear()
            stream = pool.open("call", ear)
            voiced = sample_turn("no-heating", 1)[2 * 8000 * 8 // 10 : 2 * 8000 * 2]
            await Mouth(stream.feed).say(*[voiced] * 25, silence(3))
            await stream.finish(60)
            check_order(ear)
            first, *_, last = ear.finals
            assert first.cut
            assert 14_900 <= first.end_ms - first.start_ms <= 20_000
            assert not last.cut or isinstance(ear.events[-1], SpeechEnded)

    asyncio.run(run())


def test_the_next_caller_beyond_the_cap_is_refused_at_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with pool_of(tmp_path, "none", streams=2) as pool:
            one, _ = pool.open("one", Ear()), pool.open("two", Ear())
            assert (pool.open_streams, pool.capacity) == (2, 2)
            with pytest.raises(PoolFull, match="HOTLINE_ASR__STREAMS"):
                pool.open("three", Ear())
            one.close()
            pool.open("three", Ear())

    asyncio.run(run())


def test_a_worker_that_stands_still_fills_no_memory_and_blocks_nobody(tmp_path: Path) -> None:
    async def run() -> None:
        async with pool_of(tmp_path, "none", rules=Rules(hang_s=60)) as pool:
            stream = pool.open("call", Ear())
            dead = await kill(pool, signal.SIGSTOP)
            for second in range(120):
                stream.feed(b"\xff" * 8000, second * 1000)
            assert stream.lag_ms <= 30_000
            assert stream.lost_ms == 90_000
            os.kill(dead, signal.SIGCONT)
            await until(lambda: stream.lag_ms == 0)

    asyncio.run(run())


def test_an_engine_that_cannot_be_loaded_leaves_voice_activity_and_the_reason(tmp_path: Path, toys: Path) -> None:
    (toys / "vosk-model-toy" / "am" / "final.mdl").write_bytes(b"damaged")

    async def run() -> None:
        async with pool_of(tmp_path, "auto", models=toys) as pool:
            assert (pool.engine, pool.recognises) == ("none", False)
            zh, en = pool.why_silent.splitlines()
            assert "识别引擎 vosk 无法启动" in zh
            assert "damaged" in en
            ear = Ear()
            stream = pool.open("call", ear)
            await Mouth(stream.feed).say(sample_turn("rubbish", 2), silence(2))
            await stream.finish()
            assert len(ear.finals) == 1

    asyncio.run(run())


def test_when_no_worker_can_be_started_any_more_the_calls_are_told(tmp_path: Path, toys: Path) -> None:
    async def run() -> None:
        rules = Rules(tick_s=0.1, pauses_s=(0.0, 0.05))
        async with pool_of(tmp_path, "vosk", models=toys, rules=rules) as pool:
            ear = Ear()
            stream = pool.open("call", ear)
            shutil.rmtree(toys)
            await kill(pool)
            await ear.wait_for(lambda ear: any(isinstance(event, SpeechLost) for event in ear.events))
            assert stream.is_closed
            assert pool.open_streams == 0
            late = Ear()
            pool.open("late", late)
            await late.wait_for(lambda ear: bool(ear.events))
            assert isinstance(late.events[0], SpeechLost)
            build_toy_model(toys / "vosk-model-toy")
            await until(lambda: bool(pool.worker_pids))
            pool.open("later", Ear())
            assert pool.open_streams == 1

    asyncio.run(run())


def test_a_worker_that_has_grown_is_renewed_between_calls(tmp_path: Path) -> None:
    async def run() -> None:
        rules = Rules(tick_s=0.05, memory_s=0.3, growth_mb=-1_000_000)
        async with pool_of(tmp_path, "scripted", rules=rules) as pool:
            first, ear = pool.worker_pids[0], Ear()
            stream = pool.open("call", ear, script=SCRIPT)
            await Mouth(stream.feed).say(sample_turn("rubbish", 1))
            await until(lambda: any(pid != first for pid in pool.worker_pids))
            assert first in pool.worker_pids
            await stream.finish()
            stream.close()
            await until(lambda: first not in pool.worker_pids and not Path(f"/proc/{first}").exists())
            assert [final.transcript.text for final in ear.finals] == ["家里暖气不热"]

    asyncio.run(run())


def test_audio_that_no_decoder_survives_is_given_up_and_harms_no_other_call(tmp_path: Path) -> None:
    async def run() -> None:
        async with pool_of(tmp_path, "scripted") as pool:
            bad, good = Ear(), Ear()
            broken = pool.open("bad", bad, codec="pcm16k")
            whole = pool.open("good", good, script=SCRIPT)
            mouth = Mouth(whole.feed)
            await mouth.say(sample_turn("rubbish", 2))
            broken.feed(b"\x00" * 321, 0)  # half a sample at the end
            await broken.finish(30)
            assert broken.lost_ms == 10
            await mouth.say(silence(2))
            await whole.finish()
            check_order(good)
            assert [final.transcript.text for final in good.finals] == ["家里暖气不热"]
            assert len(pool.worker_pids) == 1

    asyncio.run(run())


def test_after_a_cut_the_end_is_told_though_the_worker_died_in_between(tmp_path: Path) -> None:
    async def run() -> None:
        async with pool_of(tmp_path, "scripted") as pool:
            ear = Ear()
            stream = pool.open("call", ear, script=SCRIPT)
            mouth = Mouth(stream.feed)
            voiced = sample_turn("no-heating", 1)[2 * 8000 * 8 // 10 : 2 * 8000 * 2]
            await mouth.say(*[voiced] * 12, silence(0.75))
            await ear.wait_for(lambda ear: bool(ear.finals))
            assert ear.finals[0].cut
            await kill(pool)
            await mouth.say(silence(3))
            await ear.wait_for(lambda ear: isinstance(ear.events[-1], SpeechEnded))
            assert len(ear.finals) == 1

    asyncio.run(run())


def test_a_fault_in_one_listener_is_no_other_callers(tmp_path: Path) -> None:
    def broken(event: object) -> None:
        raise RuntimeError("a fault of ours")

    async def run() -> None:
        async with pool_of(tmp_path, "none") as pool:
            ear = Ear()
            bad, good = pool.open("bad", broken), pool.open("good", ear)
            for stream in (bad, good):
                await Mouth(stream.feed).say(sample_turn("rubbish", 2), silence(2))
            await good.finish()
            assert len(ear.finals) == 1

    asyncio.run(run())


def test_a_reconnected_call_counts_its_utterances_on(tmp_path: Path) -> None:
    async def run() -> None:
        async with pool_of(tmp_path, "scripted") as pool:
            ear = Ear()
            stream = pool.open("call", ear, script=SCRIPT, first_sequence=1001)
            await Mouth(stream.feed).say(sample_turn("rubbish", 2), silence(2))
            await stream.finish()
            assert [(final.sequence, final.transcript.text) for final in ear.finals] == [(1001, "家里暖气不热")]

    asyncio.run(run())


def test_workers_end_with_their_pool_however_it_ends(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from asr.pool import SpeechPool\n"
        "from tests.speech_parts import speech_settings\n"
        "async def run():\n"
        "    pool = SpeechPool(speech_settings(Path(sys.argv[1]), 'none'))\n"
        "    await pool.start()\n"
        "    print(*pool.worker_pids, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(run())\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": "."})
    assert parent.stdout
    worker = int(parent.stdout.readline())
    os.kill(worker, signal.SIGSTOP)
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 20
    while _is_running(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_running(worker)


def test_a_worker_imports_only_what_it_needs_and_is_small() -> None:
    program = (
        "import sys, asr.worker\n"
        "from asr.voice_activity import VoiceActivity\n"
        "from asr.contract import EnginePlan\n"
        "from asr.registry import make_engine\n"
        "VoiceActivity(), make_engine(EnginePlan('scripted'))\n"
        "print(','.join(sys.modules))\n"
        "print(open('/proc/self/statm').read().split()[1])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    modules, pages = done.stdout.splitlines()
    heavy = {
        "sklearn",
        "scipy",
        "ctranslate2",
        "faster_whisper",
        "vosk",
        "pocketsphinx",
        "pydantic",
        "flask",
        "sqlalchemy",
        "requests",
    }
    assert heavy & set(modules.split(",")) == set()
    assert int(pages) * os.sysconf("SC_PAGESIZE") < 100 << 20


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
