"""A speech server elsewhere, over a websocket: how recognition grows past one machine. vosk-server and FunASR (2-pass).

Each utterance is a connection of its own, so that what went wrong in one cannot reach the next. Its audio is kept until the
text has come: a connection that drops is made again and hears all of it. Only a thread of its own waits for the network.
"""

import asyncio
import time
from collections.abc import Coroutine
from concurrent.futures import Future
from threading import Thread
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from asr.contract import NOTHING_UNDERSTOOD, Capabilities, EnginePlan, EngineUnusable, Script, SpeechError, Transcript
from asr.engines.remote_dialects import DIALECTS, Dialect, Kind, WrongAnswer

_RATE = 16000
"""Of what is sent. The servers' models take 16 kHz, and not every server doubles 8 kHz itself."""
_PIECE = _RATE * 2 // 10
_CONNECT_S = 0.3
_SILENCE_S, _SILENCE_WITH_DEPUTY_S = 5.0, 2.0
"""So long a server that owes an answer may say nothing; less, where another engine stands behind it."""
_LAST_ANSWER_S = 20.0
"""After the utterance's end, whatever the server says meanwhile."""
_PING_S = 15.0
_PATIENCE_S = 8.0
"""So long a server that is away is called again and again, where no other engine stands behind it."""
_PAUSE_S = 0.25
_GLANCE_S = 0.002


class ServerAway(SpeechError):
    """The speech server cannot be reached, has dropped the connection or says nothing; the text has its address."""

    code = "speech_server_away"
    retryable = True


class RemoteEngine:
    """Loading does not call the server: one that is away now may be back for the next utterance."""

    name = "remote"

    def __init__(self, plan: EnginePlan) -> None:
        dialect, _, address = plan.server.partition("+")
        if dialect not in DIALECTS or not address.startswith(("ws://", "wss://")):
            raise EngineUnusable(f"remote needs a server, e.g. remote:vosk+ws://10.0.0.5:2700; {plan.server or 'none'} is none")
        self.kind: Kind = DIALECTS[dialect]
        self.address = address
        self.patience_s = 0.0 if plan.has_deputy else _PATIENCE_S
        self.silence_s = _SILENCE_WITH_DEPUTY_S if plan.has_deputy else _SILENCE_S
        self.greeting = self.kind.greeting(_RATE, _hot_words(plan))
        self.capabilities = Capabilities(
            streaming=True, sample_rate=_RATE, word_times=True, confidences=self.kind.confidences, hot_words=self.kind.hot_words
        )
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="speech server", daemon=True)
        self._thread.start()

    def open(self, script: Script | None, first_turn: int = 0) -> "RemoteSession":  # noqa: ARG002
        return RemoteSession(self)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def begin(self, conversation: Coroutine[Any, Any, None]) -> "Future[None]":
        return asyncio.run_coroutine_threadsafe(conversation, self._loop)

    def wake(self, event: asyncio.Event) -> None:
        self._loop.call_soon_threadsafe(event.set)


class RemoteSession:
    def __init__(self, engine: RemoteEngine) -> None:
        self._engine = engine
        self._utterance: Utterance | None = None
        self._shown = ""

    def feed(self, pcm: bytes) -> str | None:
        if self._utterance is None:
            if not pcm:
                return None
            self._utterance, self._shown = Utterance(self._engine), ""
        self._utterance.hear(pcm)
        text = self._utterance.text
        if text == self._shown:
            return None
        self._shown = text
        return text

    def finish(self) -> Transcript:
        self.end()
        while (transcript := self.answer()) is None:
            time.sleep(_GLANCE_S)
        return transcript

    def end(self) -> None:
        if self._utterance:
            self._utterance.end()

    def answer(self) -> Transcript | None:
        if self._utterance is None:
            return NOTHING_UNDERSTOOD
        transcript = self._utterance.outcome()
        if transcript is not None:
            self._utterance = None
        return transcript

    def close(self) -> None:
        if self._utterance:
            self._utterance.cancel()
            self._utterance = None


