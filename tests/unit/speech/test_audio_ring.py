from asr.ring import AudioRing, Piece


def piece(at_ms: int, length_ms: int = 20) -> Piece:
    return Piece(bytes(length_ms * 8), at_ms, length_ms)


def fed(ring: AudioRing, count: int, start_ms: int = 0) -> None:
    for i in range(count):
        ring.push(piece(start_ms + i * 20))


def times(ring: AudioRing) -> list[int]:
    return [p.at_ms for p in ring.take()]


def test_only_so_much_is_sent_before_the_worker_answers() -> None:
    ring = AudioRing(30_000, ahead_ms=100)
    fed(ring, 10)
    assert times(ring) == [0, 20, 40, 60, 80]
    assert times(ring) == []
    ring.heard(40)
    assert times(ring) == [100, 120]
    assert ring.lag_ms == 160


def test_another_worker_hears_everything_that_was_not_released_in_its_order() -> None:
    ring = AudioRing(30_000, ahead_ms=1000)
    fed(ring, 10)
    times(ring)
    ring.heard(200)
    ring.release(100)
    fed(ring, 2, 200)
    ring.rewind()
    assert times(ring) == [100, 120, 140, 160, 180, 200, 220]


def test_what_reaches_into_the_kept_time_is_kept_whole() -> None:
    ring = AudioRing(30_000, ahead_ms=1000)
    fed(ring, 5)
    times(ring)
    ring.release(50)
    ring.rewind()
    assert times(ring) == [40, 60, 80]


def test_beyond_the_limit_the_oldest_unheard_audio_is_lost_and_counted() -> None:
    ring = AudioRing(limit_ms=200, ahead_ms=60)
    fed(ring, 3)
    times(ring)
    fed(ring, 10, 60)
    assert ring.lost_ms == 60
    ring.heard(60)
    assert times(ring) == [120, 140, 160]


def test_a_hole_in_the_calls_time_blocks_nothing() -> None:
    ring = AudioRing(30_000, ahead_ms=100)
    fed(ring, 2)
    fed(ring, 2, 3_600_000)
    assert times(ring) == [0, 20, 3_600_000, 3_600_020]
    assert ring.lag_ms == 80


def test_nothing_grows_while_nobody_speaks() -> None:
    ring = AudioRing(30_000, ahead_ms=4000)
    for second in range(3600):
        fed(ring, 50, second * 1000)
        times(ring)
        ring.heard(second * 1000 + 1000)
        ring.release(second * 1000 + 700)
    ring.rewind()
    assert len(times(ring)) == 15
    assert ring.lost_ms == 0


def test_audio_that_is_given_up_is_counted_as_lost() -> None:
    ring = AudioRing(30_000, ahead_ms=4000)
    fed(ring, 10)
    times(ring)
    fed(ring, 1, 200)
    ring.rewind()
    times(ring)
    ring.forget()
    assert (ring.lost_ms, ring.lag_ms, ring.is_drained) == (220, 0, True)
