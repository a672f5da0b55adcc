"""Recordings reach the disk whole, also when the process dies or the disk is full."""

import fcntl
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from media import wav
from media.recorder import Recorded, Recorder, call_id_of, recording_name, salvage
from media.tape import Block

CALL = "c" * 32
AT = datetime(2026, 1, 4, 18, 30, tzinfo=UTC)
"""02:30 of the next day in the city."""
DAY = Path("2026/01/05")


def block(at_ms: int, duration_ms: int, value: int = 1) -> Block:
    return Block(at_ms, bytes([value]) * (duration_ms * 16))


class Announcements:
    def __init__(self) -> None:
        self.made: list[Recorded] = []

    def __call__(self, recorded: Recorded) -> None:
        self.made.append(recorded)


@pytest.fixture
def announcements() -> Announcements:
    return Announcements()


@pytest.fixture
def start(tmp_path: Path, announcements: Announcements) -> Callable[[], Recorder]:
    def started(make_room: Callable[[], bool] = lambda: False) -> Recorder:
        recorder = Recorder(tmp_path, announcements, make_room)
        recorder.start()
        return recorder

    return started


def samples_of(path: Path) -> tuple[int, int, bytes]:
    """Tracks, samples a track and data, as the header says; the file must hold exactly that."""
    raw = path.read_bytes()
    assert raw[:4] == b"RIFF"
    assert int.from_bytes(raw[4:8], "little") == len(raw) - 8
    assert int.from_bytes(raw[20:22], "little") == 7
    tracks, samples = int.from_bytes(raw[22:24], "little"), int.from_bytes(raw[46:50], "little")
    size = int.from_bytes(raw[54:58], "little")
    assert size == tracks * samples
    return tracks, samples, raw[58 : 58 + size]


def test_a_finished_recording_is_a_whole_wav_of_two_tracks(
    start: Callable[[], Recorder], tmp_path: Path, announcements: Announcements
) -> None:
    recorder = start()
    recorder.write(CALL, CALL, AT, block(0, 500))
    recorder.write(CALL, CALL, AT, block(500, 250, 2))
    recorder.finish(CALL)
    recorder.stop(5)
    assert announcements.made == [Recorded(CALL, DAY / f"{CALL}.wav", 750)]
    tracks, samples, data = samples_of(tmp_path / DAY / f"{CALL}.wav")
    assert (tracks, samples) == (2, 6000)
    assert data == b"\1" * 8000 + b"\2" * 4000
    assert (tmp_path / DAY / f"{CALL}.wav").stat().st_mode & 0o077 == 0


def test_a_lost_block_is_silence_of_its_length(start: Callable[[], Recorder], tmp_path: Path) -> None:
    recorder = start()
    recorder.write(CALL, CALL, AT, block(0, 500))
    recorder.write(CALL, CALL, AT, block(1000, 500))
    recorder.finish(CALL)
    recorder.stop(5)
    _, samples, data = samples_of(tmp_path / DAY / f"{CALL}.wav")
    assert samples == 12_000
    assert data[8000:16000] == b"\xff" * 8000


def test_a_call_without_audio_leaves_no_recording(
    start: Callable[[], Recorder], tmp_path: Path, announcements: Announcements
) -> None:
    recorder = start()
    recorder.finish(CALL)
    recorder.stop(5)
    assert announcements.made == []
    assert list(tmp_path.rglob("*.*")) == []


def test_what_a_killed_process_left_is_salvaged(start: Callable[[], Recorder], tmp_path: Path) -> None:
    (tmp_path / DAY).mkdir(parents=True)
    part = tmp_path / DAY / f"{CALL}-2.part"
    part.write_bytes(wav.header(2, 0) + b"\1" * 8001)
    (found,) = salvage(tmp_path)
    assert found == Recorded(CALL, DAY / f"{CALL}-2.wav", 500)
    assert samples_of(tmp_path / found.path)[:2] == (2, 4000)
    assert not part.exists()


def test_a_recording_is_told_of_again_until_its_announcement_is_safe(start: Callable[[], Recorder], tmp_path: Path) -> None:
    recorder = start()
    recorder.write(CALL, CALL, AT, block(0, 500))
    recorder.finish(CALL)
    recorder.stop(5)
    (found,) = salvage(tmp_path)
    assert found.duration_ms == 500
    (again,) = salvage(tmp_path)
    recorder.announced(again, is_safe=False)
    assert len(list(salvage(tmp_path))) == 1
    recorder.announced(again, is_safe=True)
    assert list(salvage(tmp_path)) == []


def test_files_of_a_living_process_are_left_alone(tmp_path: Path) -> None:
    part = tmp_path / f"{CALL}.part"
    part.write_bytes(wav.header(2, 0) + b"\1" * 800)
    with part.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert list(salvage(tmp_path)) == []
    assert part.exists()


def test_rubbish_in_the_folder_does_not_stop_the_salvage(tmp_path: Path) -> None:
    (tmp_path / "a.part").write_bytes(b"")
    (tmp_path / "b.part").write_bytes(os.urandom(500))
    (tmp_path / "d.new").touch()
    (tmp_path / "e.part").write_bytes(wav.header(2, 0) + b"\1" * 800)
    assert [found.path.name for found in salvage(tmp_path)] == ["e.wav"]


def test_a_folder_that_cannot_be_written_loses_blocks_and_nothing_else(tmp_path: Path, announcements: Announcements) -> None:
    (tmp_path / "2026").write_text("a file where a folder should be")
    recorder = Recorder(tmp_path, announcements, lambda: False)
    recorder.start()
    recorder.write(CALL, CALL, AT, block(0, 500))
    recorder.write(CALL, CALL, AT, block(500, 500))
    recorder.finish(CALL)
    recorder.stop(5)
    assert recorder.lost_blocks == 2
    assert announcements.made == []


def test_names_tell_call_and_stream() -> None:
    assert recording_name(CALL, 1) == CALL
    assert call_id_of(recording_name(CALL, 2)) == CALL
