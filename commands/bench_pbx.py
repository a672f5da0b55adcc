"""The rows of `flask bench media` about calls over SIP: a real Asterisk and sipp; exchange and media process share a core."""

import os
import shutil
import subprocess
import tempfile
import time
import wave
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from sqlalchemy import select

from asr.g711 import MULAW_SILENCE, pcm_to_mulaw
from commands.bench import Row
from commands.call.sip.packets import Law, Track
from commands.call.sip.scenario import write_crowd_scenario
from commands.pbx.asterisk import Asterisk
from commands.pbx.prefix import NoAsterisk, find_prefix
from commands.trial_system import TrialSystem, free_ports, trial_system
from config.media_pid import MEDIA_PID
from config.settings import ROOT, load_settings
from intake.office import build_office
from models.call import Call

CALLS = 100
A_SECOND = 10
"""Calls that begin in one."""
TALK_S = 35.0
GREETED_S = 8.0
"""From the answer on each caller listens so long, and then speaks."""
MEASURED_S = 12.0
"""While all of them are there."""


def asterisk_rows() -> Sequence[Row]:
    try:
        prefix = find_prefix(load_settings())
    except NoAsterisk as error:
        return (Row("Asterisk", f"not measured: {error}"),)
    if shutil.which("sipp") is None:
        return (Row("Asterisk", "not measured: sipp is not installed (apt install sip-tester)"),)
    sip, tls, ari = (str(port) for port in free_ports(3))
    given = {
        "SIP__PORT": sip,
        "SIP__TLS_PORT": tls,
        "SIP__ARI_PORT": ari,
        "ASR__ENGINE": "scripted",
        "ASR__STREAMS": str(2 * CALLS),
        "DISK_RESERVE_MB": "0",
    }
    with (
        tempfile.TemporaryDirectory(prefix="bench-pbx-") as folder,
        trial_system(Path(folder), SIP__PREFIX=str(prefix.root), **given) as system,
    ):
        asterisk = Asterisk(system.settings, prefix)
        asterisk.start()
        try:
            return _measure(system, asterisk)
        finally:
            asterisk.stop()


def _measure(system: TrialSystem, asterisk: Asterisk) -> Sequence[Row]:
    pids = {"Asterisk": asterisk.pid() or 0, "media process": int((system.var / MEDIA_PID).read_text())}
    _share_a_core(pids.values(), system.family())
    with tempfile.TemporaryDirectory(prefix="bench-callers-") as folder:
        callers = _call_all(system, Path(folder))
        time.sleep(CALLS / A_SECOND + 1)
        before, began = {name: _cpu_s(pid) for name, pid in pids.items()}, time.monotonic()
        time.sleep(MEASURED_S)
        elapsed = time.monotonic() - began
        shares = {name: (_cpu_s(pid) - before[name]) / elapsed for name, pid in pids.items()}
        callers.wait(TALK_S * 3)
    waits = sorted(_waits_ms(system))
    p95 = f"{waits[int(len(waits) * 0.95) - 1]:.0f} ms" if waits else "-"
    return (
        Row(f"Asterisk, {CALLS} calls over SIP at once: reached the media process", f"{len(waits)}", str(CALLS)),
        Row(f"Asterisk, set-up to media process, {A_SECOND} calls a second, p95", p95, "300 ms"),
        *(Row(f"{name}, part of the core that both share, {CALLS} calls", f"{share:.0%}") for name, share in shares.items()),
        Row(f"both, part of that core, {CALLS} calls", f"{sum(shares.values()):.0%}", "at most 100 %"),
    )


def _share_a_core(sharing: Iterable[int], others: Iterable[int]) -> None:
    """What shares the first core, with all its threads; everything else has the other cores."""
    first, *rest = sorted(os.sched_getaffinity(0))
    if not rest:
        return
    for pid in {*others, os.getpid()}.difference(sharing):
        _move(pid, set(rest))
    for pid in sharing:
        _move(pid, {first})


def _move(pid: int, cores: set[int]) -> None:
    for thread in Path(f"/proc/{pid}/task").glob("*"):
        with suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread.name), cores)


def _call_all(system: TrialSystem, folder: Path) -> "subprocess.Popen[bytes]":
    track = Track(Law.ALAW)
    track.speak(MULAW_SILENCE * int(GREETED_S * 8000) + _speech())
    track.speak(MULAW_SILENCE * max(0, int(TALK_S * 1000) - track.now_ms) * 8)
    (folder / "call.pcap").write_bytes(track.capture())
    scenario = write_crowd_scenario("1380000[call_number]", Law.ALAW, int(TALK_S * 1000), "call.pcap")
    (folder / "callers.xml").write_text(scenario, "utf-8")
    return subprocess.Popen(
        [
            *("sipp", f"127.0.0.1:{system.settings.sip.port}", "-sf", "callers.xml", "-s", "12345", "-nostdin"),
            *("-i", "127.0.0.1", "-mi", "127.0.0.1", "-r", str(A_SECOND), "-m", str(CALLS), "-l", str(CALLS)),
            *("-timeout", f"{TALK_S * 2:.0f}s"),
        ],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _waits_ms(system: TrialSystem) -> list[float]:
    """From the first webhook of a call to the greeting's first packet being sent, as our rows have it."""
    office = build_office(system.settings)
    with office.database.reading() as session:
        calls = session.scalars(select(Call).where(Call.media_started_at.is_not(None)))
        return [(call.media_started_at - call.started_at).total_seconds() * 1000 for call in calls if call.media_started_at]


def _cpu_s(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _speech() -> bytes:
    with wave.open(str(ROOT / "samples" / "rubbish" / "1.wav")) as file:
        return pcm_to_mulaw(file.readframes(4 * 8000))
