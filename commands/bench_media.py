"""`flask bench media`: fifty calls at once through a real media process, and what the choice of websocket library is worth."""

import asyncio
import tempfile
import time
import wave
from collections.abc import Mapping, Sequence
from pathlib import Path

import uvloop

from asr.g711 import pcm_to_mulaw
from commands.bench import BenchReport, Row
from commands.bench_one_core import one_core_rows
from commands.bench_pbx import asterisk_rows
from commands.bench_sockets import core_share
from commands.stream_phone import StreamPhone
from commands.trial_media import MediaProcess, media_process
from config.settings import ROOT
from intake.calls import find_call
from intake.office import Office
from intake.outcome import Outcome

CALLS = 50
TALK_S = 30.0
SAMPLE = "rubbish"
STREAMS = 200
"""For the comparison of libraries."""
COMPARE_S = 4.0
_START_LIMIT_S = 30.0


def run() -> BenchReport:
    with tempfile.TemporaryDirectory(prefix="bench-media-") as folder, media_process(Path(folder)) as media:
        rows = uvloop.run(_many_calls(media))
    return BenchReport(
        f"Media process, {CALLS} calls at once for {TALK_S:.0f} s, scripted engine",
        (*rows, *one_core_rows(), *asterisk_rows(), *_libraries()),
    )


async def _many_calls(media: MediaProcess) -> Sequence[Row]:
    phones = [_ring(media, number) for number in range(CALLS)]
    cpu_before, began = media.cpu_s(), time.monotonic()
    await asyncio.gather(*(_talk(phone, number / CALLS) for number, phone in enumerate(phones)))
    cpu = (media.cpu_s() - cpu_before) / (time.monotonic() - began)
    memory, figures = media.memory_mb(), media.figures()
    delays = await asyncio.gather(*(_hang_up(media.office, phone, number / 10) for number, phone in enumerate(phones)))
    greetings = [phone.first_audio_s * 1000 for phone in phones if phone.first_audio_s is not None]
    return (
        Row("frames taken in", f"{figures['frames_total']:.0f}"),
        Row("frames later than 100 ms", f"{figures['late_frames_total']:.0f}", "0"),
        Row("latest frame", f"{figures['worst_frame_lateness_ms']:.0f} ms", "100 ms"),
        Row("  of which the simulated carrier itself", f"{max(phone.worst_delay_ms for phone in phones):.0f} ms"),
        Row("event loop held up, worst", f"{figures['worst_loop_lag_ms']:.0f} ms"),
        Row("first word of the greeting, p95", f"{_p95(greetings):.0f} ms", "1000 ms"),
        Row("prompt stopped after barge-in, worst", f"{figures['worst_prompt_stop_ms']:.0f} ms", "150 ms"),
        Row("hang-up to finished case, 10 a second, p95", f"{_p95(delays):.0f} ms", "1000 ms"),
        Row("worst lag of recognition", f"{figures['worst_recognition_lag_ms']:.0f} ms"),
        Row("media process, part of a core", f"{cpu:.0%}"),
        Row("media process, memory", f"{memory:.0f} MB"),
    )


def _ring(media: MediaProcess, number: int) -> StreamPhone:
    sid = f"CA{number}"
    return StreamPhone(media.url, sid, media.admit(sid, SAMPLE))


async def _talk(phone: StreamPhone, delay_s: float) -> None:
    """Listens to the notice, speaks into the question, and then waits for what comes."""
    await asyncio.sleep(delay_s)
    await phone.dial()
    await phone.until_mark("notice")
    await asyncio.sleep(1.0)
    phone.say(_speech())
    await asyncio.sleep(max(0.0, TALK_S - phone.now_ms / 1000))


async def _hang_up(office: Office, phone: StreamPhone, delay_s: float) -> float:
    """Milliseconds until the case is there, to the next 20."""
    await asyncio.sleep(delay_s)
    phone.hang_up()
    began = time.monotonic()
    while time.monotonic() - began < _START_LIMIT_S:
        if await asyncio.to_thread(_outcome, office, phone.call_sid):
            break
        await asyncio.sleep(0.02)
    return (time.monotonic() - began) * 1000


def _outcome(office: Office, sid: str) -> Outcome | None:
    view = find_call(office, "twilio", sid)
    return view.outcome if view else None


def _speech() -> bytes:
    with wave.open(str(ROOT / "samples" / SAMPLE / "1.wav")) as file:
        return pcm_to_mulaw(file.readframes(file.getnframes()))


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * 0.95) - 1]


def _libraries() -> tuple[Row, ...]:
    shares: Mapping[str, tuple[float, float]] = {
        name: core_share(name, STREAMS, COMPARE_S) for name in ("picows", "websockets")
    }
    ratio = shares["websockets"][0] / shares["picows"][0]
    return (
        *(
            Row(f"{name}, {STREAMS} streams received and parsed", f"{cpu:.0%} of a core, {taken:.0%} taken in")
            for name, (cpu, taken) in shares.items()
        ),
        Row("websockets costs", f"{ratio:.1f} times picows"),
    )
