"""A real Asterisk, a media process of its own and the web application beside it, each of which a test may take away."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from cryptography.fernet import Fernet
from flask import Flask
from numpy.typing import NDArray
from scipy.signal import fftconvolve
from sqlalchemy import distinct, func, select
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from commands.call.sip.packets import Law
from commands.call.sip.sipp import Clip, Route, SippCall, SippMissing, SippMute, find_sipp
from commands.pbx.asterisk import Asterisk
from commands.pbx.configuration import PROMPTS
from commands.pbx.prefix import NoAsterisk, find_prefix
from commands.trial_system import free_ports
from config.exchange import CALLS
from config.media_pid import MEDIA_PID
from config.settings import PREFIX, ROOT, Settings, load_settings
from intake.calls import CallView, call_view
from intake.fetching import fetch_due_recordings
from intake.office import Office, build_office
from models.call import Call
from models.case import Case
from models.recording import Recording, RecordingSource
from models.sealed import normalise_number
from models.session import upgrade
from webhooks.fetchers import make_fetchers
from webhooks.media_health import HttpMediaHealth, role_address
from webhooks.register import register
from webhooks.watchdog import Watchdog

T = TypeVar("T")
HUMAN = "+861012345678"
LIMIT_S = 40.0


def need_parts() -> None:
    if shutil.which("baresip") is None:
        pytest.skip("baresip is not installed: make parts (as root) installs it")
    try:
        find_sipp()
    except (SippMissing, SippMute) as problem:
        pytest.skip(str(problem))
    try:
        find_prefix(load_settings({}))
    except NoAsterisk:
        pytest.skip("Asterisk 22 is not installed: make parts (as root), or deploy/asterisk/install.sh, installs it")


def environment(var: Path, **settings: str) -> dict[str, str]:
    web, media, live, sip, tls, ari, trunk = free_ports(7)
    first = 20_000 + os.getpid() % 40 * 1000
    given = {
        "VAR": str(var),
        "PORT": str(web),
        "MEDIA_PORT": str(media),
        "LIVE_PORT": str(live),
        "SECRET_KEY": "s" * 40,
        "DATA_KEYS": Fernet.generate_key().decode(),
        "SAMPLES": "1",
        "ASR__ENGINE": "scripted",
        "ASR__STREAMS": "60",
        "DISK_RESERVE_MB": "0",
        "LOG_LEVEL": "WARNING",
        "HUMAN_NUMBER": HUMAN,
        "SIP__TOKEN": "pbx-token",
        "SIP__MEDIA_PASSWORD": "media-password",
        "SIP__ARI_PASSWORD": "ari-password",
        "SIP__PORT": str(sip),
        "SIP__TLS_PORT": str(tls),
        "SIP__ARI_PORT": str(ari),
        "SIP__TRUNK_PORT": str(trunk),
        "SIP__RTP_FIRST": str(first),
        "SIP__RTP_LAST": str(first + 999),
        **settings,
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return {**kept, **{PREFIX + name: value for name, value in given.items()}}


@dataclass
class Hotline:
    environment: dict[str, str]
    settings: Settings = field(init=False)
    office: Office = field(init=False)
    asterisk: Asterisk = field(init=False)
    media: "subprocess.Popen[bytes] | None" = None
    _web: BaseWSGIServer | None = None

    def __post_init__(self) -> None:
        self.settings = load_settings(self.environment)
        self.office = build_office(self.settings)
        upgrade(self.office.database)
        self.asterisk = Asterisk(self.settings, find_prefix(self.settings))
        self._app = Flask("sip", static_folder=None, template_folder=None)
        register(self._app, self.office, self.settings)
        self.health = HttpMediaHealth(role_address(self.settings, self.settings.media_port))
        self.watchdog = Watchdog(self.health, self.settings.var / MEDIA_PID)

    def start_web(self) -> None:
        self._web = make_server(self.settings.host, self.settings.port, self._app, threaded=True, request_handler=_Quiet)
        threading.Thread(target=self._web.serve_forever, daemon=True).start()

    def stop_web(self) -> None:
        if self._web is not None:
            self._web.shutdown()
            self._web.server_close()
            self._web = None

    def start_media(self) -> None:
        command = [sys.executable, "-m", "commands.roles", "media"]
        self.media = subprocess.Popen(command, env=self.environment, cwd=ROOT)
        until = time.monotonic() + LIMIT_S
        while not self.health.ask().accepts:
            assert time.monotonic() < until and self.media.poll() is None, "the media process does not start"
            time.sleep(0.1)

    def start_asterisk(self) -> None:
        self.asterisk.start()
        self.change("extensions.conf", f"PROMPTS = {PROMPTS}", f"PROMPTS = {_short_prompts(self.settings.var)}")

    def change(self, file: str, before: str, after: str) -> None:
        """Another configuration, from now on."""
        path = self.asterisk.folder / "etc" / file
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, after))
        self.asterisk.ask("dialplan reload" if file == "extensions.conf" else "module reload res_websocket_client.so")

    def figure(self, name: str) -> int:
        """One of the media process's figures, as it tells them."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.settings.media_port}/metrics", timeout=5) as answer:
            told = answer.read().decode()
        return int(re.search(rf"^hotline_media_{name} (\d+)$", told, re.M).group(1))  # type: ignore[union-attr]

    def kill_media(self, number: int = signal.SIGKILL) -> None:
        if self.media is not None:
            self.media.send_signal(number)
            if number in {signal.SIGKILL, signal.SIGTERM}:
                self.media.wait(20)

    def ring(self, number: str, *clips: Clip, law: Law = Law.ALAW, longest_s: float = 30.0, sample: str = "") -> SippCall:
        headers = {"X-Hotline-Sample": sample} if sample else {}
        return SippCall(Route("127.0.0.1", self.settings.sip.port), number, law, clips, headers, longest_s)

    def view(self, number: str) -> CallView | None:
        """The only call of this number."""
        trace = self.office.sealer.trace(normalise_number(number) or "")
        with self.office.database.reading() as session:
            found = session.scalars(select(Call).where(Call.caller_hash == trace)).one_or_none()
            return call_view(found, session.get_one(Case, found.case_id).case_no) if found else None

    def case(self, number: str) -> Case:
        view = self.view(number)
        assert view is not None, "there is no such call"
        with self.office.database.reading() as session:
            return session.scalars(select(Case).where(Case.case_no == view.case_no)).one()

    def recordings(self, number: str) -> dict[str, Path]:
        """Those that are here, fetched if need be: source and tracks -> file."""
        fetch_due_recordings(self.office, make_fetchers(self.settings), 50)
        rows = self._recordings(number)
        return {f"{row.source} {row.tracks}": self.settings.var / row.path for row in rows if row.path is not None}

    def announced(self, number: str) -> set[str]:
        """Source and tracks of the recordings that we know of, here or not."""
        return {f"{row.source} {row.tracks}" for row in self._recordings(number)}

    def calls_recorded_by_exchange(self) -> int:
        """How many of them we know of."""
        told = select(func.count(distinct(Recording.call_id))).where(Recording.source == RecordingSource.EXCHANGE)
        with self.office.database.reading() as session:
            return session.scalar(told) or 0

    def _recordings(self, number: str) -> list[Recording]:
        view = self.view(number)
        assert view is not None
        with self.office.database.reading() as session:
            return list(session.scalars(select(Recording).where(Recording.call_id == view.id)))

    async def until(self, what: str, ask: Callable[[], T | None], seconds: float = LIMIT_S) -> T:
        until = time.monotonic() + seconds
        while not (answer := await asyncio.to_thread(ask)):
            assert time.monotonic() < until, f"not within {seconds:.0f} s: {what}"
            await asyncio.sleep(0.1)
        return answer

    async def until_talking(self, number: str) -> CallView:
        """The media process has the caller."""

        def ask() -> CallView | None:
            view = self.view(number)
            return view if view is not None and view.media_started_at is not None else None

        return await self.until("a conversation", ask)

    async def until_step(self, number: str, *states: str) -> CallView:
        def ask() -> CallView | None:
            view = self.view(number)
            return view if view is not None and str(view.state) in states else None

        return await self.until(f"a call that is {' or '.join(states)}", ask)

    async def until_recorded(self, number: str, milliseconds: int = 500) -> None:
        """The exchange's recorder has taken so much of a message."""
        enough = milliseconds * 16 + 44

        def ask() -> bool:
            view = self.view(number)
            path = self.calls / f"message-{view.carrier_call_id}.wav" if view else None
            return path is not None and path.exists() and path.stat().st_size > enough

        await self.until("a message being recorded", ask)

    @property
    def calls(self) -> Path:
        return self.settings.var / CALLS

    def end(self) -> None:
        self.kill_media(signal.SIGCONT)
        self.kill_media(signal.SIGTERM)
        self.asterisk.stop()
        self.stop_web()
        self.office.database.close()


