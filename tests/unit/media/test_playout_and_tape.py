"""What is recorded is what was heard: both tracks on one time, cut where a prompt was stopped."""

from hypothesis import given
from hypothesis import strategies as st

from media.playout import Playout
from media.tape import BLOCK_MS, Block, Tape, interleave

SILENT = 0xFF


def ms(duration: int, value: int) -> bytes:
    return bytes([value]) * (duration * 8)


def recorded(blocks: list[Block]) -> tuple[bytes, bytes]:
    """Both tracks; blocks must follow each other without a hole."""
    joined = b""
    for block in blocks:
        assert block.at_ms * 16 == len(joined)
        joined += block.mulaw
    return joined[0::2], joined[1::2]


def test_prompts_play_one_behind_the_other() -> None:
    playout = Playout()
    playout.add(ms(100, 1), now_ms=50)
    playout.add(ms(100, 2), now_ms=60)
    assert playout.end_ms == 250
    assert playout.take(120) == [(50, ms(70, 1))]
    assert playout.take(1000) == [(120, ms(30, 1)), (150, ms(100, 2))]
    assert playout.take(2000) == []


def test_what_was_cleared_is_never_heard() -> None:
    playout = Playout()
    playout.add(ms(100, 1), 0)
    playout.add(ms(100, 2), 0)
    playout.cut(130)
    playout.add(ms(10, 3), 140)
    assert playout.take(1000) == [(0, ms(100, 1)), (100, ms(30, 2)), (140, ms(10, 3))]


def test_both_tracks_lie_on_the_same_time_and_holes_are_silent() -> None:
    blocks: list[Block] = []
    playout = Playout()
    tape = Tape(playout, blocks.append)
    playout.add(ms(300, 7), 100)
    for at_ms in range(0, 2000, 20):
        if not 400 <= at_ms < 580:
            tape.caller(at_ms, ms(20, 5))
    tape.finish()
    caller, system = recorded(blocks)
    assert caller == ms(400, 5) + ms(180, SILENT) + ms(1420, 5)
    assert system == ms(100, SILENT) + ms(300, 7) + ms(1600, SILENT)


def test_an_overtaken_frame_still_finds_its_place() -> None:
    blocks: list[Block] = []
    tape = Tape(Playout(), blocks.append)
    tape.caller(0, ms(20, 1))
    tape.caller(40, ms(20, 3))
    tape.caller(20, ms(20, 2))
    tape.finish()
    assert recorded(blocks)[0] == ms(20, 1) + ms(20, 2) + ms(20, 3)


def test_a_frame_far_too_late_is_left_out() -> None:
    blocks: list[Block] = []
    tape = Tape(Playout(), blocks.append)
    tape.caller(0, ms(2000, 1))
    tape.caller(10, ms(20, 9))
    tape.finish()
    assert set(recorded(blocks)[0]) == {1}


def test_blocks_are_short_so_that_a_crash_costs_little() -> None:
    blocks: list[Block] = []
    tape = Tape(Playout(), blocks.append)
    for at_ms in range(0, 10_000, 20):
        tape.caller(at_ms, ms(20, 1))
    assert all(len(block.mulaw) <= 2 * 8 * (BLOCK_MS + 20) for block in blocks)
    assert sum(len(block.mulaw) for block in blocks) >= 2 * 8 * (10_000 - BLOCK_MS - 220)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.integers(0, 400)),
            st.tuples(st.just("cut"), st.just(0)),
            st.tuples(st.just("take"), st.just(0)),
            st.tuples(st.just("wait"), st.integers(0, 300)),
        ),
        max_size=40,
    )
)
def test_what_is_taken_never_overlaps_and_never_lies_ahead(steps: list[tuple[str, int]]) -> None:
    playout, now, end = Playout(), 0, 0
    for what, size in steps:
        if what == "add":
            playout.add(ms(size, 1), now)
        elif what == "cut":
            playout.cut(now)
        elif what == "wait":
            now += size
        else:
            for at_ms, mulaw in playout.take(now):
                assert at_ms >= end
                end = at_ms + len(mulaw) // 8
                assert end <= now


def test_tracks_are_interleaved_sample_by_sample() -> None:
    assert interleave(b"ace", b"bdf") == b"abcdef"
