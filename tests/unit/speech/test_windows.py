import numpy as np
import pytest

from asr.resampling import make_resampler
from asr.windows import WINDOW_MS, Window, Windower


def sound(ms: int, rate: int = 8000) -> "np.typing.NDArray[np.int16]":
    return np.full(rate * ms // 1000, 1000, np.int16)


def starts(windows: list[Window]) -> list[int]:
    return [window.start_ms for window in windows]


def test_windows_are_32_ms_at_both_rates_and_carry_the_calls_time() -> None:
    windows = Windower(8000, 8000).push(sound(320), 7000)
    assert starts(windows) == list(range(7000, 7320, WINDOW_MS))
    assert {(w.activity.size, w.speech.size) for w in windows} == {(512, 256)}


def test_twenty_millisecond_frames_lose_no_sample() -> None:
    windower = Windower(8000, 8000)
    frames = [np.arange(i * 160, (i + 1) * 160, dtype=np.int16) for i in range(80)]
    windows = [w for i, frame in enumerate(frames) for w in windower.push(frame, i * 20)]
    assert (np.concatenate([w.speech for w in windows]) == np.arange(12_800)).all()


def test_a_hole_becomes_silence_of_its_length() -> None:
    windower = Windower(8000, 8000)
    windows = windower.push(sound(320), 0) + windower.push(sound(320), 1280)
    assert starts(windows) == list(range(0, 1600, WINDOW_MS))
    assert [bool(w.speech.any()) for w in windows] == [True] * 10 + [False] * 30 + [True] * 10


def test_after_a_long_hole_the_clock_jumps() -> None:
    windower = Windower(8000, 8000)
    windows = windower.push(sound(320), 0) + windower.push(sound(320), 600_000)
    assert len(windows) < 100
    assert windows[-1].end_ms == 600_304  # half a window is still waiting


def test_small_jitter_is_no_hole() -> None:
    windower = Windower(8000, 8000)
    windows = [
        w for i, jitter in enumerate([0, 15, -10, 40, -40, 5]) for w in windower.push(sound(160), max(0, i * 160 + jitter))
    ]
    assert starts(windows) == list(range(0, 960, WINDOW_MS))


def test_a_frame_that_comes_again_is_dropped() -> None:
    windower = Windower(8000, 8000)
    windower.push(sound(320), 0)
    assert windower.push(sound(160), 0) == []
    assert starts(windower.push(sound(320), 320)) == list(range(320, 640, WINDOW_MS))


def test_flush_brings_what_was_left_over() -> None:
    windower = Windower(8000, 8000)
    windower.push(sound(20), 0)
    assert sum(w.speech.any() for w in windower.flush()) == 1
    assert Windower(8000, 8000).flush() == []


@pytest.mark.parametrize("engine_rate", [8000, 16000, 24000])
def test_an_engine_gets_its_own_rate(engine_rate: int) -> None:
    windower = Windower(8000, engine_rate)
    windows = [w for i in range(200) for w in windower.push(sound(20), i * 20)]
    assert len(windows) > 110
    assert {w.speech.size for w in windows} == {engine_rate * WINDOW_MS // 1000}


@pytest.mark.parametrize(("hertz", "image_db"), [(300, -80), (1000, -80), (3000, -70), (3400, -50)])
def test_doubling_keeps_the_telephone_band_and_adds_nothing_above_it(hertz: int, image_db: float) -> None:
    tone = (8000 * np.sin(2 * np.pi * hertz * np.arange(16_000) / 8000)).astype(np.int16)
    doubler = make_resampler(8000, 16000)
    out = np.concatenate([doubler.push(tone[i : i + 160]) for i in range(0, 16_000, 160)])[4000:28_000].astype(float)
    spectrum = np.abs(np.fft.rfft(out * np.hanning(out.size)))
    level = spectrum / (8000 * out.size / 4)
    at = np.fft.rfftfreq(out.size, 1 / 16_000)
    assert level[np.abs(at - hertz) < 20].max() == pytest.approx(1, abs=0.01)
    assert 20 * np.log10(level[np.abs(at - (8000 - hertz)) < 20].max()) < image_db


def test_doubling_hands_everything_out_at_once() -> None:
    doubler = make_resampler(8000, 16000)
    assert [doubler.push(sound(20)).size for _ in range(5)] == [320] * 5
    assert doubler.push(sound(0)).size == 0
