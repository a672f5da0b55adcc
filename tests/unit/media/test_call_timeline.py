"""Time comes from the carrier's timestamps, whatever they do."""

from hypothesis import given
from hypothesis import strategies as st

from media.timeline import Timeline
from media.transports.contract import Frame

FRAME = b"\xff" * 160


def test_a_hole_stays_a_hole() -> None:
    timeline = Timeline()
    assert timeline.place(Frame(FRAME, 0), 0) == 0
    assert timeline.place(Frame(FRAME, 203), 203) == 203
    assert timeline.now_ms == 223


def test_a_frame_that_was_heard_already_is_left_out() -> None:
    timeline = Timeline()
    timeline.place(Frame(FRAME, 0), 0)
    timeline.place(Frame(FRAME, 20), 20)
    assert timeline.place(Frame(FRAME, 0), 40) is None
    assert timeline.now_ms == 40


def test_a_carrier_that_counts_from_anywhere_begins_at_nought() -> None:
    timeline = Timeline()
    assert timeline.place(Frame(FRAME, 5_000_000), 0) == 0
    assert timeline.place(Frame(FRAME, 5_000_020), 20) == 20


def test_after_a_leap_time_goes_on_where_it_was() -> None:
    timeline = Timeline()
    timeline.place(Frame(FRAME, 0), 0)
    assert timeline.place(Frame(FRAME, 10**9), 20) == 20
    assert timeline.place(Frame(FRAME, 10**9 + 20), 40) == 40
    assert timeline.place(Frame(FRAME, 3), 60) == 60


def test_lateness_is_measured_against_the_promptest_frame() -> None:
    timeline = Timeline()
    timeline.place(Frame(FRAME, 0), 1000)
    timeline.place(Frame(FRAME, 20), 1150)
    assert timeline.lateness_ms == 130
    timeline.place(Frame(FRAME, 40), 1040)
    assert timeline.lateness_ms == 0
    assert timeline.worst_lateness_ms == 130


@given(st.lists(st.tuples(st.integers(0, 2**40), st.integers(0, 400)), max_size=50))
def test_time_never_runs_away_or_back(frames: list[tuple[int, int]]) -> None:
    timeline = Timeline()
    for at_ms, size in frames:
        before = timeline.now_ms
        placed = timeline.place(Frame(b"\xff" * size, at_ms), 0)
        assert before <= timeline.now_ms <= before + 30_000 + size // 8
        assert placed is None or 0 <= placed <= timeline.now_ms
