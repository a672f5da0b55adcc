"""Calls over SIP for `flask bench media`: real callers (sipp), a real Asterisk and the whole system beside it."""

import asyncio
import os
import shutil
import tempfile
import time
import wave
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from asr.g711 import pcm_to_mulaw
from commands.bench import Row
from commands.call.sip.packets import Law
from commands.call.sip.sipp import Clip, Route, SippCall
from commands.pbx.asterisk import Asterisk
from commands.pbx.prefix import NoAsterisk, find_prefix
from commands.trial_system import TrialSystem, free_ports, trial_system
from config.media_pid import MEDIA_PID
from config.settings import ROOT, load_settings
from intake.office import build_office
from models.call import Call

CALLS = 20
TALK_S = 8.0
A_SECOND = 10
"""Calls that begin in one."""


def asterisk_rows() -> Sequence[Row]:
    try:
        prefix = find_prefix(load_settings())
    except NoAsterisk as error:
        return (Row("Asterisk", f"not measured: {error}"),)
    if shutil.which("sipp") is None:
        return (Row("Asterisk", "not measured: sipp is not installed (apt install sip-tester)"),)
    sip, tls, ari = (str(port) for port in free_ports(3))
    given = {"SIP__PORT": sip, "SIP__TLS_PORT": tls, "SIP__ARI_PORT": ari, "ASR__ENGINE": "scripted", "DISK_RESERVE_MB": "0"}
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
    before, began = {name: _cpu_s(pid) for name, pid in pids.items()}, time.monotonic()
    asyncio.run(_call_all(system))
    elapsed = time.monotonic() - began
    shares = {name: (_cpu_s(pid) - before[name]) / elapsed for name, pid in pids.items()}
    waits = sorted(_waits_ms(system))
    p95 = f"{waits[int(len(waits) * 0.95) - 1]:.0f} ms" if waits else "-"
    return (
        Row(f"Asterisk, {CALLS} calls over SIP that reached the media process", f"{len(waits)}", str(CALLS)),
        Row(f"Asterisk, set-up to media process, {A_SECOND} calls a second, p95", p95, "300 ms"),
        *(Row(f"{name}, part of a core at {CALLS} calls over SIP", f"{share:.0%}") for name, share in shares.items()),
    )


async def _call_all(system: TrialSystem) -> None:
    await asyncio.gather(*(_call(system, number) for number in range(CALLS)))


async def _call(system: TrialSystem, number: int) -> None:
    await asyncio.sleep(number / A_SECOND)
    route = Route("127.0.0.1", system.settings.sip.port)
    async with SippCall(route, f"1380000{number:04d}", Law.ALAW, [Clip(_speech())], longest_s=TALK_S * 3) as call:
        await asyncio.sleep(TALK_S / 2)
        call.play(0)
        await asyncio.sleep(TALK_S / 2)


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
