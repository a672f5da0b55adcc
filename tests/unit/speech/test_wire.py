from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.contract import Capabilities, Transcript, Word
from asr.events import Final, Partial, SpeechEnded, SpeechStarted
from asr.wire import (
    Frame,
    FrameReader,
    Kind,
    Opening,
    Progress,
    frame_of,
    pack_audio,
    pack_json,
    pack_progress,
    unpack_audio,
    unpack_event,
    unpack_final,
    unpack_opening,
    unpack_progress,
    unpack_ready,
)

FRAMES = st.builds(Frame, st.sampled_from(Kind), st.integers(0, 2**32 - 1), st.binary(max_size=300))


@given(st.lists(FRAMES, max_size=8), st.integers(1, 40))
def test_frames_survive_any_cutting(frames: list[Frame], step: int) -> None:
    reader, stream = FrameReader(), b"".join(frame.packed() for frame in frames)
    assert [frame for at in range(0, len(stream), step) for frame in reader.push(stream[at : at + step])] == frames


@pytest.mark.parametrize("garbage", [b"\xff" * 9, b"\x00\x00\x00\x00\x63\x00\x00\x00\x00"])
def test_what_is_no_frame_is_refused(garbage: bytes) -> None:
    with pytest.raises(ValueError):  # from struct and enum alike
        list(FrameReader().push(garbage))


@pytest.mark.parametrize("event", [SpeechStarted(4_000_000_000), SpeechEnded(0), Partial(7, "我家暖气")])
def test_events_come_back_as_they_went(event: SpeechStarted | SpeechEnded | Partial) -> None:
    assert unpack_event(frame_of(event, 3, 0)) == event


def test_a_final_comes_back_with_its_words_and_its_release() -> None:
    said = Transcript("我家", "我 家", (Word("我", 10, 20, 0.25), Word("家", 20, 30, None)))
    final = Final(1001, said, 5, 35, "vosk", cut=True)
    assert unpack_final(frame_of(final, 3, 77).payload) == (final, 77)


def test_an_opening_comes_back_with_and_without_a_script() -> None:
    for turns in (None, (), ("一", "二")):
        opening = Opening("mulaw", 5, "place", turns, 2)
        assert unpack_opening(pack_json(opening)) == opening


def test_readiness_audio_and_progress_come_back() -> None:
    capabilities = Capabilities(True, 8000, True, False)
    ready = unpack_ready(pack_json({"engine": "vosk", "capabilities": asdict(capabilities)}))
    assert (ready.engine, ready.capabilities) == ("vosk", capabilities)
    assert unpack_audio(pack_audio(b"\x01\x02", 5)) == (b"\x01\x02", 5)
    assert unpack_progress(pack_progress(Progress(9, 3))) == Progress(9, 3)
