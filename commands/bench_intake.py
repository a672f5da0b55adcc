"""`flask bench intake`: the whole system under fifty calls at once, with fifty pages open, as its people would feel it."""

import asyncio
import json
import re
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import requests
import uvloop
from sqlalchemy import select

from asr.g711 import pcm_to_mulaw
from asr.sound_files import SoundFile
from commands.bench import BenchReport, Row
from commands.call.exchange import Exchange
from commands.stream_phone import StreamPhone
from commands.trial_system import TrialSystem, trial_system
from config.live_ticket import LiveTicket, make_live_ticket
from config.settings import ROOT, Settings
from intake.calls import find_call
from intake.office import Office, build_office
from models.case import Case

CALLS = 50
PAGES = 50
TALK_S = 30.0
SAMPLE = "rubbish"
PLACE = {"district_code": "110114", "subdistrict_code": "110114112", "community_code": None, "address": None}
"""Where cases of callers who hung up before the question for the place are sent: 天通苑北街道."""
_PATIENCE_S = 20.0
_RINGING_S = 0.5


def run() -> BenchReport:
    with (
        tempfile.TemporaryDirectory(prefix="bench-intake-") as folder,
        trial_system(Path(folder), LOG_LEVEL="WARNING") as trial,
    ):
        idle = memory_of(trial)
        bench = Bench(trial, trial.settings, build_office(trial.settings))
        busy = uvloop.run(bench.load())
        confirmed = bench.confirm_all(trial.make_token("operator"))
        rows = (
            *busy,
            *bench.queue_rows(confirmed),
            *_memory_rows("idle", idle),
            *_memory_rows("after the load", memory_of(trial)),
        )
    return BenchReport(f"Whole system, {CALLS} calls at once for {TALK_S:.0f} s, {PAGES} pages open, scripted engine", rows)


@dataclass(slots=True)
class Bench:
    trial: TrialSystem
    settings: Settings
    office: Office
    seen_s: dict[str, float] = field(default_factory=dict)
    """Case number -> when the first page learnt that it had left `open`, on the monotonic clock."""
    burst_ms: list[float] = field(default_factory=list)
    """How long each voice webhook took when all callers rang in the same moment."""
    answers_ms: list[float] = field(default_factory=list)
    """The same, one after another, while they spoke."""
    page_events: int = 0

    async def load(self) -> Sequence[Row]:
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(None)
        ) as client:
            pages = [asyncio.create_task(self._page(client, number)) for number in range(PAGES)]
            exchange = Exchange(client, self.settings.twilio.auth_token.get_secret_value())
            phones = await asyncio.gather(*(self._ring(exchange, number, self.burst_ms) for number in range(CALLS)))
            ringing = asyncio.create_task(self._keep_ringing(exchange))
            await asyncio.gather(*(_talk(phone, number / CALLS) for number, phone in enumerate(phones)))
            media = await _figures(client, self.settings.media_port)
            ringing.cancel()
            hung_up = {await self._case_no(phone.call_sid): _hang_up(phone) for phone in phones}
            delays = [await self._until_seen(case_no, at_s) for case_no, at_s in hung_up.items()]
            for page in pages:
                page.cancel()
            await asyncio.gather(*pages, return_exceptions=True)
        return self._load_rows(media, [delay for delay in delays if delay is not None], phones)

    def _load_rows(self, media: Mapping[str, float], delays: Sequence[float], phones: Sequence[StreamPhone]) -> Sequence[Row]:
        return (
            Row("hang-up to case on an open page, p95", f"{p95(delays):.0f} ms", "1000 ms"),
            Row("  median; cases that came", f"{statistics.median(delays):.0f} ms; {len(delays)} of {CALLS}"),
            Row("frames taken in", f"{media['frames_total']:.0f}"),
            Row("frames later than 100 ms", f"{media['late_frames_total']:.0f}", "0"),
            Row("latest frame", f"{media['worst_frame_lateness_ms']:.0f} ms", "100 ms"),
            Row("  of which the simulated carrier itself", f"{max(phone.worst_delay_ms for phone in phones):.0f} ms"),
            Row("voice webhook under this load, worst", f"{max(self.answers_ms):.0f} ms", "1000 ms"),
            Row("  median of", f"{statistics.median(self.answers_ms):.0f} ms, {len(self.answers_ms)} calls"),
            Row(f"{CALLS} voice webhooks in one moment, worst", f"{max(self.burst_ms):.0f} ms"),
            Row("events that reached the pages", f"{self.page_events}"),
        )

    async def _page(self, client: aiohttp.ClientSession, number: int) -> None:
        """An operator's open page: every event as it comes."""
        ticket = make_live_ticket(
            self.settings.secret_key.get_secret_value(), LiveTicket(f"bench-{number}", "operator"), self.office.clock.now()
        )
        address = f"http://127.0.0.1:{self.settings.live_port}/live/events?topic=cases&ticket={ticket}"
        async with client.get(address) as stream:
            async for line in stream.content:
                if line.startswith(b"data:"):
                    self.page_events += 1
                    if number == 0:
                        self._note(json.loads(line[5:]))

    def _note(self, told: Mapping[str, object]) -> None:
        case_no, state = told.get("case_no"), told.get("state")
        if isinstance(case_no, str) and state not in {None, "open"}:
            self.seen_s.setdefault(case_no, time.monotonic())

    async def _ring(self, exchange: Exchange, number: int, took_ms: list[float]) -> StreamPhone:
        sid = f"CA{number:032d}"
        form = {"CallSid": sid, "From": "+8613900000000", "To": "+8612345", "CallStatus": "ringing", "SampleName": SAMPLE}
        began = time.monotonic()
        answer = await exchange.post(f"{self.settings.public_url}/webhooks/twilio/voice", form)
        took_ms.append((time.monotonic() - began) * 1000)
        token = re.search(rb'name="token" value="([^"]+)"', answer.body)
        return StreamPhone(f"{self.settings.media_url}/media/twilio", sid, token.group(1).decode() if token else "")

    async def _keep_ringing(self, exchange: Exchange) -> None:
        """New callers while fifty speak; they are gone before their audio comes."""
        number = CALLS
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE_S):
                    await self._ring(exchange, number, self.answers_ms)
            number += 1
            await asyncio.sleep(_RINGING_S)

    async def _case_no(self, sid: str) -> str:
        return await asyncio.to_thread(self._read_case_no, sid)

    def _read_case_no(self, sid: str) -> str:
        view = find_call(self.office, "twilio", sid)
        return view.case_no if view else ""

    async def _until_seen(self, case_no: str, at_s: float) -> float | None:
        """Milliseconds from hanging up until a page knew; None where none did within 20 s."""
        while time.monotonic() - at_s < _PATIENCE_S:
            if case_no in self.seen_s:
                return (self.seen_s[case_no] - at_s) * 1000
            await asyncio.sleep(0.02)
        return None

    def confirm_all(self, token: str) -> int:
        """An operator confirms every case that came; how many went."""
        done = 0
        for case_no in self.seen_s:
            address = f"{self.trial.url}/api/v1/cases/{case_no}"
            head = {"Authorization": f"Bearer {token}"}
            version = requests.get(address, headers=head, timeout=10).json().get("version")
            body = {"version": version, "location": PLACE, "category_code": self.office.taxonomy().leaves[0].code}
            done += requests.post(f"{address}/confirm", json=body, headers=head, timeout=10).ok
            time.sleep(0.1)
        return done

    def queue_rows(self, confirmed: int) -> Sequence[Row]:
        time.sleep(2.0)
        with self.office.database.reading() as session:
            stamps = session.execute(select(Case.confirmed_at, Case.queued_at)).all()
        delays = [(queued - done).total_seconds() * 1000 for done, queued in stamps if done and queued]
        return (
            Row("confirm to order in the queue, p99", f"{p99(delays):.0f} ms", "200 ms"),
            Row("  median; orders of confirmed", f"{statistics.median(delays):.0f} ms; {len(delays)} of {confirmed}"),
        )


