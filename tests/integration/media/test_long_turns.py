import asyncio
from pathlib import Path

from asr.contract import Script
from asr.pool import SpeechPool
from config.clock import SystemClock
from config.stream_token import StreamGrant
from intake.listening import HeardUtterance
from ivr import events
from media.hearing import Hearing
from tests.speech_parts import Mouth, sample_turn, silence, speech_settings

VOICED = sample_turn("no-heating", 1)[2 * 8000 * 8 // 10 : 2 * 8000 * 2]


def told(var: Path, *sounds: bytes) -> tuple[list[str], list[events.Event]]:
    """The utterances that were kept, and what the conversation heard of them."""
    kept: list[HeardUtterance] = []
    heard: list[events.Event] = []

    async def run() -> None:
        pool = SpeechPool(speech_settings(var, "none"))
        await pool.start()
        script = Script(("前十五秒", "后来说的"))
        hearing = Hearing(
            pool,
            StreamGrant("c", "n", "CA1"),
            script,
            SystemClock(),
            first_sequence=1,
            heard=kept.append,
            heard_again=lambda _again: None,
            tell=heard.append,
        )
        await Mouth(hearing.feed).say(*sounds)
        await hearing.finish(30)
        hearing.close()
        await pool.stop()

    asyncio.run(run())
    return [utterance.text for utterance in kept], [event for event in heard if not isinstance(event, events.SpeechStarted)]


def test_who_speaks_longer_than_an_utterance_may_be_is_answered_once_and_whole(tmp_path: Path) -> None:
    kept, heard = told(tmp_path, *[VOICED] * 12, silence(0.75), VOICED, silence(3))
    assert kept == ["前15秒", "后来说的"]
    assert heard == [events.SpeechHeard("前15秒后来说的")]


def test_who_stops_just_when_the_utterance_is_cut_is_answered_too(tmp_path: Path) -> None:
    kept, heard = told(tmp_path, *[VOICED] * 12, silence(3))
    assert kept == ["前15秒"]
    assert heard == [events.SpeechHeard("前15秒")]


def test_who_stops_on_a_line_that_sends_nothing_in_pauses_is_answered(tmp_path: Path) -> None:
    heard: list[events.Event] = []

    async def run() -> None:
        pool = SpeechPool(speech_settings(tmp_path, "none"))
        await pool.start()
        hearing = Hearing(
            pool,
            StreamGrant("c", "n", "CA1"),
            Script(("家里冷",)),
            SystemClock(),
            first_sequence=1,
            heard=lambda _said: None,
            heard_again=lambda _again: None,
            tell=heard.append,
        )
        mouth = Mouth(hearing.feed)
        await mouth.say(VOICED)
        hearing.be_quiet(mouth.at_ms + 2500)
        async with asyncio.timeout(20):
            while not any(isinstance(event, events.SpeechHeard) for event in heard):
                await asyncio.sleep(0.02)
        hearing.close()
        await pool.stop()

    asyncio.run(run())
    assert heard == [events.SpeechStarted(), events.SpeechHeard("家里冷")]