class Utterance:
    """What is said, from both sides: the decoder worker's thread adds audio, the network's sends it and takes answers."""

    def __init__(self, engine: RemoteEngine) -> None:
        self._engine = engine
        self._pieces: list[bytes] = []
        self._rest = bytearray()
        self._has_ended = False
        self._ended_at = 0.0
        self._more = asyncio.Event()
        self._outcome: Transcript | SpeechError | None = None
        self._heard_at = 0.0
        """When the server last said something."""
        self.text = ""
        self._task = engine.begin(self._live())

    # The decoder worker's side.

    def hear(self, pcm: bytes) -> None:
        """Raises SpeechError once the conversation has failed."""
        self.outcome()
        self._rest += pcm
        if len(self._rest) >= _PIECE:
            self._pass_on()

    def end(self) -> None:
        if self._rest:
            self._pass_on()
        self._has_ended, self._ended_at = True, time.monotonic()
        self._engine.wake(self._more)

    def outcome(self) -> Transcript | None:
        if isinstance(self._outcome, SpeechError):
            raise self._outcome
        return self._outcome

    def cancel(self) -> None:
        self._task.cancel()

    def _pass_on(self) -> None:
        self._pieces.append(bytes(self._rest))
        self._rest.clear()
        self._engine.wake(self._more)

    # The network's side.

    async def _live(self) -> None:
        failed_at: float | None = None
        while self._outcome is None:
            try:
                self._outcome = await self._converse()
            except WrongAnswer as error:
                self._outcome = SpeechError(f"{self._engine.address} gave an answer that is none of its protocol: {error}")
            except (OSError, TimeoutError, WebSocketException) as error:
                failed_at = failed_at or time.monotonic()
                if time.monotonic() - failed_at >= self._engine.patience_s:
                    self._outcome = ServerAway(f"the speech server {self._engine.address} is away ({type(error).__name__})")
                else:
                    await asyncio.sleep(_PAUSE_S)
            except Exception as error:  # a thread's task that dies in silence would leave the caller waiting
                self._outcome = SpeechError(f"talking to {self._engine.address} failed: {type(error).__name__}")

    async def _converse(self) -> Transcript:
        """One connection, from the utterance's first sample to its text."""
        kind = self._engine.kind
        protocols = [Subprotocol(kind.subprotocol)] if kind.subprotocol else None
        dialect = kind.make()
        async with connect(
            self._engine.address, subprotocols=protocols, open_timeout=_CONNECT_S, ping_interval=_PING_S, compression=None,
            proxy=None, close_timeout=_CONNECT_S,
        ) as server:  # fmt: skip
            self._heard_at = time.monotonic()
            await server.send(self._engine.greeting)
            speaking = asyncio.create_task(self._speak(server, dialect))
            try:
                await self._listen(server, dialect, speaking)
            finally:
                speaking.cancel()
        return dialect.transcript(sum(map(len, self._pieces)) * 1000 // (2 * _RATE))

    async def _speak(self, server: ClientConnection, dialect: Dialect) -> None:
        sent = 0
        while not (self._has_ended and sent == len(self._pieces)):
            if sent == len(self._pieces):
                self._more.clear()
                await self._more.wait()
                continue
            await asyncio.wait_for(server.send(self._pieces[sent]), self._engine.silence_s)
            sent += 1
            dialect.sent += 1
        await server.send(dialect.goodbye)
        dialect.said_goodbye = True

    async def _listen(self, server: ClientConnection, dialect: Dialect, speaking: "asyncio.Task[None]") -> None:
        while not dialect.is_over:
            try:
                message = await asyncio.wait_for(server.recv(), dialect.quiet_s)
            except TimeoutError:
                if dialect.is_over_when_quiet:
                    return
                self._check_patience(dialect, speaking)
            except ConnectionClosed:
                if dialect.is_over_when_closed:
                    return
                raise
            else:
                self._heard_at = time.monotonic()
                dialect.take(message)
                self.text = dialect.text

    def _check_patience(self, dialect: Dialect, speaking: "asyncio.Task[None]") -> None:
        """Raises TimeoutError when the server is too slow, to answer or even to listen."""
        if speaking.done():
            speaking.result()
        now = time.monotonic()
        is_late = dialect.said_goodbye and now - self._ended_at > _LAST_ANSWER_S
        if is_late or (dialect.owes_answer and now - self._heard_at > self._engine.silence_s):
            raise TimeoutError


def _hot_words(plan: EnginePlan) -> list[str]:
    if plan.hot_words is None:
        return []
    try:
        return plan.hot_words.read_text("utf-8").split()
    except OSError:
        raise EngineUnusable(f"the file of hot words {plan.hot_words} is missing") from None
