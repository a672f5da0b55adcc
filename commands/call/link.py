"""The carrier's side of webhooks for one call: which form is sent, and what is followed where no usable answer comes."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from commands.call.exchange import Exchange, Unreachable, WebhookFailed
from commands.call.happenings import CallResult, TellNow, What
from commands.call.twiml import Document, TwimlRefused, read_twiml
from config.errors import HotlineError

Fields = Mapping[str, str]


class NobodyThere(HotlineError):
    """The system does not run: nobody answers the very first webhook."""

    code = "nobody_there"


@dataclass(frozen=True, slots=True)
class System:
    """The system that is called. `url` has no slash at its end."""

    url: str
    allows_plain_ws: bool
    """Whether it is reached over loopback only."""
    fallback: Path
    falls_back_at_once: bool = True
    """Whether a system that nobody can reach at the very beginning is fallen back from, or reported."""

    def webhook(self, name: str) -> str:
        return f"{self.url}/webhooks/twilio/{name}"


@dataclass
class Link:
    """`form` are the fields of every webhook; what goes wrong is put down in `result` and told."""

    system: System
    exchange: Exchange
    form: Fields
    result: CallResult
    tell: TellNow
    status: str = "ringing"
    """Twilio's CallStatus."""
    _background: set[asyncio.Task[None]] = field(default_factory=set)

    async def ask(self, url: str, fields: Fields) -> Document:
        """What to do now. No usable answer leads to the fallback document. Raises NobodyThere."""
        try:
            answer = await self.exchange.post(url, self._whole(fields))
            if "xml" not in answer.content_type:
                raise TwimlRefused(f"{url} answered with {answer.content_type}, which is no TwiML")
            return self._read(answer.body, url)
        except Unreachable as error:
            if self.status == "ringing" and not self.system.falls_back_at_once:
                raise NobodyThere(str(error)) from None
            return self._fall_back(error)
        except (WebhookFailed, TwimlRefused) as error:
            return self._fall_back(error)

    def take(self, twiml: str) -> Document:
        """TwiML that came by the REST API."""
        try:
            return self._read(twiml.encode(), self.system.webhook("voice"))
        except TwimlRefused as error:
            return self._fall_back(error)

    async def notify(self, url: str, fields: Fields) -> None:
        """A webhook whose answer is not read."""
        if not url:
            return
        try:
            await self.exchange.post(url, self._whole(fields))
        except WebhookFailed as error:
            self.tell(What.NOTE, f"a notice was lost: {error}", None)

    def notify_later(self, url: str, fields: Fields) -> asyncio.Task[None]:
        """The task is waited for by `finish` at the latest."""
        task = asyncio.create_task(self.notify(url, fields))
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    async def finish(self) -> None:
        await asyncio.gather(*self._background, return_exceptions=True)

    def _read(self, body: bytes, url: str) -> Document:
        return read_twiml(body, url, allows_plain_ws=self.system.allows_plain_ws)

    def _fall_back(self, error: HotlineError) -> Document:
        self.result.problems.append(f"the carrier had to fall back: {error}")
        self.tell(What.FALLBACK, str(error), None)
        try:
            return read_twiml(self.system.fallback.read_bytes(), "", allows_plain_ws=False)
        except (OSError, TwimlRefused) as broken:
            self.result.problems.append(f"the fallback {self.system.fallback} is unusable: {broken}")
            return Document(())

    def _whole(self, fields: Fields) -> dict[str, str]:
        return {**self.form, "CallStatus": self.status, **fields}
