from commands.call.playback import HeardPrompt, Playback


def ms(length: int) -> bytes:
    return b"\x01" * (length * 8)


def test_a_mark_comes_back_when_what_was_before_it_has_been_heard() -> None:
    playback = Playback()
    playback.add(ms(100), 0)
    playback.add_mark("a", 0)

    assert playback.reached(99) == []
    assert playback.reached(100) == [HeardPrompt("a", ms(100), cut=False)]
    assert playback.reached(101) == []


def test_audio_waits_for_what_is_before_it() -> None:
    playback = Playback()
    playback.add(ms(100), 0)
    playback.add(ms(100), 50)
    playback.add_mark("b", 50)

    assert playback.is_playing(199)
    assert not playback.is_playing(200)
    assert [prompt.mark for prompt in playback.reached(200)] == ["b"]


def test_a_mark_behind_nothing_comes_back_at_once() -> None:
    playback = Playback()
    playback.add_mark("empty", 500)

    assert playback.reached(500) == [HeardPrompt("empty", b"", cut=False)]


def test_clear_stops_the_sound_and_gives_every_mark_back_with_what_was_heard() -> None:
    playback = Playback()
    playback.add(ms(100), 0)
    playback.add_mark("half", 0)
    playback.add(ms(100), 0)
    playback.add_mark("never", 0)

    cleared = playback.clear(40)

    assert cleared == [HeardPrompt("half", ms(40), cut=True), HeardPrompt("never", b"", cut=True)]
    assert not playback.is_playing(40)
    assert playback.reached(1000) == []


def test_after_clear_new_audio_plays_at_once() -> None:
    playback = Playback()
    playback.add(ms(10_000), 0)
    playback.clear(100)
    playback.add(ms(50), 120)

    assert playback.left_ms(120) == 50