async def _talk(phone: StreamPhone, delay_s: float) -> None:
    """Listens to the notice, speaks into the question, and then waits for what comes."""
    await asyncio.sleep(delay_s)
    await phone.dial()
    await phone.until_mark("notice")
    await asyncio.sleep(1.0)
    phone.say(_speech())
    await asyncio.sleep(max(0.0, TALK_S - phone.now_ms / 1000))


def _hang_up(phone: StreamPhone) -> float:
    phone.hang_up()
    return time.monotonic()


def _speech() -> bytes:
    with SoundFile(ROOT / "samples" / SAMPLE / "1.wav", 8000, None) as sound:
        return pcm_to_mulaw(b"".join(sound.pieces()))


async def _figures(client: aiohttp.ClientSession, port: int) -> dict[str, float]:
    async with client.get(f"http://127.0.0.1:{port}/metrics") as answer:
        text = await answer.text()
    return {name: float(value) for name, value in re.findall(r"^hotline_media_(\w+) (\S+)$", text, re.M)}


def memory_of(trial: TrialSystem) -> tuple[float, float]:
    """Megabytes of all processes: resident (pages that several share count each time), and shared out fairly (PSS)."""
    resident = proportional = 0
    for pid in trial.family():
        with suppress(OSError):
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            resident += int(re.search(r"^Rss:\s+(\d+)", text, re.M)[1])  # type: ignore[index]
            proportional += int(re.search(r"^Pss:\s+(\d+)", text, re.M)[1])  # type: ignore[index]
    return resident / 1024, proportional / 1024


def _memory_rows(when: str, memory: tuple[float, float]) -> tuple[Row, Row]:
    resident, proportional = memory
    return (
        Row(f"memory of all roles, {when}", f"{proportional:.0f} MB", "800 MB"),
        Row("  sum of each one's resident memory", f"{resident:.0f} MB"),
    )


def p95(values: Sequence[float]) -> float:
    return sorted(values)[max(0, int(len(values) * 0.95) - 1)]


def p99(values: Sequence[float]) -> float:
    return sorted(values)[max(0, int(len(values) * 0.99) - 1)]
