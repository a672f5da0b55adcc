"""A running media process for tests, and residents who call it."""

import asyncio
import itertools
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import uvloop
from sqlalchemy import select

from commands.stream_phone import StreamPhone
from config.stream_token import StreamGrant, make_stream_token
from intake.calls import CallView, IncomingCall, find_call, open_call
from intake.office import Office
from intake.outcome import Outcome
from media import server
from media.switchboard import Switchboard
from models.case import Case, CaseState
from models.recording import Recording
from models.utterance import Utterance

T = TypeVar("T")
SPEED = 3.0
"""A minute of a call takes 20 seconds."""
LIMIT_S = 60.0
_numbers = itertools.count(1)


@dataclass(slots=True)
class Hall:
    office: Office
    switchboard: Switchboard
    stop: Callable[[], None]
    """Ends the media process in order; returns when it has ended."""

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.office.settings.media_port}/media/twilio"

    def ring(self, sample: str = "", **options: Any) -> StreamPhone:
        """A call that the web process has taken, ready to be connected."""
        sid = f"CA{next(_numbers)}"
        opened = open_call(self.office, IncomingCall("twilio", sid, "+8613800138000"))
        grant = StreamGrant(opened.call_id, opened.case_no, sid, sample)
        return StreamPhone(self.url, sid, **{"token": self.token(grant), "speed": SPEED, **options})

    def token(self, grant: StreamGrant) -> str:
        secret = self.office.settings.secret_key.get_secret_value()
        return make_stream_token(secret, grant, self.office.clock.now())

    def view(self, phone: StreamPhone) -> CallView:
        view = find_call(self.office, "twilio", phone.call_sid)
        if view is None:
            raise LookupError(phone.call_sid)
        return view

    def outcome(self, phone: StreamPhone) -> Outcome:
        found = self.view(phone).outcome
        if found is None:
            raise LookupError(f"no outcome of {phone.call_sid}; heard {phone.marks}")
        return found

    def case(self, phone: StreamPhone) -> Case:
        with self.office.database.reading() as session:
            return session.scalars(select(Case).where(Case.case_no == self.view(phone).case_no)).one()

    def heard(self, phone: StreamPhone) -> list[Utterance]:
        wanted = select(Utterance).where(Utterance.call_id == self.view(phone).id).order_by(Utterance.sequence)
        with self.office.database.reading() as session:
            return list(session.scalars(wanted))

    def recordings(self, phone: StreamPhone) -> list[Recording]:
        with self.office.database.reading() as session:
            return list(session.scalars(select(Recording).where(Recording.call_id == self.view(phone).id)))

    async def until(self, ask: Callable[[], T | None]) -> T:
        """The first answer that is true."""
        async with asyncio.timeout(LIMIT_S):
            while not (answer := await asyncio.to_thread(ask)):
                await asyncio.sleep(0.05)
        return answer

    async def until_left_open(self, phone: StreamPhone) -> Case:
        return await self.until(lambda: case if (case := self.case(phone)).state is not CaseState.OPEN else None)

    async def until_at_rest(self) -> None:
        """Every call is put away, every recording announced."""
        await self.until(lambda: self.switchboard.calls == 0 and not self._unfinished())

    def _unfinished(self) -> list[Path]:
        """Of the recordings."""
        return [path for path in (self.office.var / "recordings").rglob("*") if path.suffix in {".part", ".new"}]


def is_not_forged(_path: str, headers: Mapping[str, str]) -> bool:
    """The carrier's signature as this hall knows it."""
    return headers.get("X-Twilio-Signature") != "forged"


@contextmanager
def open_hall(office: Office) -> Iterator[Hall]:
    began, stop = threading.Event(), asyncio.Event()
    found: list[tuple[asyncio.AbstractEventLoop, Switchboard]] = []
    broken: list[BaseException] = []

    def ready(switchboard: Switchboard) -> None:
        found.append((asyncio.get_running_loop(), switchboard))
        began.set()

    def run() -> None:
        try:
            uvloop.run(server.serve(office.settings, office, is_not_forged, stop, ready))
        except BaseException as error:
            broken.append(error)
        finally:
            began.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    began.wait(LIMIT_S)
    if broken:
        raise broken[0]
    loop, switchboard = found[0]

    def end() -> None:
        if thread.is_alive():
            loop.call_soon_threadsafe(stop.set)
            thread.join(LIMIT_S)
        if broken:
            raise broken[0]

    try:
        yield Hall(office, switchboard, end)
    finally:
        end()


def call(conversation: Callable[[], Awaitable[None]]) -> None:
    """Run a test's side of calls, bounded."""

    async def bounded() -> None:
        async with asyncio.timeout(LIMIT_S * 2):
            await conversation()

    uvloop.run(bounded())
