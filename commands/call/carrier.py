"""One simulated call, as a carrier lives it: asks the system by webhook, follows the TwiML until somebody hangs up."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import uuid4

from commands.call.clock import CallClock
from commands.call.exchange import Exchange, WebhookFailed
from commands.call.happenings import CallResult, Happening, Tell, What
from commands.call.link import Link, NobodyThere, System
from commands.call.media_stream import CallerLeft, Line, MediaStream, StreamBroke
from commands.call.plan import KeyPress
from commands.call.recorder import Recorder
from commands.call.resident import Resident, Speech
from commands.call.rest_api import RestApi
from commands.call.sound import NoSound, decode, duration_s, is_silent
from commands.call.twiml import Dial, Document, Gather, Hangup, Pause, Play, Record, Redirect, Say, Stream, Verb

STREAM_GRACE_S = 3.0
"""After a broken stream the caller hears nothing for so long, unless the system redirects the call; then the TwiML goes on."""
MOST_VERBS = 200
"""A document that leads back to itself would go on for ever."""
_RING_S = 2.0
_TALK_S = 4.0
_READ_PER_S = 4.5
"""Characters that the carrier's own voice reads a second."""


class Human(StrEnum):
    """What happens when the system has a human rung."""

    ANSWERS = "answers"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Caller:
    number: str
    speeches: Sequence[Speech]
    keys: Sequence[KeyPress] = ()
    hang_up_at_s: float | None = None
    sample: str = ""


@dataclass(frozen=True, slots=True)
class Network:
    """What all calls of this carrier share."""

    account: str
    token: str
    system: System
    exchange: Exchange
    api: RestApi
    human: Human = Human.ANSWERS
    dialled: str = "12345"
    name_of: Callable[[bytes], str] = lambda _audio: ""
    """Text of a prompt by its sound, empty where it is not known."""


@dataclass(frozen=True, slots=True)
class _Redirection:
    url: str
    twiml: str


