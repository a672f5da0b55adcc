"""Every prompt ends exactly once: heard, stopped, failed, or without its mark."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import pytest

from ivr.actions import Fixed, Piece, Spoken
from media.counters import Counters
from media.player import Player
from media.playout import Playout
from media.shelf import Shelf
from media.voices.contract import VoiceUnavailable
from media.voices.tone import ToneVoice

FIXED: Mapping[str, bytes] = {"notice": b"\x10" * 800, "matter": b"\x20" * 400}


class Line:
    """A caller's ear: what was sent, in order."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def play(self, mulaw: bytes) -> None:
        self.sent.append(f"audio {len(mulaw)}")

    def mark(self, name: str) -> None:
        self.sent.append(f"mark {name}")

    def clear(self) -> None:
        self.sent.append("clear")

    def close(self, reason: str) -> None:
        self.sent.append(f"close {reason}")


class MuteVoice:
    name = "mute"

    async def speak(self, text: str) -> bytes:
        raise VoiceUnavailable(f"{len(text)} characters too many")

    async def close(self) -> None:
        return


@dataclass
class Stage:
    line: Line = field(default_factory=Line)
    playout: Playout = field(default_factory=Playout)
    counters: Counters = field(default_factory=Counters)
    ended: list[str] = field(default_factory=list)
    failures: int = 0
    now_s: float = 100.0
    audio_ms: int = 0

    def player(self, voice: ToneVoice | MuteVoice) -> Player:
        return Player(
            self.line,
            Shelf(voice, FIXED, lambda prompt_id: prompt_id),
            self.playout,
            self.counters,
            clock=lambda: self.now_s,
            audio_ms=lambda: self.audio_ms,
            ended=self.ended.append,
            failed=self._fail,
        )

    def _fail(self) -> None:
        self.failures += 1


def run(play: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(_bounded(play))


async def _bounded(play: Callable[[], Awaitable[None]]) -> None:
    async with asyncio.timeout(10):
        await play()


def pieces(*names: str) -> tuple[Piece, ...]:
    return tuple(Fixed(name) for name in names)


def test_pieces_go_out_in_order_with_one_mark_behind_them() -> None:
    stage = Stage()
    stage.player(ToneVoice()).play(pieces("notice", "matter"), "a-1")
    assert stage.line.sent == ["audio 800", "audio 400", "mark a-1"]
    assert stage.ended == []


def test_a_prompt_ends_when_its_mark_comes_back_and_only_once() -> None:
    stage = Stage()
    player = stage.player(ToneVoice())
    player.play(pieces("notice"), "a-1")
    player.mark_reached("unknown")
    player.mark_reached("a-1")
    player.mark_reached("a-1")
    assert stage.ended == ["a-1"]
    assert not player.is_playing


def test_a_stopped_prompt_is_cleared_and_still_ends_by_its_mark() -> None:
    stage = Stage()
    player = stage.player(ToneVoice())
    player.play(pieces("notice"), "a-1")
    stage.audio_ms = 40
    player.stop()
    player.stop()
    assert stage.line.sent[-1] == "clear"
    assert stage.line.sent.count("clear") == 1
    stage.now_s += 0.05
    player.mark_reached("a-1")
    assert stage.ended == ["a-1"]
    assert stage.counters.stops == 1
    assert stage.counters.worst_stop_ms == pytest.approx(50)
    assert stage.playout.take(1000) == [(0, b"\x10" * 320)]


def test_a_prompt_that_plays_after_a_stop_is_not_ended_by_the_old_mark() -> None:
    stage = Stage()
    player = stage.player(ToneVoice())
    player.play(pieces("notice"), "a-1")
    player.stop()
    player.play(pieces("matter"), "a-2")
    player.mark_reached("a-1")
    assert player.is_playing
    player.mark_reached("a-2")
    assert stage.ended == ["a-1", "a-2"]


def test_a_carrier_that_loses_a_mark_holds_nobody_up() -> None:
    stage = Stage()
    player = stage.player(ToneVoice())
    player.play(pieces("notice"), "a-1")
    stage.now_s += 3.0
    player.check_overdue()
    assert stage.ended == []
    stage.now_s += 0.2
    player.check_overdue()
    player.check_overdue()
    assert stage.ended == ["a-1"]
    assert stage.counters.lost_marks == 1


def test_what_must_be_spoken_follows_what_is_there_already() -> None:
    stage = Stage()

    async def play() -> None:
        player = stage.player(ToneVoice())
        player.play((Fixed("notice"), Spoken("天通苑"), Fixed("matter")), "a-1")
        assert stage.line.sent == ["audio 800"]
        while not stage.line.sent[-1].startswith("mark"):
            await asyncio.sleep(0)
        assert [sent.split()[0] for sent in stage.line.sent] == ["audio", "audio", "audio", "mark"]
        assert stage.line.sent[2] == "audio 400"

    run(play)


def test_a_stop_in_mid_synthesis_ends_the_prompt_and_sends_no_more_of_it() -> None:
    stage = Stage()

    async def play() -> None:
        player = stage.player(ToneVoice())
        player.play((Fixed("notice"), Spoken("天通苑")), "a-1")
        player.stop()
        await asyncio.sleep(0.05)
        assert stage.line.sent == ["audio 800", "clear", "mark a-1"]
        player.mark_reached("a-1")
        assert stage.ended == ["a-1"]

    run(play)


def test_a_voice_that_fails_is_told_and_the_prompt_still_ends() -> None:
    stage = Stage()

    async def play() -> None:
        player = stage.player(MuteVoice())
        player.play((Fixed("notice"), Spoken("天通苑"), Fixed("matter")), "a-1")
        while not stage.failures:
            await asyncio.sleep(0)
        assert stage.line.sent == ["audio 800", "mark a-1"]
        player.mark_reached("a-1")
        assert (stage.ended, stage.failures) == (["a-1"], 1)

    run(play)


def test_a_prompt_without_a_recording_is_spoken() -> None:
    stage = Stage()

    async def play() -> None:
        player = stage.player(ToneVoice())
        player.play(pieces("unrecorded"), "a-1")
        while not stage.line.sent or not stage.line.sent[-1].startswith("mark"):
            await asyncio.sleep(0)
        assert stage.line.sent[0].startswith("audio")

    run(play)


def test_once_the_line_is_gone_everything_ends_at_once() -> None:
    stage = Stage()

    async def play() -> None:
        player = stage.player(ToneVoice())
        player.play(pieces("notice"), "a-1")
        player.play((Spoken("天通苑"),), "a-2")
        player.line_gone()
        player.play(pieces("matter"), "a-3")
        player.mark_reached("a-1")
        await asyncio.sleep(0.05)
        assert stage.ended == ["a-1", "a-2", "a-3"]

    run(play)


def test_the_same_words_are_spoken_once_for_all_who_wait() -> None:
    asked: list[str] = []

    class CountingVoice(ToneVoice):
        async def speak(self, text: str) -> bytes:
            asked.append(text)
            await asyncio.sleep(0.01)
            return await super().speak(text)

    async def play() -> None:
        shelf = Shelf(CountingVoice(), FIXED, str)
        shelf.prepare(Spoken("天通苑"))
        first = asyncio.create_task(shelf.fetch(Spoken("天通苑")))
        await asyncio.sleep(0)
        first.cancel()
        assert await shelf.fetch(Spoken("天通苑")) == await shelf.fetch(Spoken("天通苑"))
        assert asked == ["天通苑"]

    run(play)