@contextmanager
def open_hotline(*, with_media: bool = True, **settings: str) -> Iterator[Hotline]:
    """In a folder with a short name: the path of a socket is short."""
    need_parts()
    with tempfile.TemporaryDirectory(prefix="sip-") as folder:
        hotline = Hotline(environment(Path(folder) / "var", **settings))
        try:
            hotline.start_web()
            if with_media:
                hotline.start_media()
            hotline.start_asterisk()
            yield hotline
        finally:
            hotline.end()


def pcm(raw: bytes) -> NDArray[np.float64]:
    return np.frombuffer(raw, "<i2").astype(np.float64)


def likeness(heard: NDArray[np.float64], said: NDArray[np.float64]) -> float:
    """Correlation of `said` with the one stretch of `heard` that is most like it, of the same length."""
    at = int(np.argmax(fftconvolve(heard, said[::-1], "valid")))
    return float(np.corrcoef(heard[at : at + said.size], said)[0, 1])


def _short_prompts(folder: Path) -> Path:
    """The dialplan's prompts in a third of a second each: what is waited for here is not their end."""
    short = folder / "prompts"
    short.mkdir(exist_ok=True)
    for path in PROMPTS.glob("*.wav"):
        with wave.open(str(path)) as spoken, wave.open(str(short / path.name), "wb") as cut:
            cut.setparams(spoken.getparams())
            cut.writeframes(spoken.readframes(spoken.getframerate() // 3))
    return short


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_args: object) -> None: ...