@dataclass
class SimulatedCall:
    """`run` once. It is the rest_api.LiveCall of its carrier."""

    network: Network
    caller: Caller
    told: Tell
    speed: float = 1.0
    sid: str = field(default_factory=lambda: "CA" + uuid4().hex)
    recordings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._clock = CallClock(self.speed)
        self._resident = Resident(self.caller.speeches)
        self._keys = list(self.caller.keys)
        self._result = CallResult()
        self._link = Link(self.network.system, self.network.exchange, self._form(), self._result, self.tell_now)
        self._orders: asyncio.Queue[_Redirection | None] = asyncio.Queue()
        self._steps = 0
        self._left_message = False

    def redirect(self, url: str, twiml: str) -> None:
        self._orders.put_nowait(_Redirection(url, twiml))

    def end(self) -> None:
        self._orders.put_nowait(None)

    def describe(self) -> dict[str, str]:
        return {"from": self.caller.number, "to": self.network.dialled, "status": self._link.status}

    async def run(self) -> CallResult:
        self.network.api.add(self.sid, self)
        try:
            await self._live()
        except CallerLeft as left:
            self._result.problems.append(str(left))
            self._hang_up("caller", str(left))
        except asyncio.CancelledError:
            # Ctrl-C is a caller who hangs up: the system is told so.
            self._hang_up("caller", "")
            await self._report_end()
            raise
        except NobodyThere as error:
            self._result.unreachable = True
            self._result.problems.append(str(error))
            return self._result
        finally:
            self.network.api.remove(self.sid)
        await self._report_end()
        return self._result

    async def _live(self) -> None:
        document: Document | None = await self._link.ask(self.network.system.webhook("voice"), {})
        self._clock.restart()
        self._link.status = "in-progress"
        self.tell_now(What.CALLS, self.sid)
        while document is not None:
            document = await self._interruptible(self._follow(document))

    async def _report_end(self) -> None:
        self._link.status = "completed"
        seconds = str(max(1, round(self._clock.now_s())))
        await self._link.notify(self.network.system.webhook("status"), {"CallDuration": seconds})
        await self._link.finish()

    async def _interruptible(self, following: Coroutine[Any, Any, Document | None]) -> Document | None:
        """Follow a document until it leads on, the caller hangs up, or the system redirects the call."""
        follow = asyncio.create_task(following)
        order = asyncio.create_task(self._orders.get())
        hang_up = asyncio.create_task(self._until_hang_up())
        try:
            await asyncio.wait({follow, order, hang_up}, return_when=asyncio.FIRST_COMPLETED)
            if follow.done():
                return await follow
            await _cancel(follow)
            if hang_up.done():
                self._hang_up("caller", "")
                return None
            return await self._redirected(order.result())
        finally:
            for task in (follow, order, hang_up):
                await _cancel(task)

    async def _until_hang_up(self) -> None:
        if self.caller.hang_up_at_s is None:
            await asyncio.Event().wait()
        else:
            await self._clock.until(self.caller.hang_up_at_s)

    async def _redirected(self, order: _Redirection | None) -> Document | None:
        if order is None:
            self._hang_up("system", "the system ended the call by the REST API")
            return None
        self.tell_now(What.REDIRECTED)
        return self._link.take(order.twiml) if order.twiml else await self._link.ask(order.url, {})

    async def _follow(self, document: Document) -> Document | None:
        """The document that comes next; None when the call is over."""
        for verb in document.verbs:
            self._steps += 1
            if self._steps > MOST_VERBS:
                self._result.problems.append("the TwiML leads on and on: the carrier gave the call up")
                self._hang_up("carrier", "")
                return None
            if isinstance(verb, Hangup) or self._result.ended_by:
                break
            led_to = await self._do(verb, document)
            if led_to is not None:
                return led_to
        self._hang_up("system", "")
        return None

    async def _do(self, verb: Verb, document: Document) -> Document | None:
        """Where it leads; None where the next verb of the same document follows."""
        match verb:
            case Stream():
                await self._connect(verb)
            case Say():
                await self._say(verb)
            case Play():
                await self._play(verb)
            case Pause():
                await self._clock.sleep(verb.seconds)
            case Gather():
                return await self._gather(verb)
            case Record():
                return await self._record(verb, document)
            case Dial():
                return await self._dial(verb)
            case Redirect():
                return await self._link.ask(verb.url, {})
        return None

    async def _connect(self, verb: Stream) -> None:
        line = Line(
            account=self.network.account,
            token=self.network.token,
            call=self.sid,
            clock=self._clock,
            resident=self._resident,
            keys=self._keys,
            tell=self.tell_now,
            name_of=self.network.name_of,
        )
        stream = MediaStream(verb, line)
        told = {"StreamSid": stream.sid, "StreamName": verb.name}
        self._link.notify_later(verb.status_url, {**told, "StreamEvent": "stream-started"})
        try:
            await stream.run()
        except StreamBroke as error:
            self.tell_now(What.STREAM_BROKE, str(error))
            error_event = {**told, "StreamEvent": "stream-error", "StreamError": str(error)}
            # The grace begins when the system has been told; a redirection may cut it short, but not the notice.
            await asyncio.wait({self._link.notify_later(verb.status_url, error_event)})
            await self._clock.sleep(STREAM_GRACE_S)
        else:
            self._link.notify_later(verb.status_url, {**told, "StreamEvent": "stream-stopped"})

    async def _say(self, verb: Say) -> None:
        seconds = len(verb.text) / _READ_PER_S
        self.tell_now(What.SAYS, verb.text, seconds)
        if not verb.language.lower().startswith(("zh", "cmn")):
            self._result.problems.append(f"the caller was spoken to in {verb.language}")
        await self._clock.sleep(seconds)

    async def _play(self, verb: Play) -> None:
        try:
            sound = await self.network.exchange.get(verb.url)
            mulaw = await asyncio.to_thread(decode, sound.body)
        except (WebhookFailed, NoSound) as error:
            self._result.problems.append(f"{verb.url} could not be played: {error}")
            return
        self.tell_now(What.SAYS, self.network.name_of(mulaw), duration_s(mulaw))
        await self._clock.sleep(duration_s(mulaw))

    async def _gather(self, verb: Gather) -> Document | None:
        for spoken in verb.spoken:
            await self._do(spoken, Document(()))
        until_s = self._clock.now_s() + verb.timeout_s
        digits = ""
        while self._keys and self._keys[0].at_s <= until_s and len(digits) != verb.digits:
            press = self._keys.pop(0)
            await self._clock.until(press.at_s)
            self.tell_now(What.KEY, press.digit)
            if press.digit == verb.finish:
                break
            digits += press.digit
            until_s = self._clock.now_s() + verb.timeout_s
        if digits:
            return await self._link.ask(verb.action, {"Digits": digits})
        await self._clock.until(until_s)
        return None

    async def _record(self, verb: Record, document: Document) -> Document | None:
        if verb.beep:
            self.tell_now(What.BEEP)
            await self._clock.sleep(0.8)
        if self._left_message:
            self._hang_up("caller", "the caller has said everything and hung up")
            return None
        self._left_message = True
        recorder = Recorder(verb, self.caller.speeches, self._keys, self._clock, self.tell_now)
        address = verb.action or document.url
        try:
            message = await recorder.run()
        except asyncio.CancelledError:
            # Hanging up or a redirection: what was said stays.
            self._keep(verb, recorder.so_far())
            raise
        if not message.is_voiced:
            return None
        fields = self._keep(verb, message.mulaw)
        if message.hung_up:
            await self._link.notify(address, {**fields, "Digits": "hangup"})
            self._hang_up("caller", "the caller has left the message and hung up")
            return None
        return await self._link.ask(address, {**fields, "Digits": message.digit}) if address else document

    def _keep(self, verb: Record, mulaw: bytes) -> dict[str, str]:
        if is_silent(mulaw):
            return {}
        kept = self.network.api.archive.keep(self.sid, mulaw)
        self.recordings.append(kept.sid)
        self.tell_now(What.RECORDED, "", duration_s(mulaw))
        fields = {
            "RecordingSid": kept.sid,
            "RecordingUrl": self.network.api.recording_url(kept.sid),
            "RecordingDuration": str(kept.duration_s),
        }
        told = {**fields, "RecordingStatus": "completed", "RecordingChannels": "1", "RecordingSource": "RecordVerb"}
        self._link.notify_later(verb.status_url, told)
        return fields

    async def _dial(self, verb: Dial) -> Document | None:
        self.tell_now(What.RINGING, verb.number)
        talked_s = 0.0
        match self.network.human:
            case Human.ANSWERS:
                await self._clock.sleep(min(_RING_S, verb.timeout_s))
                self.tell_now(What.TRANSFERRED, verb.number)
                await self._clock.sleep(_TALK_S)
                status, talked_s = "completed", _TALK_S
            case Human.NO_ANSWER:
                await self._clock.sleep(verb.timeout_s)
                status = "no-answer"
            case human:
                await self._clock.sleep(1)
                status = str(human)
        fields = {"DialCallStatus": status, "DialCallSid": "CA" + uuid4().hex, "DialCallDuration": str(int(talked_s))}
        return await self._link.ask(verb.action, fields) if verb.action else None

    def _form(self) -> dict[str, str]:
        sample = {"SampleName": self.caller.sample} if self.caller.sample else {}
        return {
            "AccountSid": self.network.account,
            "ApiVersion": "2010-04-01",
            "CallSid": self.sid,
            "Direction": "inbound",
            "From": self.caller.number,
            "Caller": self.caller.number,
            "To": self.network.dialled,
            "Called": self.network.dialled,
            **sample,
        }

    def _hang_up(self, who: str, why: str) -> None:
        if not self._result.ended_by:
            self._result.ended_by = who
            self.tell_now(What.HUNG_UP, why or f"the {who} hung up")

    def tell_now(self, what: What, text: str = "", seconds: float | None = None) -> None:
        at_s = 0.0 if self._link.status == "ringing" else self._clock.now_s()
        self.told(Happening(at_s, what, text, seconds))


async def _cancel(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
