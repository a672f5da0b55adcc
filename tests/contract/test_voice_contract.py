"""Every voice keeps these promises; espeak-ng is the real library in its real process."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

from media.voices.contract import MAX_CHARACTERS, RATE, Voice, VoiceUnavailable
from media.voices.espeak import EspeakVoice, Manner
from media.voices.tone import ToneVoice

SENTENCE = "您反映的是暖气不热，地点是天通苑北一区。"


def make_espeak() -> Voice:
    return EspeakVoice(limit_s=20)


VOICES = pytest.mark.parametrize("make", [make_espeak, ToneVoice], ids=["espeak-ng", "tone"])


T = TypeVar("T")


def run(make: Callable[[], Voice], use: Callable[[Voice], Awaitable[T]]) -> T:
    async def session() -> T:
        voice = make()
        try:
            return await use(voice)
        finally:
            await voice.close()
            await voice.close()

    return asyncio.run(session())


def seconds(pcm: bytes) -> float:
    return len(pcm) / 2 / RATE


def is_alike(one: bytes, other: bytes) -> bool:
    """The same words: espeak's hiss and phase differ from time to time, its length a little."""
    return abs(seconds(one) - seconds(other)) < 0.05


@VOICES
def test_a_sentence_is_audible_and_of_a_sentences_length(make: Callable[[], Voice]) -> None:
    pcm = run(make, lambda voice: voice.speak(SENTENCE))
    assert len(pcm) % 2 == 0
    assert 2 < seconds(pcm) < 15
    assert np.abs(np.frombuffer(pcm, "<i2")).max() > 2000


@VOICES
def test_more_words_take_longer(make: Callable[[], Voice]) -> None:
    async def both(voice: Voice) -> tuple[bytes, bytes]:
        return await voice.speak("漏水"), await voice.speak(SENTENCE)

    short, long = run(make, both)
    assert len(short) * 3 < len(long)


@VOICES
def test_the_same_text_sounds_the_same(make: Callable[[], Voice]) -> None:
    async def twice(voice: Voice) -> tuple[bytes, bytes]:
        return await voice.speak(SENTENCE), await voice.speak(SENTENCE)

    first, second = run(make, twice)
    assert is_alike(first, second)


@VOICES
@pytest.mark.parametrize("text", ["", " ", "。，", "\n"])
def test_nothing_to_say_is_no_audio(make: Callable[[], Voice], text: str) -> None:
    assert run(make, lambda voice: voice.speak(text)) == b""


@VOICES
@pytest.mark.parametrize(
    "text", ["路灯\x00坏了", "<speak>路灯</speak>", "[[路灯]]", "🔥路灯", "ABC路灯", "路灯\r\n坏了", "龘靐路灯"]
)
def test_odd_texts_are_spoken_all_the_same(make: Callable[[], Voice], text: str) -> None:
    assert seconds(run(make, lambda voice: voice.speak(text))) > 0.2


@VOICES
def test_a_text_without_end_is_refused(make: Callable[[], Voice]) -> None:
    with pytest.raises(VoiceUnavailable):
        run(make, lambda voice: voice.speak("路" * (MAX_CHARACTERS + 1)))


@VOICES
def test_many_at_once_get_their_own_words(make: Callable[[], Voice]) -> None:
    texts = ["一", "一二三", "一二三四五六"] * 4

    async def together(voice: Voice) -> list[bytes]:
        return await asyncio.gather(*(voice.speak(text) for text in texts))

    spoken = run(make, together)
    one, three, six = spoken[:3]
    assert len(one) * 1.5 < len(three)
    assert len(three) * 1.5 < len(six)
    assert all(is_alike(pcm, spoken[number % 3]) for number, pcm in enumerate(spoken))


@VOICES
def test_who_gives_up_waiting_takes_nothing_from_the_next(make: Callable[[], Voice]) -> None:
    async def impatient(voice: Voice) -> tuple[bytes, bytes]:
        before = await voice.speak("漏水")
        for delay in (0.0, 0.001, 0.01):
            task = asyncio.create_task(voice.speak(SENTENCE * 5))
            await asyncio.sleep(delay)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return before, await voice.speak("漏水")

    before, after = run(make, impatient)
    assert is_alike(before, after)


@VOICES
def test_a_closed_voice_speaks_again(make: Callable[[], Voice]) -> None:
    async def again(voice: Voice) -> bytes:
        await voice.speak("漏水")
        await voice.close()
        return await voice.speak("漏水")

    assert run(make, again)


def test_a_killed_espeak_is_replaced_unheard() -> None:
    async def killed() -> tuple[bytes, bytes, int | None, int | None]:
        voice = EspeakVoice(limit_s=20)
        first, pid = await voice.speak(SENTENCE), voice.pid
        if pid:
            os.kill(pid, signal.SIGKILL)
        second, new_pid = await voice.speak(SENTENCE), voice.pid
        await voice.close()
        return first, second, pid, new_pid

    first, second, pid, new_pid = asyncio.run(killed())
    assert is_alike(first, second)
    assert pid != new_pid


def test_a_hung_espeak_is_given_up_and_replaced() -> None:
    async def hung() -> bytes:
        voice = EspeakVoice(limit_s=20)
        await voice.speak("漏水")
        voice.limit_s = 0.3
        if voice.pid:
            os.kill(voice.pid, signal.SIGSTOP)
        with pytest.raises(VoiceUnavailable):
            await voice.speak("漏水")
        voice.limit_s = 20
        pcm = await voice.speak("漏水")
        await voice.close()
        return pcm

    assert asyncio.run(hung())


def test_an_unknown_voice_is_an_error_with_a_name() -> None:
    with pytest.raises(VoiceUnavailable, match="voice"):
        run(lambda: EspeakVoice(Manner(voice="tlh"), limit_s=20), lambda voice: voice.speak("漏水"))


def test_more_than_the_queue_holds_are_refused_at_once() -> None:
    async def crowd() -> list[bytes | BaseException]:
        voice = EspeakVoice(limit_s=20, queue=3)
        answers = await asyncio.gather(*(voice.speak("漏水") for _ in range(5)), return_exceptions=True)
        await voice.close()
        return answers

    answers = asyncio.run(crowd())
    assert [isinstance(answer, VoiceUnavailable) for answer in answers] == [False, False, False, True, True]


def test_the_gpl_library_is_not_loaded_into_our_process() -> None:
    run(make_espeak, lambda voice: voice.speak("漏水"))
    assert "espeak" not in Path("/proc/self/maps").read_text("utf-8")


def test_the_child_ends_with_its_input() -> None:
    async def left_alone() -> int:
        voice = EspeakVoice(limit_s=20)
        await voice.speak("漏水")
        child = voice._child
        if child is None or child.stdin is None:
            return -1
        child.stdin.close()
        return await child.wait()

    assert asyncio.run(left_alone()) == 0
