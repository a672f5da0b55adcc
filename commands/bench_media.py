"""`flask bench media`: fifty calls at once through a real media process, and what the choice of websocket library is worth."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import wave
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvloop

from asr.g711 import pcm_to_mulaw
from commands.bench import BenchReport, Row
from commands.bench_pbx import asterisk_rows
from commands.bench_sockets import core_share
from commands.stream_phone import StreamPhone
from config.settings import PREFIX, ROOT, ensure_secrets
from config.stream_token import StreamGrant, make_stream_token
from intake.calls import IncomingCall, find_call, open_call
from intake.office import Office, build_office
from intake.outcome import Outcome
from models.session import upgrade

CALLS = 50
TALK_S = 30.0
SAMPLE = "rubbish"
STREAMS = 200
"""For the comparison of libraries."""
COMPARE_S = 4.0
_START_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True)
class MediaProcess:
    office: Office
    pid: int

    def read(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.office.settings.media_port}{path}", timeout=5) as answer:
            return str(answer.read().decode())

    def figures(self) -> dict[str, float]:
        return {name: float(value) for name, value in re.findall(r"^hotline_media_(\w+) (\S+)$", self.read("/metrics"), re.M)}

    def cpu_s(self) -> float:
        user, system = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def run() -> BenchReport:
    with tempfile.TemporaryDirectory(prefix="bench-media-") as folder, media_process(Path(folder)) as media:
        rows = uvloop.run(_many_calls(media))
    return BenchReport(
        f"Media process, {CALLS} calls at once for {TALK_S:.0f} s, scripted engine", (*rows, *asterisk_rows(), *_libraries())
    )


@contextmanager
def media_process(var: Path) -> Iterator[MediaProcess]:
    """The real role in a process of its own, on a free port, with its data in `var`."""
    environment = _environment(var)
    settings = ensure_secrets(environment)
    office = build_office(settings)
    upgrade(office.database)
    process = subprocess.Popen([sys.executable, "-m", "commands.roles", "media"], env=environment, cwd=ROOT)
    media = MediaProcess(office, process.pid)
    try:
        _wait_until_up(media, process)
        yield media
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        office.database.close()


def _environment(var: Path) -> dict[str, str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    given = {"VAR": var, "MEDIA_PORT": port, "SAMPLES": 1, "ASR__ENGINE": "scripted", "DISK_RESERVE_MB": 0}
    return {**kept, **{PREFIX + name: str(value) for name, value in given.items()}, f"{PREFIX}LOG_LEVEL": "WARNING"}


def _wait_until_up(media: MediaProcess, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _START_LIMIT_S
    while process.poll() is None and time.monotonic() < until:
        try:
            media.read("/healthz")
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the media process did not come up")


async def _many_calls(media: MediaProcess) -> Sequence[Row]:
    phones = [_ring(media.office, number) for number in range(CALLS)]
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


def _ring(office: Office, number: int) -> StreamPhone:
    sid = f"CA{number}"
    opened = open_call(office, IncomingCall("twilio", sid, None, sample=SAMPLE))
    grant = StreamGrant(opened.call_id, opened.case_no, sid, SAMPLE)
    token = make_stream_token(office.settings.secret_key.get_secret_value(), grant, office.clock.now())
    return StreamPhone(f"ws://127.0.0.1:{office.settings.media_port}/media/twilio", sid, token)


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
